-- use: _site
-- Adds to what was seen on a day: histograms of scores and of words. Whoever calls repeats nothing that a broken
-- connection cut, so that nothing counts twice; what is lost is a few seconds of figures.
-- KEYS[1] {site}
-- ARGV    day · histograms that a day may have · for each histogram three: its name · its size · what is added, as
--         `place:count`, with a space between
-- Answer  how many histograms had no room any more
local seen = key('seen', ARGV[1])
local lost = 0
for at = 3, #ARGV, 3 do
  local name, counts = ARGV[at], {}
  local kept = redis.call('HGET', seen, name)
  if kept then
    for count in string.gmatch(kept, '%d+') do counts[#counts + 1] = tonumber(count) end
  else
    for place = 1, tonumber(ARGV[at + 1]) do counts[place] = 0 end
  end
  if kept or redis.call('HLEN', seen) < tonumber(ARGV[2]) then
    for place, more in string.gmatch(ARGV[at + 2], '(%d+):(%d+)') do
      counts[place + 1] = counts[place + 1] + more
    end
    for place, count in ipairs(counts) do counts[place] = whole(count) end
    redis.call('HSET', seen, name, table.concat(counts, ' '))
  else
    lost = lost + 1
  end
end
redis.call('EXPIRE', seen, 400 * 86400)
return lost
