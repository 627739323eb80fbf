-- use: _site _comment _queue _reports
-- Takes back a moderator's own last decision: status, lists and place in the queue are what they were before it.
-- KEYS[1] {site}
-- ARGV    id · op · moderator · event data as JSON · the decision to take back, or '' for whichever stands
-- Answer  {'undone', status} · {'unknown'} · {'erased'} · {'none'} · {'other', moderator}
--         · {'revision', revision} when the comment was edited since
local id, op, by = ARGV[1], ARGV[2], ARGV[3]
local comment = read(id)
if not comment then return {'unknown'} end
if comment.status == 'erased' then return {'erased'} end
local standing = comment.decision or comment.escalation
local last
for _, text in ipairs(redis.call('LRANGE', key('history', id), 0, -1)) do
  if is_of(text, 'undo', op) then return {'undone', cjson.decode(text).to} end
  if standing and is_of(text, 'decision', standing) then last = cjson.decode(text) end
end
if not last or ((ARGV[5] or '') ~= '' and ARGV[5] ~= last.op) then return {'none'} end
if last.by ~= by then return {'other', last.by} end
if whole(last.revision) ~= comment.revision then return {'revision', tonumber(comment.revision)} end

local now = clock()
local stored, before = key('comment', id), last.before
release(id)
if comment.facets then dequeue(id, lines(comment.facets)) end
local fields = {'decision', 'decided_by', 'action', 'escalated_by', 'escalation', 'facets', 'appeal', 'kept_from'}
redis.call('HDEL', stored, unpack(fields))
for _, field in ipairs(fields) do
  if before[field] then redis.call('HSET', stored, field, before[field]) end
end
reporters_are(id, before.reporters or '', comment.revision)
if before.appeal and not comment.appeal then
  uncount(tonumber(last.at), 'appeal:' .. comment.status)
  redis.call('HDEL', key('appeal', id), 'outcome', 'decided_by', 'decided_at', 'closed_by')
end
local was = comment.status
move(id, comment, before.status)
if before.decided_at then
  redis.call('ZADD', key('list', 'decided'), before.decided_at, id)
else
  redis.call('ZREM', key('list', 'decided'), id)
end
if before.facets then enqueue(id, tonumber(before.place), tonumber(before.rank or least_rank(comment.received)), lines(before.facets)) end
remember(id, '"kind":"undo","at":' .. whole(now) .. ',"op":' .. cjson.encode(op) .. ',"by":' .. cjson.encode(by)
             .. ',"undoes":' .. cjson.encode(last.op) .. ',"to":"' .. before.status .. '"', '{}')
local told = '{"revision":' .. comment.revision .. ',' .. string.sub(ARGV[4], 2)
emit(now, 'decision.undone', id, told)
if was ~= before.status then emit(now, EVENT_OF[before.status], id, told) end
audit(now, by, 'decision.undone', id, told)
count(now, 'undone')
weigh_undone(id, comment.judgement, last)
return {'undone', before.status}
