-- use: _site
-- Keeps a new version of the policy. Version 1 is the default, which is never stored.
-- KEYS[1] {site}
-- ARGV    version that was edited · op · policy as JSON without version and author · who
-- Answer  {'kept', version} · {'conflict', version that is in force}
local policy = key('policy')
local head = tonumber(redis.call('HGET', policy, 'head') or 1)
if redis.call('HGET', policy, 'op') == ARGV[2] then return {'kept', head} end
if tonumber(ARGV[1]) ~= head then return {'conflict', head} end
local version = head + 1
local now = clock()
redis.call('HSET', policy, 'head', version, 'op', ARGV[2],
           version, '{"version":' .. version .. ',"at":' .. whole(now) .. ',"by":' .. cjson.encode(ARGV[4])
                    .. ',"policy":' .. ARGV[3] .. '}')
audit(now, ARGV[4], 'policy.saved', '', '{"version":' .. version .. '}')
return {'kept', version}
