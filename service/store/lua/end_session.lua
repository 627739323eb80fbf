-- use: _site
-- Ends one session of a person.
-- KEYS[1] {site}
-- ARGV    name · digest of the session's token
-- Answer  1 · 0: there is none of this person
local session = key('session', ARGV[2])
if redis.call('HGET', session, 'name') ~= ARGV[1] then return 0 end
redis.call('DEL', session)
redis.call('ZREM', key('sessions', ARGV[1]), ARGV[2])
return 1
