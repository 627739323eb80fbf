-- use: _site
-- Drops events older than a time, and notes the newest dropped one, so that a cursor behind it can be told.
-- KEYS[1] {site}
-- ARGV    ms; events before it go
-- Answer  how many went
local events = key('events')
local gone = redis.call('XREVRANGE', events, '(' .. ARGV[1] .. '-0', '-', 'COUNT', 1)
if #gone == 0 then return 0 end
redis.call('SET', key('events', 'dropped'), gone[1][1])
return redis.call('XTRIM', events, 'MINID', ARGV[1] .. '-0')
