-- use: _site
-- Counts an attempt to sign in under several names for it, each with a limit of its own; nothing is counted over one.
-- KEYS[1] {site}, which is {winnow}
-- ARGV    seconds of a window · digest, limit · digest, limit · …
-- Answer  seconds to wait until the next attempt · 0: go on
local seconds = tonumber(ARGV[1])
for n = 2, #ARGV, 2 do
  local counter = key('sign-in', ARGV[n])
  if redis.call('TTL', counter) > seconds then redis.call('DEL', counter) end  -- the clock was set back meanwhile
  if tonumber(redis.call('GET', counter) or 0) >= tonumber(ARGV[n + 1]) then
    return math.max(1, redis.call('TTL', counter))
  end
end
for n = 2, #ARGV, 2 do
  local counter = key('sign-in', ARGV[n])
  if redis.call('INCR', counter) == 1 then redis.call('EXPIRE', counter, seconds) end
end
return 0
