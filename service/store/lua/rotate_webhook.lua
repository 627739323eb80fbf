-- use: _site _webhook
-- Gives a webhook a new secret; the one before goes on signing for a time.
-- KEYS[1] {site}
-- ARGV    id · op · who · new secret · ms for which the old one goes on
-- Answer  {secret, ms until which the old one signs} (again too) · {} for no such hook
local id, op = ARGV[1], ARGV[2]
local kept = redis.call('HMGET', hook(id), 'secret', 'rotated', 'old_until')
if not kept[1] then return {} end
if kept[2] == op then return {kept[1], tonumber(kept[3])} end
local now = clock()
local ends = now + tonumber(ARGV[5])
redis.call('HSET', hook(id), 'secret', ARGV[4], 'old_secret', kept[1], 'old_until', whole(ends), 'rotated', op)
audit(now, ARGV[3], 'webhook.rotated', id)
return {ARGV[4], ends}
