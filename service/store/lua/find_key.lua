-- use: _site
-- An API key, and whether its site is closed: what every worker asks at most every two seconds for each key. A key that
-- is none is counted under the address that sent it; over its limit nothing is written any more.
-- No replica is waited for: with a count that is lost, somebody guesses a little longer.
-- KEYS[1] {site}, which is {winnow} here
-- ARGV    digest of the key · digest of the address, or '' · bad keys that it may send · in how many seconds
-- Answer  {the key as JSON, or '' for none, 1 for a closed site or 0, seconds for which the address is over, or 0}
local kept = redis.call('HGET', key('keys'), ARGV[1])
if kept then return {kept, redis.call('HEXISTS', key('closed'), cjson.decode(kept).site), 0} end
if ARGV[2] == '' then return {'', 0, 0} end
local counter = key('bad-keys', ARGV[2])
if redis.call('TTL', counter) > tonumber(ARGV[4]) then redis.pcall('DEL', counter) end  -- the clock was set back meanwhile
if tonumber(redis.call('GET', counter) or 0) >= tonumber(ARGV[3]) then
  return {'', 0, math.max(1, redis.call('TTL', counter))}
end
-- A server that cannot write at the moment still says what it knows.
if redis.pcall('INCR', counter) == 1 then redis.pcall('EXPIRE', counter, ARGV[4]) end
return {'', 0, 0}
