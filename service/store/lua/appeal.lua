-- use: _site _comment _queue
-- An author contests a rejection: the comment is pending again, and kept from the moderator who rejected it. A decision,
-- and a machine's judgement of a revision, can be contested once; so cannot the decision on an appeal.
-- KEYS[1] {site}
-- ARGV    id · op · statement or '' · revision that was read · band · facets, one a line
-- Answer  {'appealed', ms} · {'same', ms} (it is under this very appeal) · {'unknown'} · {'erased'}
--         · {'standing', status} (it is not rejected) · {'contested'} (it was before) · {'revision', revision}
local id, op, statement = ARGV[1], ARGV[2], ARGV[3]
local comment = read(id)
if not comment then return {'unknown'} end
if comment.status == 'erased' then return {'erased'} end
local appeal = key('appeal', id)
local last = redis.call('HMGET', appeal, 'op', 'at', 'statement', 'against', 'closed_by')
if last[1] == op then return {'appealed', tonumber(last[2])} end
if comment.appeal then
  if last[3] == statement then return {'same', tonumber(last[2])} end
  return {'contested'}
end
if comment.status ~= 'rejected' then return {'standing', comment.status} end
local against = comment.decision or 'revision ' .. comment.revision
if last[1] and (last[4] == against or last[5] == against) then return {'contested'} end
if comment.revision ~= ARGV[4] then return {'revision', tonumber(comment.revision)} end

local now = clock()
local stored, rejecter = key('comment', id), comment.decision and comment.decided_by or nil
redis.call('DEL', appeal)
redis.call('HSET', appeal, 'op', op, 'at', whole(now), 'statement', statement, 'revision', comment.revision,
           'against', against)
move(id, comment, 'pending')
redis.call('ZREM', key('list', 'decided'), id)
redis.call('HDEL', stored, 'decision', 'decided_by', 'action')
local facets = contested(lines(ARGV[6]), rejecter)
redis.call('HSET', stored, 'appeal', op, 'appealed', '1', 'facets', table.concat(facets, '\n'))
if rejecter then
  redis.call('HSET', appeal, 'of', rejecter)
  redis.call('HSET', stored, 'kept_from', rejecter)
end
enqueue(id, tonumber(ARGV[5]) * BAND + now, least_rank(tonumber(comment.received)), facets)
remember(id, '"kind":"appeal","at":' .. whole(now) .. ',"op":' .. cjson.encode(op) .. ',"revision":' .. comment.revision, '{}')
local told = '{"revision":' .. comment.revision .. (rejecter and ',"of":' .. cjson.encode(rejecter) or '') .. '}'
emit(now, 'comment.appealed', id, told)
emit(now, 'comment.held', id, told)
count(now, 'appealed')
return {'appealed', now}
