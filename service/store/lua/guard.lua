-- use: _site
-- Before a request that is not a comment's: counts it against its key's rate, and opens its Idempotency-Key.
-- KEYS[1] {site}
-- ARGV    rate name or '' · requests a minute · idempotency record or '' · digest of the request · seconds it may run
-- Answer  {requests in this minute, seconds left of it, 'new' | 'repeat' | 'running' | 'other' | ''}
local requests, left = 0, 0
if ARGV[1] ~= '' then requests, left = tally('key:' .. ARGV[1], clock(), 60) end
if ARGV[3] == '' or requests > tonumber(ARGV[2]) then return {requests, left, ''} end
local record = key('once', ARGV[3])
local known = redis.call('GET', record)
if not known then
  redis.call('SET', record, 'running ' .. ARGV[4], 'EX', ARGV[5])
  return {requests, left, 'new'}
end
local state, digest = string.match(known, '^(%a+) (.*)$')
if digest ~= ARGV[4] then return {requests, left, 'other'} end
return {requests, left, state == 'running' and 'running' or 'repeat'}
