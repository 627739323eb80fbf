-- use: _site
-- Ends the erasure of an author, once none of their comments is left: standing, counts, list, and that it was asked for.
-- KEYS[1] {site}
-- ARGV    author · ids of theirs to look at, at the most
-- Answer  {'done'} (again too) · {'more'}: some of their comments are left
local author = ARGV[1]
local list, erasing = key('list', 'author', author), key('erasing')
for _, id in ipairs(redis.call('ZRANGE', list, 0, tonumber(ARGV[2]) - 1)) do
  if redis.call('HGET', key('comment', id), 'author') == author then return {'more'} end
  redis.call('ZREM', list, id)
end
if redis.call('EXISTS', list) == 1 then return {'more'} end
local asked = redis.call('HGET', erasing, author)
local last = redis.call('LINDEX', key('standings', author), -1)
local reference = last and cjson.decode(last).reference or ''
redis.call('DEL', key('author', author), key('standing', author), key('standings', author), key('past', digest(author)),
           key('reference', reference))
redis.call('HDEL', erasing, author)
if asked then
  local now = clock()
  redis.call('SET', key('erased'), whole(now))
  -- The log names the author as it did before, by a reference that means nothing from now on.
  audit(now, cjson.decode(asked).by, 'author.erased', reference, '{}')
  count(now, 'author_erased')
end
return {'done'}
