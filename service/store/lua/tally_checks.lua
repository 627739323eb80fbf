-- use: _site
-- Counts what came of the checks of one request, whose texts were looked at beforehand. Nothing of them is stored.
-- KEYS[1] {site}
-- ARGV    surface · rate name of the API key or '' (not counted) · requests a minute of that key · verdict · how many,
--         as often as there are
-- Answer  {requests of the key in this minute, seconds left of it}; over the limit nothing but the request is counted
local now = clock()
local requests, left = 0, 0
if ARGV[2] ~= '' then
  requests, left = tally('key:' .. ARGV[2], now, 60)
  if requests > tonumber(ARGV[3]) then return {requests, left} end
end
for at = 4, #ARGV, 2 do count(now, 'checked', ARGV[1] .. '/' .. ARGV[at], tonumber(ARGV[at + 1])) end
return {requests, left}
