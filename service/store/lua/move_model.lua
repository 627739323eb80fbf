-- use: _site
-- Puts a stored model in force for one site, or for every site without one of its own (`*`); or goes back to what was
-- in force there before. Drops the models that nobody needs any more.
-- KEYS[1] {site}, which is {winnow} here
-- ARGV    site or '*' · op · digest, or '' to go back · its version · who · why
--         · models to keep beside those in force and those before them
--         · the gate's report as JSON, or '' where the gate was not asked; it is kept as long as the log's line
--         · digest of what was put in force there last, as the caller saw it, 'none' or, for any, ''
-- Answer  {'moved', digest that is in force there now, or ''} · {'missing'}, it is not stored · {'taken'}, another model
--         has this version · {'nothing'} to go back to · {'other', digest or ''}, that is not what was put there last
local place, op, digest = ARGV[1], ARGV[2], ARGV[3]
local log, in_force, models = key('models', 'log', place), key('models', 'in-force'), key('models')
for _, entry in ipairs(redis.call('LRANGE', log, 0, -1)) do
  if string.find(entry, '"op":"' .. op .. '"', 1, true) then return {'moved', cjson.decode(entry).digest} end
end

-- What a flat reply of pairs says, as a table.
local function hash(name)
  local found, flat = {}, redis.call('HGETALL', name)
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

local now = clock()
local stack = lines(redis.call('HGET', in_force, place) or '')
if ARGV[9] ~= '' and ARGV[9] ~= (stack[1] or 'none') then return {'other', stack[1] or ''} end
if digest == '' then
  if #stack == 0 then return {'nothing'} end
  table.remove(stack, 1)
else
  for other, known in pairs(hash(models)) do
    if other ~= digest and cjson.decode(known).version == ARGV[4] then return {'taken'} end
  end
  if redis.call('EXISTS', key('model', digest)) == 0 then return {'missing'} end
  redis.call('PERSIST', key('model', digest))
  redis.call('HSET', models, digest, cjson.encode({version = ARGV[4], at = whole(now)}))
  if stack[1] ~= digest then table.insert(stack, 1, digest) end
  stack[17] = nil
end
local top = stack[1] or ''
local known = redis.call('HGET', models, top)
redis.call('HSET', in_force, place, table.concat(stack, '\n'))
redis.call('HINCRBY', in_force, '#', 1)
redis.call('LPUSH', log, cjson.encode({op = op, back = digest == '', digest = top, at = whole(now), by = ARGV[5],
                                       reason = ARGV[6], version = known and cjson.decode(known).version or '',
                                       gated = ARGV[8] ~= ''}))
local reports = key('models', 'gate', place)
if ARGV[8] ~= '' then redis.call('HSET', reports, op, ARGV[8]) end
for _, entry in ipairs(redis.call('LRANGE', log, 200, -1)) do redis.call('HDEL', reports, cjson.decode(entry).op) end
redis.call('LTRIM', log, 0, 199)

-- In force, or what a step back would bring: those stay. Of the others, the newest.
local stacks, needed, spare = hash(in_force), {}, {}
stacks['#'] = nil
for at, text in pairs(stacks) do
  stacks[at] = lines(text)
  needed[stacks[at][1] or ''], needed[stacks[at][2] or ''] = true, true
end
for one, about in pairs(hash(models)) do
  if not needed[one] then spare[#spare + 1] = {one, tonumber(cjson.decode(about).at)} end
end
table.sort(spare, function(a, b) return a[2] > b[2] or (a[2] == b[2] and a[1] > b[1]) end)
for i = tonumber(ARGV[7]) + 1, #spare do
  redis.call('UNLINK', key('model', spare[i][1]))
  redis.call('HDEL', models, spare[i][1])
end
for at, before in pairs(stacks) do
  local left = {}
  for _, one in ipairs(before) do
    if redis.call('HEXISTS', models, one) == 1 then left[#left + 1] = one end
  end
  if #left < #before then redis.call('HSET', in_force, at, table.concat(left, '\n')) end
end
return {'moved', top}
