-- use: _site _queue _walk _review
-- Leases ready comments or reviews to one moderator, but none that is kept from them. The token comes from the caller, so that a repeated call gets the same claim.
-- KEYS[1] {site}
-- ARGV    token · moderator · lease in ms · limit · order · arrived until (ms; 0 for any) · place or rank already
--         looked at or '' · its id · facets, one a line
--         Reviews of what is no more are dropped on the way.
-- Answer  {'claimed', ms of the lease's end, id, id, …} · {'further', place, id}: nothing was found so far, look on
--         from there
local token, by, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = clock()
release_expired(now)
local claim = key('claim', token)
local made = redis.call('HMGET', claim, 'until', 'ids', 'by')
if made[1] and made[3] == by then
  local answer = {'claimed', tonumber(made[1])}
  for _, id in ipairs(lines(made[2])) do
    if redis.call('HGET', hash_of(id), 'claim') == token then answer[#answer + 1] = id end
  end
  return answer
end
local until_ms = tonumber(ARGV[6])
if until_ms == 0 or until_ms >= BAND then until_ms = BAND - 1 end
local after = ARGV[7] ~= '' and {place = tonumber(ARGV[7]), id = ARGV[8]} or nil
local picked, stopped = pick(lines(ARGV[9]), ARGV[5], 0, BANDS - 1, until_ms, after, tonumber(ARGV[4]), by)
if #picked == 0 and stopped then return {'further', whole(stopped[1]), stopped[2]} end
local ends = now + lease
local answer = {'claimed', ends}
local function lease_out(id, hash, facets)
  shift(id, lines(facets), LEASED)
  redis.call('ZADD', key('leases'), whole(ends), id)
  redis.call('HSET', hash, 'claim', token)
  answer[#answer + 1] = id
end
for _, one in ipairs(picked) do
  local id = one[1]
  local hash = hash_of(id)
  if string.sub(id, 1, #REVIEW) == REVIEW then
    local review = string.sub(id, #REVIEW + 1)
    local fields = read_review(review)
    if stands(fields) then lease_out(id, hash, fields.facets) else drop_review(review, fields) end
  else
    local fields = redis.call('HMGET', hash, 'facets', 'received', 'first_claim')
    lease_out(id, hash, fields[1])
    if not fields[3] then
      redis.call('HSET', hash, 'first_claim', whole(now))
      took('claim', now - tonumber(fields[2]))
    end
  end
end
if #answer == 2 and #picked > 0 then return {'further', '', ''} end
redis.call('HSET', claim, 'by', by, 'until', whole(ends), 'order', ARGV[5], 'ids', table.concat(answer, '\n', 3))
redis.call('PEXPIRE', claim, #picked == 0 and 60000 or math.max(86400000, 2 * lease))
return answer
