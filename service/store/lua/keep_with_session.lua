-- use: _site
-- Keeps something with a session, or takes it away; a session that ended meanwhile stays ended.
-- KEYS[1] {site}
-- ARGV    digest of the session's token · field (`told`, a sentence for the next page; `desk`, the moderator's place in
--         the queue as JSON) · its value, or '' to take it away
-- Answer  1 · 0: there is no such session
local session = key('session', ARGV[1])
if redis.call('EXISTS', session) == 0 then return 0 end
if ARGV[3] == '' then redis.call('HDEL', session, ARGV[2]) else redis.call('HSET', session, ARGV[2], ARGV[3]) end
return 1
