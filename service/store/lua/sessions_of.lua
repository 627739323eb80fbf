-- use: _site
-- A person's sessions, the newest first; what ended leaves the list.
-- KEYS[1] {site}
-- ARGV    name · ms after which one ends whatever the use
-- Answer  {{digest of its token, opened, used, what browser it is in}, …}
local mine = key('sessions', ARGV[1])
local kept = redis.call('HGET', key('people'), ARGV[1])
local person = kept and cjson.decode(kept)
local found = {}
for _, id in ipairs(redis.call('ZREVRANGE', mine, 0, -1)) do
  local generation, opened, used, browser =
    unpack(redis.call('HMGET', key('session', id), 'generation', 'opened', 'used', 'browser'))
  local open = generation and person and not person.disabled and whole(person.generation) == generation
  if open and clock() - tonumber(opened) <= tonumber(ARGV[2]) then
    found[#found + 1] = {id, opened, used, browser}
  else
    redis.call('DEL', key('session', id))
    redis.call('ZREM', mine, id)
  end
end
return found
