-- use: _site
-- Opens a session of a person who signed in. A person has so many at the most: the oldest ends for a new one.
-- KEYS[1] {site}
-- ARGV    digest of the session's token · name · generation that the person was seen in · CSRF token · ms without use
--         after which it ends · ms after which it ends whatever the use · what browser it is in · how many at the most
-- Answer  1 · 0: the person was changed meanwhile, or may not sign in
local session, mine = key('session', ARGV[1]), key('sessions', ARGV[2])
local kept = redis.call('HGET', key('people'), ARGV[2])
local person = kept and cjson.decode(kept)
if not person or person.disabled or whole(person.generation) ~= ARGV[3] then return 0 end
local now = clock()
redis.call('HSET', session, 'name', ARGV[2], 'generation', ARGV[3], 'csrf', ARGV[4], 'opened', whole(now),
  'used', whole(now), 'browser', ARGV[7])
redis.call('PEXPIRE', session, ARGV[5])
redis.call('ZREMRANGEBYSCORE', mine, '-inf', now - tonumber(ARGV[6]))
redis.call('ZADD', mine, now, ARGV[1])
for _, old in ipairs(redis.call('ZRANGE', mine, 0, -1 - tonumber(ARGV[8]))) do
  redis.call('DEL', key('session', old))
  redis.call('ZREM', mine, old)
end
redis.call('PEXPIRE', mine, ARGV[6])
return 1
