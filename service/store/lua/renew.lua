-- use: _site _queue
-- Renews what a claim still holds.
-- KEYS[1] {site}
-- ARGV    token · moderator · lease in ms
-- Answer  {ms of the lease's end, id, …} · {0} for no claim of this moderator · {-1} when nothing is held any more
local token, now = ARGV[1], clock()
release_expired(now)
local claim = key('claim', token)
local made = redis.call('HMGET', claim, 'by', 'ids')
if made[1] ~= ARGV[2] then return {0} end
local ends = now + tonumber(ARGV[3])
local answer = {ends}
for _, id in ipairs(lines(made[2])) do
  if lease_of(id, hash_of(id), now) == token then
    redis.call('ZADD', key('leases'), whole(ends), id)
    answer[#answer + 1] = id
  end
end
if #answer == 1 then return {-1} end
redis.call('HSET', claim, 'until', whole(ends))
redis.call('PEXPIRE', claim, math.max(86400000, 2 * tonumber(ARGV[3])))
return answer
