-- use: _site
-- Keeps something with a session, if it is still there.
-- KEYS[1] {site}
-- ARGV    digest of the session's token · the moderator's place in the queue as JSON
-- Answer  1 · 0: the session ended meanwhile
local session = key('session', ARGV[1])
if redis.call('EXISTS', session) == 0 then return 0 end
redis.call('HSET', session, 'desk', ARGV[2])
return 1
