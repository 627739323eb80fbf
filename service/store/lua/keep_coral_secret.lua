-- use: _site
-- Keeps a secret with which Coral signs, under the id of its key; the same again changes nothing.
-- KEYS[1] {site}
-- ARGV    the key's id · the secret · how many a site may have
-- Answer  1, or 0 where the site has as many as it may have
local kept = key('coral-secrets')
if redis.call('HEXISTS', kept, ARGV[1]) == 0 and redis.call('HLEN', kept) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', kept, ARGV[1], ARGV[2])
return 1
