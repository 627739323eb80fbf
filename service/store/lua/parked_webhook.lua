-- use: _site _webhook
-- A page of a webhook's parked deliveries, oldest event first.
-- KEYS[1] {site}
-- ARGV    id · name of the last one seen, or '' · how many
-- Answer  {{name, state as it is kept, event's type, comment or ''}, …} · -1 for no such hook
local id, after = ARGV[1], ARGV[2]
if redis.call('EXISTS', hook(id)) == 0 then return -1 end
local parked, from = hook(id, 'parked'), 0
if after ~= '' then
  local rank = redis.call('ZRANK', parked, after)
  -- One that was replayed meanwhile stands here no more: others of its very millisecond may be shown again.
  from = rank and rank + 1 or redis.call('ZCOUNT', parked, '-inf', '(' .. string.match(after, '^(%d+)'))
end
local page = {}
for _, name in ipairs(redis.call('ZRANGE', parked, from, from + tonumber(ARGV[3]) - 1)) do
  local event = event_of(name)
  local there = redis.call('XRANGE', key('events'), event, event)[1]
  local fields = {}
  if there then
    for i = 1, #there[2], 2 do fields[there[2][i]] = there[2][i + 1] end
  end
  page[#page + 1] = {name, redis.call('HGET', hook(id, 'state'), name), fields.type or '', fields.comment or ''}
end
return page
