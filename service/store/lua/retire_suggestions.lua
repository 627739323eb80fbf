-- use: _site _suggestion
-- Lets suggestions go whose time is over: the oldest of a standing, up to 500 a call.
-- KEYS[1] {site}
-- ARGV    standing · ms; what was last spoken of before it goes
-- Answer  how many went
local over = redis.call('ZRANGEBYSCORE', key('suggestions', ARGV[1]), '-inf', '(' .. ARGV[2], 'LIMIT', 0, 500)
for _, named in ipairs(over) do drop_suggestion(ARGV[1], named) end
return #over
