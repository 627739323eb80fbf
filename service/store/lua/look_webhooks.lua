-- use: _site _webhook
-- Which webhooks may have something to deliver: a look that reads no delivery.
-- KEYS[1] {site}
-- ARGV    none
-- Answer  ids of hooks
local now = clock()
local newest = redis.call('XREVRANGE', key('events'), '+', '-', 'COUNT', 1)
newest = newest[1] and newest[1][1]
local found = {}
for _, id in ipairs(redis.call('ZRANGE', key('webhooks'), 0, -1)) do
  local kept = redis.call('HMGET', hook(id), 'enabled', 'next', 'cursor', 'full')
  local more = newest and newest ~= kept[3] and kept[4] ~= '1'
  if kept[1] == '1' and (more or kept[2] ~= '' and tonumber(kept[2]) <= now) then found[#found + 1] = id end
end
return found
