-- use: _site
-- Opens a session of a person who signed in.
-- KEYS[1] {site}
-- ARGV    digest of the session's token · name · generation that the person was seen in · CSRF token · ms without use
--         after which it ends
-- Answer  1 · 0: the person was changed meanwhile, or may not sign in
local session = key('session', ARGV[1])
local kept = redis.call('HGET', key('people'), ARGV[2])
local person = kept and cjson.decode(kept)
if not person or person.disabled or whole(person.generation) ~= ARGV[3] then return 0 end
redis.call('HSET', session, 'name', ARGV[2], 'generation', ARGV[3], 'csrf', ARGV[4], 'opened', whole(clock()))
redis.call('PEXPIRE', session, ARGV[5])
return 1
