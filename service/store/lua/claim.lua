-- use: _site _queue
-- Leases ready comments to one moderator. The token comes from the caller, so that a repeated call gets the same claim.
-- KEYS[1] {site}
-- ARGV    token · moderator · lease in ms · limit · order · arrived until (ms; 0 for any) · facets, one a line
-- Answer  {ms of the lease's end, id, id, …}
local token, by, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = clock()
release_expired(now)
local claim = key('claim', token)
local made = redis.call('HMGET', claim, 'until', 'ids')
if made[1] then
  local answer = {tonumber(made[1])}
  for _, id in ipairs(lines(made[2])) do
    if redis.call('HGET', key('comment', id), 'claim') == token then answer[#answer + 1] = id end
  end
  return answer
end
local until_ms = tonumber(ARGV[6])
if until_ms == 0 then until_ms = BAND - 1 end
local picked = pick(lines(ARGV[7]), ARGV[5], 0, BANDS - 1, until_ms, nil, tonumber(ARGV[4]))
local ends = now + lease
local answer = {ends}
for _, one in ipairs(picked) do
  local id = one[1]
  local comment = key('comment', id)
  local fields = redis.call('HMGET', comment, 'facets', 'received', 'first_claim')
  shift(id, lines(fields[1]), LEASED)
  redis.call('ZADD', key('leases'), whole(ends), id)
  redis.call('HSET', comment, 'claim', token)
  if not fields[3] then
    redis.call('HSET', comment, 'first_claim', whole(now))
    took('claim', now - tonumber(fields[2]))
  end
  answer[#answer + 1] = id
end
redis.call('HSET', claim, 'by', by, 'until', whole(ends), 'ids', table.concat(answer, '\n', 2))
redis.call('PEXPIRE', claim, math.max(86400000, 2 * lease))
return answer
