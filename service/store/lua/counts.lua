-- use: _site _queue _walk
-- The queue in figures.
-- KEYS[1] {site}
-- ARGV    facets to count, one a line
-- Answer  {now, pending, claimed, escalated, ms of the oldest's arrival or 0, {counts of the facets}, {ms to claim, …},
--          {ms to decision, …}, open reviews}
local now = clock()
release_expired(now)
local ordinary, escalated_one = oldest_of('all'), oldest_of('escalated/all')
local oldest = math.min(ordinary or escalated_one or 0, escalated_one or ordinary or 0)
local by_facet = {}
for i, facet in ipairs(lines(ARGV[1])) do by_facet[i] = redis.call('ZCARD', key('queue', facet)) end
local reviews = key('queue', 'reviews/all')
local claimed = redis.call('ZCARD', key('leases')) - redis.call('ZCOUNT', reviews, whole(LEASED), '+inf')
return {now, redis.call('ZCARD', key('list', 'pending')), claimed,
        redis.call('ZCARD', key('queue', 'escalated/all')), oldest, by_facet,
        redis.call('LRANGE', key('took', 'claim'), 0, -1), redis.call('LRANGE', key('took', 'decision'), 0, -1),
        redis.call('ZCARD', reviews)}
