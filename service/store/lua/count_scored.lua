-- use: _site
-- Counts a comment that another system has scored and nothing more: no verdict is asked for, and nothing of it is stored.
-- KEYS[1] {site}
-- ARGV    surface · rate name of the API key or '' (not counted) · requests a minute of that key
-- Answer  {'counted' | 'limited', requests of the key in this minute, seconds left of it, version of the policy}
local now = clock()
local requests, left = 0, 0
local version = redis.call('HGET', key('policy'), 'head') or '1'
if ARGV[2] ~= '' then
  requests, left = tally('key:' .. ARGV[2], now, 60)
  if requests > tonumber(ARGV[3]) then return {'limited', requests, left, version} end
end
count(now, 'checked', ARGV[1] .. '/scored')
return {'counted', requests, left, version}
