-- use: _site
-- An API key, and whether its site is closed: what every worker asks at most every two seconds for each key.
-- KEYS[1] {site}, which is {winnow} here
-- ARGV    digest of the key
-- Answer  {the key as JSON, or '' for none, 1 for a closed site or 0}
local kept = redis.call('HGET', key('keys'), ARGV[1])
if not kept then return {'', 0} end
return {kept, redis.call('HEXISTS', key('closed'), cjson.decode(kept).site)}
