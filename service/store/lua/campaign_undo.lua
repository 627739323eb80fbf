-- use: _site _comment _campaign
-- Takes a moderator's own decision on a campaign back; its members are restored one by one.
-- KEYS[1] {site}
-- ARGV    campaign · op · moderator · ms that whoever asked has to reach all members, before others do
-- Answer  {'undone', op of the decision that was taken back} (again too) · {'unknown'} · {'none'} · {'other', moderator}
local campaign, op, by = ARGV[1], ARGV[2], ARGV[3]
local stored = key('campaign', campaign)
local state = redis.call('HMGET', stored, 'sample', 'decision', 'decided_by', 'action', 'undone', 'undo')
if not state[1] then return {'unknown'} end
if state[6] == op then return {'undone', state[5]} end
if not state[2] then return {'none'} end
if state[3] ~= by then return {'other', state[3]} end
local now = clock()
redis.call('HDEL', stored, 'decision', 'decided_by', 'action', 'said', 'told', 'decided_at')
redis.call('ZREM', key('campaigns', 'decided'), campaign)
redis.call('HSET', stored, 'undone', state[2], 'undone_by', by, 'undo', op, 'undoing', '1')
campaign_due(campaign, now + tonumber(ARGV[4]))
audit(now, by, 'campaign.undone', campaign, '{"action":"' .. state[4] .. '"}')
return {'undone', state[2]}
