-- use: _site _webhook
-- Has parked deliveries tried again from the start.
-- KEYS[1] {site}
-- ARGV    id · op · who · names of deliveries, 1,000 at the most, or none for all
-- Answer  how many (again too) · -1 for no such hook
local id, op = ARGV[1], ARGV[2]
if redis.call('EXISTS', hook(id)) == 0 then return -1 end
local before = redis.call('HMGET', hook(id), 'replayed', 'replays')
if before[1] == op then return tonumber(before[2]) end
local parked, again = hook(id, 'parked'), hook(id, 'again')
local moved = 0
if #ARGV == 3 then
  moved = redis.call('ZCARD', parked)
  redis.call('ZUNIONSTORE', again, 2, again, parked, 'AGGREGATE', 'MIN')
  redis.call('DEL', parked)
end
for i = 4, #ARGV do
  local at = redis.call('ZSCORE', parked, ARGV[i])
  if at then
    redis.call('ZREM', parked, ARGV[i])
    redis.call('ZADD', again, at, ARGV[i])
    moved = moved + 1
  end
end
local now = clock()
redis.call('HSET', hook(id), 'replayed', op, 'replays', moved, 'next', 0)
if moved > 0 then audit(now, ARGV[3], 'webhook.replayed', id, '{"deliveries":' .. moved .. '}') end
return moved
