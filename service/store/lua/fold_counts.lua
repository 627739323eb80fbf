-- use: _site
-- Adds up the hours of a day that nobody can ask for by the hour any more: all of it counts as its first hour.
-- KEYS[1] {site}
-- ARGV    day
-- Answer  how many fields went
local counts = key('count', ARGV[1])
local gone = 0
for _, field in ipairs(redis.call('HKEYS', counts)) do
  local hour, what = string.match(field, '^(%d+):(.*)$')
  if hour ~= '0' then
    redis.call('HINCRBY', counts, '0:' .. what, redis.call('HGET', counts, field))
    redis.call('HDEL', counts, field)
    gone = gone + 1
  end
end
redis.call('SET', key('count', 'folded'), ARGV[1])
return gone
