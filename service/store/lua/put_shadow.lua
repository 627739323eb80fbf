-- use: _site _shadow
-- Lets a draft run beside the policy, in place of another that may. The same draft again goes on counting.
-- KEYS[1] {site}
-- ARGV    version that was edited · op · draft as JSON · who · ms for which it runs
-- Answer  {'runs', version of the policy in force} · {'conflict', that version}
local shadow = key('shadow')
local head = tonumber(redis.call('HGET', key('policy'), 'head') or 1)
local kept = redis.call('HMGET', shadow, 'token', 'policy', 'live')
if kept[1] == ARGV[2] then return {'runs', head} end
if tonumber(ARGV[1]) ~= head then return {'conflict', head} end
if kept[2] == ARGV[3] and tonumber(kept[3]) == head then return {'runs', head} end
local now = clock()
forget_counts()
redis.call('DEL', shadow)
redis.call('HSET', shadow, 'token', ARGV[2], 'policy', ARGV[3], 'by', ARGV[4], 'started', whole(now),
           'since', whole(now), 'ends', whole(now + tonumber(ARGV[5])), 'live', head)
redis.call('PEXPIRE', shadow, ARGV[5])
audit(now, ARGV[4], 'shadow.started', '', '{"version":' .. head .. '}')
return {'runs', head}
