-- use: _site _near
-- What may be like a comment: members of its campaign around it, and what shares bands with it, of whichever campaign.
-- Nothing is changed.
-- KEYS[1] {site}
-- ARGV    id · bands of its text's fingerprint · how many members of a campaign are looked at
-- Answer  {its campaign or '', how many members that has, {id, comment as JSON, judgement as JSON, status, ms of arrival, moderator whose
--         decision stands on it or '', what that says or '', 1 where it was made on its campaign, campaign or ''} of each}
local id, most = ARGV[1], tonumber(ARGV[3])
local own = redis.call('HGET', key('comment', id), 'campaign') or ''
local order, seen = {}, {[id] = true}

local function add(one)
  if one and not seen[one] then
    seen[one] = true
    order[#order + 1] = one
  end
end

local campaign = own
local places, sketch = near_places(ARGV[2])
for _, near in ipairs(near_candidates(id, places, sketch, 0)) do
  add(near[1])
  if campaign == '' then campaign = near[5] or '' end
end

local size = 0
if campaign ~= '' then
  local members = key('campaign', campaign, 'members')
  size = redis.call('ZCARD', members)
  local rank = redis.call('ZRANK', members, id) or size
  local from = math.max(0, math.min(rank - math.floor(most / 2), size - most))
  add(redis.call('HGET', key('campaign', campaign), 'sample'))
  for _, one in ipairs(redis.call('ZRANGE', members, from, from + most - 1)) do add(one) end
end

local decided = {}
local function decision_on(one)
  if not decided[one] then
    decided[one] = redis.call('HMGET', key('campaign', one), 'decision', 'decided_by', 'action')
  end
  return decided[one]
end

local found = {}
for _, one in ipairs(order) do
  local kept = redis.call('HMGET', key('comment', one), 'posted', 'status', 'received', 'decision', 'decided_by',
                          'action', 'ruled', 'campaign', 'judgement')
  if kept[2] and kept[2] ~= 'erased' then
    local whole = kept[8] and decision_on(kept[8]) or {}
    local by, action = kept[5] or '', kept[6] or ''
    if not kept[4] and kept[7] and kept[7] == whole[1] then by, action = whole[2], whole[3] end
    local as_one = (kept[4] or kept[7]) and (kept[4] or kept[7]) == whole[1] and 1 or 0
    found[#found + 1] = {one, kept[1], kept[9], kept[2], kept[3], by, action, as_one, kept[8] or ''}
  end
end
return {own, own ~= '' and size or 0, found}
