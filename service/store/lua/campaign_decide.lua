-- use: _site _comment _campaign
-- Makes a decision on a campaign stand; its members get it one by one, and later copies meet it.
-- KEYS[1] {site}
-- ARGV    campaign · op · moderator · action (approve or reject) · the decision as JSON · audit data as JSON
--         · ms that whoever asked has to reach all members, before others do
-- Answer  {'made', op of the decision that stands} (again too, and for the same one by the same moderator) · {'unknown'}
--         · {'undoing'} (finish that first) · {'stands', moderator, action} · {'undone'} (this one was taken back since)
local LISTED = 1000  -- decided campaigns that are listed
local campaign, op, by, action = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local stored = key('campaign', campaign)
local state = redis.call('HMGET', stored, 'sample', 'decision', 'decided_by', 'action', 'said', 'undone', 'undoing')
if not state[1] then return {'unknown'} end
if state[6] == op then return {'undone'} end
if state[7] then return {'undoing'} end
local now = clock()
if state[2] and state[2] ~= op then
  if state[3] ~= by or state[5] ~= ARGV[5] then return {'stands', state[3], state[4]} end
  op = state[2]
elseif not state[2] then
  redis.call('HSET', stored, 'decision', op, 'decided_by', by, 'action', action, 'said', ARGV[5], 'decided_at', whole(now))
  redis.call('ZADD', key('campaigns', 'decided'), whole(now), campaign)
  redis.call('ZREMRANGEBYRANK', key('campaigns', 'decided'), 0, -LISTED - 1)
  redis.call('HDEL', stored, 'told')
  audit(now, by, 'campaign.decided', campaign, ARGV[6])
end
campaign_due(campaign, now + tonumber(ARGV[7]))
return {'made', op}
