-- use: _site
-- Notes that all members of a campaign were looked at up to one of them. It is done when nobody came behind that one and
-- nothing was decided or taken back meanwhile.
-- KEYS[1] {site}
-- ARGV    campaign · decision that was spread, or '' · last member that was looked at, or '' where none had to be · decision whose taking
--         back was spread, or '' · 1 where those that were approved before it was found are held
-- Answer  whether it is done, 1 or 0
local campaign, decision, last, undone = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local stored = key('campaign', campaign)
local state = redis.call('HMGET', stored, 'sample', 'decision', 'undone', 'undoing', 'holding')
if not state[1] then
  redis.call('ZREM', key('campaigns', 'due'), campaign)
  return 1
end
if state[4] and undone == '' or (undone ~= '' and state[3] ~= undone) then return 0 end
redis.call('HDEL', stored, 'undoing')
if ARGV[5] == '1' then redis.call('HDEL', stored, 'holding') end
if (state[2] or '') ~= decision or (not state[2] and state[5] and ARGV[5] ~= '1') then return 0 end
local newest = redis.call('ZRANGE', key('campaign', campaign, 'members'), -1, -1, 'WITHSCORES')
if decision ~= '' and last ~= '' then redis.call('HSET', stored, 'told', last) end
-- The last one that was looked at may have gone since; then the newest stands before it.
if last ~= '' and newest[1] then
  local ms, id = string.match(last, '^(%d+)%.(.*)$')
  local behind, there = tonumber(newest[2]), tonumber(ms)
  if behind > there or (behind == there and newest[1] > id) then return 0 end
end
redis.call('ZREM', key('campaigns', 'due'), campaign)
return 1
