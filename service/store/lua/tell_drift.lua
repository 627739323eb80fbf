-- use: _site
-- Keeps what was last found of a site's drift. Followers are told when an alarm begins, and not again while it lasts.
-- KEYS[1] {site}
-- ARGV    1 for an alarm, else 0 · event data as JSON
-- Answer  ms since when there is an alarm, or 0
local drift = key('drift')
local now = clock()
if ARGV[1] ~= '1' then
  redis.call('HSET', drift, 'at', whole(now))
  redis.call('HDEL', drift, 'since')
  return 0
end
local since = redis.call('HGET', drift, 'since')
if not since then
  since = whole(now)
  emit(now, 'model.drifted', '', ARGV[2])
end
redis.call('HSET', drift, 'at', whole(now), 'since', since)
return tonumber(since)
