-- What every script that changes a comment shares.

-- The fields of a comment as a table, or nil where there is none. An erased comment has `status` and `at` only.
local function read(id)
  local flat = redis.call('HGETALL', key('comment', id))
  if #flat == 0 then return nil end
  local found = {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- Counts an author's comments in a status up or down; a count of none is not kept.
local function author_has(author, status, by)
  local counts = key('author', author)
  if redis.call('HINCRBY', counts, status, by) == 0 then redis.call('HDEL', counts, status) end
end

-- Counts a campaign's members in a status up or down, and keeps its place among the campaigns by what is pending.
local function campaign_has(campaign, status, by)
  local n = redis.call('HINCRBY', key('campaign', campaign), status, by)
  if status ~= 'pending' then return end
  if n > 0 then redis.call('ZADD', key('campaigns'), n, campaign) else redis.call('ZREM', key('campaigns'), campaign) end
end

local function drop_campaign(campaign)
  redis.call('DEL', key('campaign', campaign), key('campaign', campaign, 'members'))
  redis.call('ZREM', key('campaigns'), campaign)
  redis.call('ZREM', key('campaigns', 'due'), campaign)
  redis.call('ZREM', key('campaigns', 'decided'), campaign)
end

-- Takes a comment out of its campaign, which goes with its last member; another member stands for it where this one did.
local function leave_campaign(id, campaign, status)
  local members = key('campaign', campaign, 'members')
  if redis.call('ZREM', members, id) == 0 then return end
  campaign_has(campaign, status, -1)
  local stored = key('campaign', campaign)
  local next_one = redis.call('ZRANGE', members, 0, 0)[1]
  if not next_one then
    drop_campaign(campaign)
  elseif redis.call('HGET', stored, 'sample') == id then
    redis.call('HSET', stored, 'sample', next_one)
  end
end

-- Moves a comment from one status to another: its list, its author's counts.
local function move(id, comment, status)
  if comment.status == status then return end
  redis.call('ZREM', key('list', comment.status), id)
  redis.call('ZADD', key('list', status), comment.received, id)
  if comment.author then
    author_has(comment.author, comment.status, -1)
    author_has(comment.author, status, 1)
  end
  if comment.campaign then
    campaign_has(comment.campaign, comment.status, -1)
    campaign_has(comment.campaign, status, 1)
  end
  redis.call('HSET', key('comment', id), 'status', status)
  comment.status = status
end

-- Takes a comment off every list that it stands on, and out of its author's counts.
--   comment: at least its status, author, article and campaign
local function unlist(id, comment)
  redis.call('ZREM', key('list', comment.status), id)
  redis.call('ZREM', key('list', 'decided'), id)
  if comment.author then
    redis.call('ZREM', key('list', 'author', comment.author), id)
    author_has(comment.author, comment.status, -1)
  end
  if comment.article then redis.call('ZREM', key('list', 'article', comment.article), id) end
  if comment.campaign then leave_campaign(id, comment.campaign, comment.status) end
end

-- Deletes all that is kept of a comment by its id, what others said of it too.
local function forget(id)
  redis.call('DEL', key('comment', id), key('history', id), key('notes', id), key('appeal', id), key('reports', id))
end

-- A comment's history: JSON entries, oldest first, the newest 100 of them. `head` is JSON members made here, `body` a
-- JSON object.
local function remember(id, head, body)
  local history = key('history', id)
  redis.call('RPUSH', history, '{' .. head .. (body == '{}' and '}' or ',' .. string.sub(body, 2)))
  redis.call('LTRIM', history, -100, -1)
end

-- Whether an entry of a history is of this kind and this operation; operations are made here and need no escaping.
local function is_of(entry, kind, op)
  local head = '{"kind":"' .. kind .. '"'
  return string.sub(entry, 1, #head) == head and string.find(entry, '"op":"' .. op .. '"', 1, true) ~= nil
end

-- Whether an entry of a history was remembered with this very body.
local function says(entry, body)
  local tail = ',' .. string.sub(body, 2)
  return string.sub(entry or '', -#tail) == tail
end

local EVENT_OF = {approved = 'comment.approved', pending = 'comment.held', rejected = 'comment.rejected'}

-- Counts a restriction that the machine imposed, and each reason for it: the attribute, or the code of a rule.
local function restrict(now, verdict, judgement)
  if verdict == 'approve' then return end
  count(now, 'machine:' .. verdict)
  local counted = {}
  for _, reason in ipairs(cjson.decode(judgement)[3]) do
    local kind = reason[1] == 'score' and reason[3] or reason[1]
    if not counted[kind] then count(now, 'machine:' .. verdict, kind) end
    counted[kind] = true
  end
end

-- Reasons that people gave, or chance: no machine found anything by them.
local BY_PEOPLE = {mode = true, article = true, audit = true, report = true, appeal = true}

-- Counts what a decision says: how it agrees with each attribute that the model found, and for a rejection who detected
-- what is wrong, its labels and its term. What is counted here stands: a decision that is undone or replaced is taken
-- back from the hour in which it was made.
--   change: `count` or `uncount` · judgement: as it is kept, of the decided revision
--   said: the entry of the history as JSON
local function weigh(change, judgement, said)
  local decision, judged = cjson.decode(said), cjson.decode(judgement)
  if decision.kind ~= 'decision' or decision.action == 'escalate' then return end
  local at, rejected = tonumber(decision.at), decision.action == 'reject'
  local labels, named, found, detected = decision.labels or {}, {}, {}, 'people'
  for _, label in ipairs(labels) do named[label] = true end
  for _, reason in ipairs(judged[3]) do
    if reason[1] == 'score' then found[reason[3]] = true end
    if not BY_PEOPLE[reason[1]] then detected = 'machine' end
  end
  if next(found) then change(at, 'found:' .. decision.action) end
  for attribute in pairs(found) do
    local agrees = rejected and (#labels == 0 or named[attribute])
    change(at, agrees and 'agreed' or 'denied', attribute)
  end
  if not rejected then return end
  change(at, 'detected:' .. detected)
  for _, label in ipairs(labels) do
    change(at, 'label', label)
    if not found[label] then change(at, 'missed', label) end
  end
  if #labels == 0 then change(at, 'label', 'none') end
  if decision.term then change(at, 'term', decision.term) end
end

-- Counts the newest decision of a history in place of the one that stood before it, if any.
local function weigh_newest(id, judgement, standing)
  if standing then weigh(uncount, judgement, standing) end
  weigh(count, judgement, redis.call('LINDEX', key('history', id), -1))
end

-- Takes back what a decision counted; what it had replaced counts again.
local function weigh_undone(id, judgement, undone)
  for _, text in ipairs(redis.call('LRANGE', key('history', id), 0, -1)) do
    if is_of(text, 'decision', undone.op) then weigh(uncount, judgement, text) end
    if undone.before.decision and is_of(text, 'decision', undone.before.decision) then weigh(count, judgement, text) end
  end
end
