-- use: _site _webhook
-- Changes a webhook; what waits for a retry is due at once. What is so already is left as it is.
-- KEYS[1] {site}
-- ARGV    id · op · who · audit data as JSON · fields to set and their values, in turn: url, types, enabled (1 or 0)
-- Answer  1 · 0 for no such hook
local id, op = ARGV[1], ARGV[2]
if redis.call('EXISTS', hook(id)) == 0 then return 0 end
if redis.call('HGET', hook(id), 'changed') == op then return 1 end
local now = clock()
local another = redis.call('HDEL', hook(id), 'disabled') == 1
for i = 5, #ARGV, 2 do
  another = another or redis.call('HGET', hook(id), ARGV[i]) ~= ARGV[i + 1]
  redis.call('HSET', hook(id), ARGV[i], ARGV[i + 1])
end
redis.call('HSET', hook(id), 'changed', op)
wake(id, now)
if another then audit(now, ARGV[3], 'webhook.changed', id, ARGV[4]) end
return 1
