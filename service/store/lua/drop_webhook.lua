-- use: _site _webhook
-- Deletes a webhook with all that it owes. The operation is remembered for a day, so that a repetition knows it again.
-- KEYS[1] {site}
-- ARGV    id · op · who
-- Answer  1 (again too) · 0 for no such hook
local id, op = ARGV[1], ARGV[2]
if redis.call('GET', hook(id, 'gone')) == op then return 1 end
if redis.call('EXISTS', hook(id)) == 0 then return 0 end
redis.call('UNLINK', hook(id), hook(id, 'owed'), hook(id, 'parked'), hook(id, 'again'), hook(id, 'state'),
           hook(id, 'held'))
redis.call('ZREM', key('webhooks'), id)
redis.call('SET', hook(id, 'gone'), op, 'EX', 86400)
audit(clock(), ARGV[3], 'webhook.deleted', id)
return 1
