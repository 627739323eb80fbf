-- use: _site
-- The session behind a token, and the person as they are now; a use puts its end off, noted once a minute.
-- KEYS[1] {site}
-- ARGV    digest of the token · ms without use after which it ends · ms after which it ends whatever the use
-- Answer  {name, role, CSRF token, sentence that waits to be shown or '', place in the queue or ''} · {}: none; its person was changed or disabled
local session = key('session', ARGV[1])
local name, generation, csrf, opened, told, used, desk =
  unpack(redis.call('HMGET', session, 'name', 'generation', 'csrf', 'opened', 'told', 'used', 'desk'))
if not name then return {} end
local kept = redis.call('HGET', key('people'), name)
local person = kept and cjson.decode(kept)
local now = clock()
local over = now - tonumber(opened) > tonumber(ARGV[3])
if over or not person or person.disabled or whole(person.generation) ~= generation then
  redis.call('DEL', session)
  redis.call('ZREM', key('sessions', name), ARGV[1])
  return {}
end
if now - tonumber(used) >= 60000 then
  redis.call('HSET', session, 'used', whole(now))
  redis.call('PEXPIRE', session, ARGV[2])
end
return {name, person.role, csrf, told or '', desk or ''}
