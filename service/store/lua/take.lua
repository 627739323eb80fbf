-- use: _site _queue
-- Leases one comment that waits, and that nobody else holds, to a moderator who has it in view.
-- KEYS[1] {site}
-- ARGV    token · moderator · lease in ms · id
-- Answer  ms of the lease's end · 0: it does not wait, was escalated, is kept from this moderator or somebody holds it
local token, by, id = ARGV[1], ARGV[2], ARGV[4]
local now = clock()
release_expired(now)
local hash, claim = hash_of(id), key('claim', token)
local fields = redis.call('HMGET', hash, 'status', 'facets', 'kept_from')
if fields[1] ~= 'pending' or not fields[2] or fields[3] == by then return 0 end
local facets = lines(fields[2])
if shelf_of(facets[1]) ~= '' then return 0 end
local held = lease_of(id, hash, now)
if held and held ~= token then return 0 end
local ends = now + tonumber(ARGV[3])
if not held then shift(id, facets, LEASED) end
redis.call('ZADD', key('leases'), whole(ends), id)
redis.call('HSET', hash, 'claim', token)
redis.call('HSET', claim, 'by', by, 'until', whole(ends), 'order', 'priority', 'ids', id)
redis.call('PEXPIRE', claim, 86400000)
return ends
