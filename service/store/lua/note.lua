-- use: _site _comment
-- A moderator's note on a comment; the newest 200 are kept.
-- KEYS[1] {site}
-- ARGV    id · op · moderator · text as a JSON string
-- Answer  {'noted', ms} · {'unknown'} · {'erased'}
local id, op, by = ARGV[1], ARGV[2], ARGV[3]
local status = redis.call('HGET', key('comment', id), 'status')
if not status then return {'unknown'} end
if status == 'erased' then return {'erased'} end
local notes = key('notes', id)
local head = '{"op":' .. cjson.encode(op) .. ',"at":'
for _, note in ipairs(redis.call('LRANGE', notes, 0, -1)) do
  if string.sub(note, 1, #head) == head then return {'noted', cjson.decode(note).at} end
end
local now = clock()
redis.call('RPUSH', notes, head .. whole(now) .. ',"by":' .. cjson.encode(by) .. ',"text":' .. ARGV[4] .. '}')
redis.call('LTRIM', notes, -200, -1)
audit(now, by, 'note.written', id, '{}')
count(now, 'noted')
return {'noted', now}
