-- use: _site _queue
-- The queue in figures.
-- KEYS[1] {site}
-- ARGV    facets to count, one a line
-- Answer  {now, pending, claimed, escalated, ms of the oldest's arrival or 0, {counts of the facets}, {ms to claim, …},
--          {ms to decision, …}}
local now = clock()
release_expired(now)
local oldest = 0
for _, facet in ipairs({'all', 'escalated/all'}) do
  walk(facet, 'oldest', 0, 2 * BANDS - 1, BAND - 1, nil, function(_, place)
    local ms = place % BAND
    if oldest == 0 or ms < oldest then oldest = ms end
    return true
  end)
end
local by_facet = {}
for i, facet in ipairs(lines(ARGV[1])) do by_facet[i] = redis.call('ZCARD', key('queue', facet)) end
return {now, redis.call('ZCARD', key('list', 'pending')), redis.call('ZCARD', key('leases')),
        redis.call('ZCARD', key('queue', 'escalated/all')), oldest, by_facet,
        redis.call('LRANGE', key('took', 'claim'), 0, -1), redis.call('LRANGE', key('took', 'decision'), 0, -1)}
