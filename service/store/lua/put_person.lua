-- use: _site
-- Makes a person who signs in, or changes one; what ends their sessions raises their generation.
-- KEYS[1] {site}
-- ARGV    name · op · who does it · act for the audit log · JSON object of the fields to set · '1' for a new person ·
--         '1' to end their sessions · '1' to leave the site an admin who can sign in · how many people a site may have
-- Answer  {'put', person as JSON} · {'taken'} · {'unknown'} · {'last'}: nobody would be left to let others in · {'full'}
local name, op, by, act = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local people = key('people')
local kept = redis.call('HGET', people, name)
local person = kept and cjson.decode(kept)
if person and person.op == op then return {'put', kept} end
if ARGV[6] == '1' and person then return {'taken'} end
if ARGV[6] ~= '1' and not person then return {'unknown'} end
if not person and redis.call('HLEN', people) >= tonumber(ARGV[9]) then return {'full'} end
local now = clock()
local fields = cjson.decode(ARGV[5])
local was_admin = person and person.role == 'admin' and not person.disabled
person = person or {name = name, created = now, generation = 0}
for field, value in pairs(fields) do person[field] = value end
if ARGV[8] == '1' and was_admin and (person.role ~= 'admin' or person.disabled) then
  local left = 0
  for _, other in ipairs(redis.call('HVALS', people)) do
    local one = cjson.decode(other)
    if one.role == 'admin' and not one.disabled then left = left + 1 end
  end
  if left < 2 then return {'last'} end
end
if ARGV[7] == '1' then person.generation = person.generation + 1 end
person.op = op
local text = cjson.encode(person)
redis.call('HSET', people, name, text)
audit(now, by, act, '', cjson.encode({person = name, role = person.role}))
return {'put', text}
