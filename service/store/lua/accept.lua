-- use: _site _comment _queue
-- The second round trip: a judged comment, its lists, its place in the queue, its event and the counts, or nothing.
-- The comment is its own idempotency record: `op` tells a repeat of this very call from a second post of the id.
-- KEYS[1] {site}
-- ARGV    id · op · digest of the request under its salt · comment as JSON · judgement as JSON · verdict · status · band
--         · level of the informative order · facets, one a line · author id or '' · article id or '' · event data as JSON
-- Answer  {'stored', ms of arrival} · {'known'} when another call made it
local id, op = ARGV[1], ARGV[2]
local comment = key('comment', id)
local there = redis.call('HMGET', comment, 'status', 'op', 'received')
if there[1] then
  if there[2] == op then return {'stored', tonumber(there[3])} end
  return {'known'}
end
local now = clock()
local verdict, status, author, article = ARGV[6], ARGV[7], ARGV[11], ARGV[12]
redis.call('HSET', comment, 'op', op, 'digest', ARGV[3], 'posted', ARGV[4], 'judgement', ARGV[5], 'status', status,
           'revision', 1, 'received', whole(now))
redis.call('ZADD', key('list', status), whole(now), id)
if author ~= '' then
  redis.call('HSET', comment, 'author', author)
  redis.call('ZADD', key('list', 'author', author), whole(now), id)
  author_has(author, status, 1)
end
if article ~= '' then
  redis.call('HSET', comment, 'article', article)
  redis.call('ZADD', key('list', 'article', article), whole(now), id)
end
if status == 'pending' then
  redis.call('HSET', comment, 'facets', ARGV[10])
  enqueue(id, tonumber(ARGV[8]) * BAND + now, rank_of(tonumber(ARGV[9]), now), lines(ARGV[10]))
end
emit(now, EVENT_OF[status], id, ARGV[13])
count(now, verdict)
return {'stored', now}
