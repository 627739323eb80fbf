-- Campaigns: near copies as one. A member's hash names its campaign; these hold no text and nothing of an author.
--     campaign:<id>          hash: sample (a member's id), first and last (ms), pending, approved, rejected, found (ms),
--                            holding ('1' till those that were approved before are held);
--                            what was decided: decision, decided_by, decided_at (ms), action, said, told (the last member that has it);
--                            undone (the last decision that was taken back), undone_by, undo, undoing ('1' till it is done)
--     campaign:<id>:members  sorted set: ids by arrival
--     campaigns              sorted set: ids by pending members
--     campaigns:decided      sorted set: those on which a decision stands, by when it was made; the newest 1,000
--     campaigns:due          sorted set: those with work left, by the ms from which anybody may do it
-- A campaign goes with its last member.
local MERGED_AT_MOST = 200  -- members of one that is taken into another
local DECIDED = 1e12         -- more members than any has
local JOINED_LATER = 2000  -- ms that whoever took the comment in has for what it made due

-- Has somebody look after a campaign: whoever asked for it does at once, the background process from `from` (ms) on.
local function campaign_due(campaign, from)
  redis.call('ZADD', key('campaigns', 'due'), whole(from), campaign)
end

local function enlist(campaign, id, status, received)
  redis.call('HSET', key('comment', id), 'campaign', campaign)
  redis.call('ZADD', key('campaign', campaign, 'members'), whole(tonumber(received)), id)
  campaign_has(campaign, status, 1)
end

local function found_campaign(sample, now)
  local campaign = 'k' .. whole(redis.call('INCR', key('near', 'last')))
  redis.call('HSET', key('campaign', campaign), 'sample', sample, 'first', whole(now), 'last', whole(now))
  return campaign
end

-- Two that turn out one: the smaller goes into the larger, unless it is large itself or somebody decided on it.
local function merge(larger, smaller)
  local theirs = key('campaign', smaller)
  local members = key('campaign', smaller, 'members')
  local state = redis.call('HMGET', theirs, 'decision', 'undoing', 'first', 'found')
  if state[1] or state[2] or redis.call('ZCARD', members) > MERGED_AT_MOST then return end
  for _, id in ipairs(redis.call('ZRANGE', members, 0, -1)) do
    local fields = redis.call('HMGET', key('comment', id), 'status', 'received')
    enlist(larger, id, fields[1], fields[2])
  end
  local ours = key('campaign', larger)
  if tonumber(state[3]) < tonumber(redis.call('HGET', ours, 'first')) then redis.call('HSET', ours, 'first', state[3]) end
  if state[4] then
    redis.call('HSETNX', ours, 'found', state[4])
    redis.call('HSET', ours, 'holding', '1')
    campaign_due(larger, 0)
  end
  drop_campaign(smaller)
end

-- The campaigns of near comments, those that were decided first, then the larger; and the comments that are in none.
local function campaigns_of(nears)
  local sizes, order, loose = {}, {}, {}
  for _, near in ipairs(nears) do
    local fields = redis.call('HMGET', key('comment', near), 'status', 'received', 'campaign')
    local campaign = fields[3]
    if campaign then
      if not sizes[campaign] then
        local weight = redis.call('ZCARD', key('campaign', campaign, 'members'))
        if redis.call('HEXISTS', key('campaign', campaign), 'decision') == 1 then weight = weight + DECIDED end
        sizes[campaign] = weight
        order[#order + 1] = campaign
      end
    elseif fields[1] and fields[1] ~= 'erased' then
      loose[#loose + 1] = {near, fields[1], fields[2]}
    end
  end
  table.sort(order, function(a, b)
    if sizes[a] ~= sizes[b] then return sizes[a] > sizes[b] end
    return a < b
  end)
  return order, loose
end

-- How many near copies there are by now, the decision on them or '', and its action.
local function near_now(nears)
  local order, loose = campaigns_of(nears)
  if not order[1] then return #loose, '', '' end
  local state = redis.call('HMGET', key('campaign', order[1]), 'decision', 'action')
  return redis.call('ZCARD', key('campaign', order[1], 'members')), state[1] or '', state[2] or ''
end

-- Puts a comment that was just stored among those that it is a near copy of. Answers its campaign, or nil, and whether
-- something is due there: earlier members to hold, or a decision that came or went since this one was judged.
--   nears: ids · hold: size from which a campaign is held, or nil · ruled: the decision that it was judged by, or ''
local function join(id, status, now, nears, hold, ruled)
  local order, loose = campaigns_of(nears)
  local campaign = order[1]
  if not campaign then
    if not loose[1] then return nil, false end
    campaign = found_campaign(loose[1][1], tonumber(loose[1][3]))
  end
  local stored = key('campaign', campaign)
  local decision, action = unpack(redis.call('HMGET', stored, 'decision', 'action'))
  if not decision then
    for _, one in ipairs(loose) do enlist(campaign, unpack(one)) end
    for at = 2, #order do merge(campaign, order[at]) end
  end
  enlist(campaign, id, status, now)
  redis.call('HSET', stored, 'last', whole(now))

  local due = false
  if ruled ~= '' then redis.call('HSET', key('comment', id), 'ruled', ruled) end
  if ruled ~= (decision or '') then
    if ruled ~= '' then redis.call('HSET', stored, 'undone', ruled, 'undoing', '1') end
    due = true
  end
  local size = redis.call('ZCARD', key('campaign', campaign, 'members'))
  if hold and size >= hold and not decision then
    local first = redis.call('HSETNX', stored, 'found', whole(now)) == 1
    if first then emit(now, 'campaign.found', '', '{"campaign":"' .. campaign .. '","size":' .. whole(size) .. '}') end
    if first or status == 'approved' then redis.call('HSET', stored, 'holding', '1') end
    due = due or redis.call('HEXISTS', stored, 'holding') == 1
  end
  if due then campaign_due(campaign, now + JOINED_LATER) end
  return campaign, due
end

-- What a comment is told of those that it may be a near copy of: {id, comment as JSON, campaign or '', its size, its
-- decision or '', its action or ''} of each.
local function campaigns_near(candidates)
  local told = {}
  for at, one in ipairs(candidates) do
    local campaign, size, state = one[5] or '', 1, {}
    if campaign ~= '' then
      size = redis.call('ZCARD', key('campaign', campaign, 'members'))
      state = redis.call('HMGET', key('campaign', campaign), 'decision', 'action')
    end
    told[at] = {one[1], one[4], campaign, size, state[1] or '', state[2] or ''}
  end
  return told
end
