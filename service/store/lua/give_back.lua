-- use: _site _queue
-- Gives back a whole claim, or one comment of it.
-- KEYS[1] {site}
-- ARGV    token · moderator · id or '' for all of it
-- Answer  how many were still held · -1 for no claim of this moderator
local token = ARGV[1]
release_expired(clock())
local made = redis.call('HMGET', key('claim', token), 'by', 'ids')
if made[1] ~= ARGV[2] then return -1 end
local given = 0
for _, id in ipairs(ARGV[3] ~= '' and {ARGV[3]} or lines(made[2])) do
  if redis.call('HGET', key('comment', id), 'claim') == token then
    release(id)
    given = given + 1
  end
end
return given
