-- use: _site _comment _queue _reports _review
-- A moderator's decision. The first on a comment stands; another's later one is refused unless it overrides.
-- KEYS[1] {site}
-- ARGV    id · op · moderator · action (approve, reject, escalate) · claim or '' · override (1 or 0) · revision or ''
--         · the decision as JSON (labels, note, term, …) · event data as JSON · 1 if the moderator is an admin
--         · the share of decisions that are reviewed, where this one was drawn, or ''
--         · campaign that was decided, of which this is a member, or '': nothing happens once that was taken back
-- Answer  {'made', status} · {'same', status} · {'unknown'} · {'erased'} · {'revision', revision}
--         · {'claimed', moderator} · {'lapsed'} (the given claim holds it no more) · {'stands', moderator, action}
--         · {'own-appeal'} (it contests, or contested, this moderator's decision) · {'escalated'} (an admin decides)
--         · {'withdrawn'} (the campaign's decision was taken back) · {'appealed'} (its author contests a rejection: it is
--         decided by itself)
local LEADS_TO = {approve = 'approved', reject = 'rejected', escalate = 'pending'}
local id, op, by, action = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local comment = read(id)
if not comment then return {'unknown'} end
if comment.status == 'erased' then return {'erased'} end
local standing  -- the entry of the decision that stands
for _, text in ipairs(redis.call('LRANGE', key('history', id), 0, -1)) do
  if is_of(text, 'decision', op) then return {'made', LEADS_TO[cjson.decode(text).action]} end
  if comment.decision and is_of(text, 'decision', comment.decision) then standing = text end
end
local campaign = ARGV[12] or ''
if campaign ~= '' and redis.call('HGET', key('campaign', campaign), 'decision') ~= op then return {'withdrawn'} end
if ARGV[7] ~= '' and ARGV[7] ~= comment.revision then return {'revision', tonumber(comment.revision)} end
if campaign ~= '' and comment.appeal then return {'appealed'} end
if comment.kept_from == by then return {'own-appeal'} end

local override = ARGV[6] == '1'
local appeal = key('appeal', id)
if comment.decision then
  local own = comment.decided_by == by and comment.action == action
  if own and says(standing, ARGV[8]) then return {'same', comment.status} end
  if not own and not override then return {'stands', comment.decided_by, comment.action} end
  local closed = redis.call('HMGET', appeal, 'closed_by', 'of')
  if closed[1] == comment.decision and closed[2] == by then return {'own-appeal'} end
end
if action == 'escalate' and comment.escalation then return {'same', comment.status} end
if comment.escalation and ARGV[10] ~= '1' then return {'escalated'} end

local now = clock()
local stored = key('comment', id)
release_expired(now)
local token, holder = lease_of(id, stored, now)
if ARGV[5] ~= '' and token ~= ARGV[5] then return {'lapsed'} end
if token and holder ~= by and not override then return {'claimed', holder} end
-- Labels of comments that were chosen for what they teach are no random sample: exports have to say so.
local chosen = token and redis.call('HGET', key('claim', token), 'order') == 'informative'
               or standing and string.find(standing, '"chosen":"informative"', 1, true)
release(id)

-- What an undo needs to restore exactly.
local before = {status = comment.status, facets = comment.facets, decision = comment.decision,
                decided_by = comment.decided_by, action = comment.action, escalated_by = comment.escalated_by,
                escalation = comment.escalation, appeal = comment.appeal, kept_from = comment.kept_from,
                decided_at = redis.call('ZSCORE', key('list', 'decided'), id) or nil}
if comment.facets then
  local facets = lines(comment.facets)
  before.place = whole(tonumber(redis.call('ZSCORE', key('queue', facets[1]), id)))
  before.rank = redis.call('ZSCORE', informative(facets), id) or nil
  dequeue(id, facets)
  redis.call('HDEL', stored, 'facets')
end
before.reporters = reporters_were(id, action, comment.revision)

local kind
if action == 'escalate' then
  move(id, comment, 'pending')
  redis.call('HDEL', stored, 'decision', 'decided_by', 'action')
  redis.call('ZREM', key('list', 'decided'), id)
  local shelves = escalated(comment.facets and lines(comment.facets) or {'all'})
  redis.call('HSET', stored, 'escalated_by', by, 'escalation', op, 'facets', table.concat(shelves, '\n'))
  enqueue(id, tonumber(before.place or now), tonumber(before.rank or least_rank(now)), shelves)
  kind = 'comment.escalated'
else
  local status = LEADS_TO[action]
  if status ~= comment.status then kind = EVENT_OF[status] end
  move(id, comment, status)
  redis.call('HDEL', stored, 'escalated_by', 'escalation', 'appeal', 'kept_from')
  redis.call('HSET', stored, 'decision', op, 'decided_by', by, 'action', action)
  redis.call('ZADD', key('list', 'decided'), whole(now), id)
  local came = comment.appeal and redis.call('HGET', appeal, 'at') or comment.received
  if before.status == 'pending' then took('decision', now - tonumber(came)) end
end
remember(id, '"kind":"decision","at":' .. whole(now) .. ',"op":' .. cjson.encode(op) .. ',"by":' .. cjson.encode(by)
             .. ',"revision":' .. comment.revision .. (chosen and ',"chosen":"informative"' or '')
             .. ',"before":' .. cjson.encode(before), ARGV[8])
local told = '{"revision":' .. comment.revision .. ',' .. string.sub(ARGV[9], 2)
emit(now, 'decision.made', id, told)
if kind then emit(now, kind, id, told) end
audit(now, by, before.decision and (before.decided_by ~= by or before.action ~= action) and 'decision.overridden'
               or action == 'escalate' and 'comment.escalated' or 'decision.made', id, told)
count(now, 'decided:' .. action)
if comment.appeal and action ~= 'escalate' then
  local outcome = action == 'approve' and 'reversed' or 'upheld'
  redis.call('HSET', appeal, 'outcome', outcome, 'decided_by', by, 'decided_at', whole(now), 'closed_by', op)
  emit(now, 'appeal.decided', id, '{"outcome":"' .. outcome .. '",' .. string.sub(told, 2))
  count(now, 'appeal:' .. comment.status)
  took('appeal', now - tonumber(redis.call('HGET', appeal, 'at')))
end
if comment.audit then keep_review_from(comment.audit, by) end
if ARGV[11] and ARGV[11] ~= '' and action ~= 'escalate' then
  open_review(now, 'second', id, op, by, action, cjson.decode(ARGV[8]).labels, comment, ARGV[11])
end
weigh_newest(id, comment.judgement, standing)
return {'made', comment.status}
