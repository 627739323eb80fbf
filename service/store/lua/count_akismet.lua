-- use: _site
-- Counts what a client of Akismet's interface did, by its key and its blog, in the month of the server's clock.
--     akismet:<month>  hash: <key id> <blog> → spam, ham, missed spam and false positives, four numbers; kept 400 days.
--                      1,000 blogs a month at the most; what further ones do is counted as the key's blog ''
-- KEYS[1] {site}
-- ARGV    key id · blog · which of the four, 1 to 4
-- Answer  nothing
local now = clock()

-- The month of a day as YYYY-MM. The year begins in March here, so that a leap day is its last.
local function month_of(ms)
  local day = math.floor(ms / 86400000) + 719468
  local era = math.floor(day / 146097)
  local of_era = day - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = (math.floor((5 * of_year + 2) / 153) + 2) % 12 + 1
  return string.format('%04d-%02d', year + era * 400 + (month <= 2 and 1 or 0), month)
end

local counts = key('akismet', month_of(now))
local known = redis.call('HLEN', counts)
local field = ARGV[1] .. ' ' .. ARGV[2]
local held = redis.call('HGET', counts, field)
if not held and known >= 1000 then
  field = ARGV[1] .. ' '
  held = redis.call('HGET', counts, field)
end
local numbers = {}
for number in string.gmatch(held or '0 0 0 0', '%d+') do numbers[#numbers + 1] = number end
local which = tonumber(ARGV[3])
numbers[which] = whole(numbers[which] + 1)
redis.call('HSET', counts, field, table.concat(numbers, ' '))
if known == 0 then redis.call('EXPIRE', counts, 400 * 86400) end
