-- use: _site _author _article _around _terms
-- Counts a check: a comment that another system keeps and asks about. Nothing of it is stored.
-- As with `accept`, the judgement takes some things for granted; where they are not so, nothing but the comment is
-- counted yet, the answer says what is the case, and the check comes back with the first six arguments only.
-- KEYS[1] {site}
-- ARGV    surface · verdict · this request's id · author id or '' · article id or '' · 1 for a new comment, 0 for one that
--         came before or that is a test · 7 to 22: what was taken for granted, see _terms
-- Answer  {what, requests of the key in this minute, seconds left of it, …}: 'counted' · 'limited' · 'differs' and what
--         is the case, as `surprises` has it
local now = clock()
local requests, left = 0, 0
if ARGV[7] then
  if ARGV[10] ~= '' then
    requests, left = tally('key:' .. ARGV[10], now, 60)
    if requests > tonumber(ARGV[11]) then return {'limited', requests, left} end
  end
  local differs, facts = surprises('check-', ARGV[3], ARGV[4], ARGV[5], 7, now, ARGV[6] == '1')
  if differs then return {'differs', requests, left, unpack(facts)} end
end
count(now, 'checked', ARGV[1] .. '/' .. ARGV[2])
return {'counted', requests, left}
