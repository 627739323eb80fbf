-- use: _site
-- Counts what came of the checks of one request, which were judged by a version of the policy. Nothing of them is stored.
-- Where another version is in force, nothing but the request is counted yet, and the checks come back without a version.
-- KEYS[1] {site}
-- ARGV    surface · rate name of the API key or '' (not counted) · requests a minute of that key · version of the policy
--         or '' · verdict · how many, as often as there are
-- Answer  {what, requests of the key in this minute, seconds left of it, version of the policy in force}:
--         'counted' · 'limited' · 'differs'
local now = clock()
local requests, left = 0, 0
local version = redis.call('HGET', key('policy'), 'head') or '1'
if ARGV[2] ~= '' then
  requests, left = tally('key:' .. ARGV[2], now, 60)
  if requests > tonumber(ARGV[3]) then return {'limited', requests, left, tonumber(version)} end
end
if ARGV[4] ~= '' and ARGV[4] ~= version then return {'differs', requests, left, tonumber(version)} end
for at = 5, #ARGV, 2 do count(now, 'checked', ARGV[1] .. '/' .. ARGV[at], tonumber(ARGV[at + 1])) end
return {'counted', requests, left, tonumber(version)}
