-- use: _site
-- Leaves a sentence in a session for its next page, or takes it away; a session that ended stays ended.
-- KEYS[1] {site}
-- ARGV    digest of the session's token · the sentence or ''
-- Answer  1 · 0: there is no such session
local session = key('session', ARGV[1])
if redis.call('EXISTS', session) == 0 then return 0 end
if ARGV[2] == '' then redis.call('HDEL', session, 'told') else redis.call('HSET', session, 'told', ARGV[2]) end
return 1
