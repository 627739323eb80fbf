-- use: _site _queue
-- Gives back a whole claim, or one comment of it.
-- KEYS[1] {site}
-- ARGV    token · moderator · id or '' for all of it
-- Answer  how many were still held · -1 for no claim of this moderator · -2 when the comment was never in it
local token = ARGV[1]
release_expired(clock())
local made = redis.call('HMGET', key('claim', token), 'by', 'ids')
if made[1] ~= ARGV[2] then return -1 end
local ids = lines(made[2])
if ARGV[3] ~= '' then
  local there = false
  for _, id in ipairs(ids) do there = there or (id == ARGV[3] or id == REVIEW .. ARGV[3]) and id end
  if not there then return -2 end
  ids = {there}
end
local given = 0
for _, id in ipairs(ids) do
  if redis.call('HGET', hash_of(id), 'claim') == token then
    release(id)
    given = given + 1
  end
end
return given
