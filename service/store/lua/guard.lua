-- use: _site
-- Before a request that is not a comment's: counts it against its key's rate, and opens its Idempotency-Key.
-- KEYS[1] {site}
-- ARGV    rate name or '' · requests a minute · idempotency record or '' · digest of the request · seconds it may run
--         · this call's own mark, so that its repetition after a broken connection knows it again
-- Answer  {requests in this minute, seconds left of it, 'new' | 'repeat' | 'running' | 'other' | ''}
local requests, left = 0, 0
if ARGV[1] ~= '' then requests, left = tally('key:' .. ARGV[1], clock(), 60) end
if ARGV[3] == '' or requests > tonumber(ARGV[2]) then return {requests, left, ''} end
local record = key('once', ARGV[3])
local known = redis.call('GET', record)
if known and string.sub(known, 1, 8) == 'running ' and redis.call('TTL', record) > tonumber(ARGV[5]) then
  known = nil  -- the clock was set back: it would be running for as long
end
local own = 'running ' .. ARGV[6] .. ' ' .. ARGV[4]
if not known or known == own then
  redis.call('SET', record, own, 'EX', ARGV[5])
  return {requests, left, 'new'}
end
local state, digest_before = string.match(known, '^(%a+) %S+ (.*)$')
if digest_before ~= ARGV[4] then return {requests, left, 'other'} end
return {requests, left, state == 'running' and 'running' or 'repeat'}
