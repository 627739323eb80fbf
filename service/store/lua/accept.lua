-- use: _site _comment _queue _review _author _article _around _terms _near _campaign
-- Takes in a judged comment: its lists, its place in the queue, its event and the counts, or nothing of it.
-- The comment is its own idempotency record: `op` tells a repeat of this very call from a second post of the id.
-- A judgement takes some things for granted: the version of the policy, that nobody posted the text before, that nothing
-- is over the policy's rates, that the author has no standing and approved comments enough, that nothing is set for the
-- article, that the parent is not rejected, and that no near copy came before. Where that is not so, nothing is stored and the answer says what is the
-- case; the comment comes back judged by it, with the first 19 arguments only, since all is counted by then.
-- KEYS[1] {site}
-- ARGV    id · op · digest of the request under its salt · comment as JSON · judgement as JSON · verdict · status · band
--         · level of the informative order · facets, one a line · author id or '' · article id or '' · event data as JSON
--         · 14 bands of the text's fingerprint · 15 seconds in which near copies count · 16 ids of near copies, one a
--         line · 17 size from which a campaign is held, or '' · 18 decision on a campaign that it is judged by, or ''
--         · 19 near copies that the judgement knows of, or '' where it is to be stored whatever came since
--         · 20 to 35, where something was taken for granted: see _terms
-- Answer  {what, requests of the key in this minute, seconds left of it, …}:
--         'stored', ms of arrival, campaign that has work left or '' · 'limited' · 'known', the comment that has the id as flat pairs
--         · 'differs', version of the policy, copies before this one, comments in the windows of author, address and
--         site, the author's standing, their approved comments or -1, the article's mode, 1 for a rejected parent,
--         {id, comment as JSON, campaign or '', its size, its decision or '', its action or ''} of what may be near copies
--         · 'nearer', nothing is stored either: there are so many near copies by now, the decision on them or '', its action
local id, op, author, text = ARGV[1], ARGV[2], ARGV[11], ARGV[20]
local comment = key('comment', id)
local now = clock()
local requests, left = 0, 0
local there = redis.call('HMGET', comment, 'status', 'op', 'received')
if there[1] and there[2] == op then return {'stored', requests, left, tonumber(there[3]), ''} end

if text and ARGV[23] ~= '' then
  requests, left = tally('key:' .. ARGV[23], now, 60)
  if requests > tonumber(ARGV[24]) then return {'limited', requests, left} end
end
if there[1] then return {'known', requests, left, redis.call('HGETALL', comment)} end

local places, sketch = near_places(ARGV[14])
local near_seconds = tonumber(ARGV[15])
local candidates = near_candidates(id, places, sketch, now - near_seconds * 1000)
if text then
  local differs, facts = surprises('', id, author, ARGV[12], 20, now, true)
  if differs or candidates[1] then
    facts[#facts + 1] = campaigns_near(candidates)
    return {'differs', requests, left, unpack(facts)}
  end
end

if ARGV[16] ~= '' and ARGV[19] ~= '' then
  local n, decision, action = near_now(lines(ARGV[16]))
  local most = tonumber(ARGV[17])
  local over = most and decision == '' and n + 1 >= most and tonumber(ARGV[19]) + 1 < most
  if over or decision ~= ARGV[18] then return {'nearer', requests, left, n, decision, action} end
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
if status ~= 'approved' and tonumber(ARGV[8]) < URGENT then emit(now, 'comment.urgent', id, ARGV[13]) end
if status == 'approved' then open_audit(now, id, op, ARGV[4], ARGV[5]) end
count(now, verdict)
restrict(now, verdict, ARGV[5])
near_remember(id, places, sketch, now, near_seconds)
local due = ''
if ARGV[16] ~= '' then
  local campaign, more = join(id, status, now, lines(ARGV[16]), tonumber(ARGV[17]), ARGV[18])
  if more then due = campaign end
end
return {'stored', requests, left, now, due}
