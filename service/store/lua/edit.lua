-- use: _site _comment _queue _near
-- An edited comment, judged again. While pending it keeps its place, not its rank, and stays pending; otherwise the new
-- verdict decides.
-- KEYS[1] {site}
-- ARGV    id · op · revision that was edited · comment as JSON · judgement as JSON · verdict · status · band
--         · level of the informative order · facets, one a line · author id or '' · article id or ''
--         · event data as JSON · text before, as copies are told
--         · its bands where the text now says something else, or ''
-- Answer  {'edited', revision, status} · {'unknown'} · {'erased'} · {'conflict', revision}
local id, op = ARGV[1], ARGV[2]
local comment = read(id)
if not comment then return {'unknown'} end
if comment.status == 'erased' then return {'erased'} end
if comment.edit_op == op then return {'edited', tonumber(comment.revision), comment.status} end
if comment.revision ~= ARGV[3] then return {'conflict', tonumber(comment.revision)} end

local now = clock()
local stored = key('comment', id)
-- What one author said of themselves does not stay with a comment that is another's now.
local posted = comment.posted
if comment.author and comment.author ~= ARGV[11] then
  local told = cjson.decode(posted)
  told.author = nil
  posted = cjson.encode(told)
end
remember(id, '"kind":"edit","at":' .. whole(now) .. ',"revision":' .. comment.revision
             .. ',"posted":' .. posted .. ',"judgement":' .. comment.judgement, '{}')
redis.call('HSETNX', stored, 'first_judgement', comment.judgement)
redis.call('HSETNX', stored, 'first_text', digest(ARGV[14]))
local place = comment.facets and tonumber(redis.call('ZSCORE', key('queue', lines(comment.facets)[1]), id))
if comment.facets then dequeue(id, lines(comment.facets)) end

for _, part in ipairs({{'author', ARGV[11]}, {'article', ARGV[12]}}) do
  local name, value = part[1], part[2]
  if (comment[name] or '') ~= value then
    if comment[name] then
      redis.call('ZREM', key('list', name, comment[name]), id)
      redis.call('HDEL', stored, name)
      if name == 'author' then author_has(comment.author, comment.status, -1) end
    end
    if value ~= '' then
      redis.call('HSET', stored, name, value)
      redis.call('ZADD', key('list', name, value), comment.received, id)
      if name == 'author' then author_has(value, comment.status, 1) end
    end
    comment[name] = value ~= '' and value or nil
  end
end

if ARGV[15] ~= '' then
  near_forget(id, (near_places(ARGV[15])))
  if comment.campaign then leave_campaign(id, comment.campaign, comment.status) end
  redis.call('HDEL', stored, 'campaign', 'ruled')
  comment.campaign = nil
end

local before = comment.status
local status = ARGV[7]
if before == 'pending' then status = 'pending' end
move(id, comment, status)
local revision = tonumber(comment.revision) + 1
redis.call('HSET', stored, 'edit_op', op, 'posted', ARGV[4], 'judgement', ARGV[5], 'revision', revision)
redis.call('HDEL', stored, 'decision', 'decided_by', 'action', 'facets')
redis.call('ZREM', key('list', 'decided'), id)
local facets = lines(ARGV[10])
if comment.appeal then facets = contested(facets, comment.kept_from) end
if comment.escalation then facets = escalated(facets) end
if status == 'pending' then
  redis.call('HSET', stored, 'facets', table.concat(facets, '\n'))
  local leased = place and place >= LEASED and LEASED or 0
  enqueue(id, place or (tonumber(ARGV[8]) * BAND + now), rank_of(tonumber(ARGV[9]), comment.received) + leased, facets)
end
emit(now, 'comment.edited', id, ARGV[13])
if status ~= before then emit(now, EVENT_OF[status], id, ARGV[13]) end
if status ~= 'approved' and tonumber(ARGV[8]) < URGENT then emit(now, 'comment.urgent', id, ARGV[13]) end
count(now, 'edited')
if status ~= before then restrict(now, ARGV[6], ARGV[5]) end
return {'edited', revision, status}
