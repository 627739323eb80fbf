-- use: _site _comment _queue
-- Takes in a judged comment: its lists, its place in the queue, its event and the counts, or nothing of it.
-- The comment is its own idempotency record: `op` tells a repeat of this very call from a second post of the id.
-- A judgement takes some things for granted: the version of the policy, that nobody posted the text before, and that
-- the author is within the policy's rate. Where that is not so, nothing is stored and the answer says what is the case;
-- the comment comes back judged by it, without the last seven arguments, since all is counted by then.
-- KEYS[1] {site}
-- ARGV    id · op · digest of the request under its salt · comment as JSON · judgement as JSON · verdict · status · band
--         · level of the informative order · facets, one a line · author id or '' · article id or '' · event data as JSON
--         · text as copies are told · seconds in which copies count · version of the policy · seconds of the author's
--         window · comments that the author may post in it, or '' · rate name of the API key or '' (not counted)
--         · requests a minute of that key
-- Answer  {what, requests of the key in this minute, seconds left of it, …}:
--         'stored', ms of arrival · 'limited' · 'known', the comment that has the id as flat pairs
--         · 'differs', version of the policy, author's comments in the window, copies before this one
local id, op, author, text = ARGV[1], ARGV[2], ARGV[11], ARGV[14]
local comment = key('comment', id)
local now = clock()
local requests, left = 0, 0
local there = redis.call('HMGET', comment, 'status', 'op', 'received')
if there[1] and there[2] == op then return {'stored', requests, left, tonumber(there[3])} end

if text and ARGV[19] ~= '' then
  requests, left = tally('key:' .. ARGV[19], now, 60)
  if requests > tonumber(ARGV[20]) then return {'limited', requests, left} end
end
if there[1] then return {'known', requests, left, redis.call('HGETALL', comment)} end

if text then
  local version = redis.call('HGET', key('policy'), 'head') or '1'
  local by_author = 0
  if author ~= '' then by_author = tally('author:' .. digest(author), now, tonumber(ARGV[17])) end
  -- A repeated arrival of the same comment, after a broken connection, is not another copy.
  local copies = key('copies', digest(text))
  local seen = redis.call('GET', copies)
  local n, last = 0, ''
  if seen then n, last = string.match(seen, '^(%d+) (.*)$') end
  n = tonumber(n)
  if last == id then n = n - 1 end
  redis.call('SET', copies, whole(n + 1) .. ' ' .. id, 'EX', ARGV[15])
  if version ~= ARGV[16] or n > 0 or (ARGV[18] ~= '' and by_author > tonumber(ARGV[18])) then
    return {'differs', requests, left, tonumber(version), by_author, n}
  end
end

local verdict, status, article = ARGV[6], ARGV[7], ARGV[12]
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
return {'stored', requests, left, now}
