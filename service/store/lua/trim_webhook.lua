-- use: _site _webhook
-- Lets deliveries go whose events are kept no more, 1,000 a call, and notes that they were missed.
-- KEYS[1] {site}
-- ARGV    id
-- Answer  how many went
local id = ARGV[1]
local dropped = redis.call('GET', key('events', 'dropped'))
if not dropped then return 0 end
local limit = name_of(dropped)
local gone = 0
for _, set in ipairs({'owed', 'again', 'parked'}) do
  for _, name in ipairs(redis.call('ZRANGE', hook(id, set), 0, 999)) do
    if name > limit then break end
    redis.call('ZREM', hook(id, set), name)
    redis.call('HDEL', hook(id, 'state'), name)
    missed(id, select(2, event_of(name)))
    gone = gone + 1
  end
end
return gone
