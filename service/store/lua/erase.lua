-- use: _site _comment _queue _near
-- Erases a comment for good and leaves a tombstone for 400 days: a status and a time, nothing that the author wrote or is.
-- KEYS[1] {site}
-- ARGV    id · text as copies are told · bands of its fingerprint · who erases it
-- Answer  {'erased'} (again too) · {'unknown'}
local id = ARGV[1]
local comment = read(id)
if not comment then return {'unknown'} end
if comment.status == 'erased' then return {'erased'} end
local now = clock()
release(id)
if comment.facets then dequeue(id, lines(comment.facets)) end
unlist(id, comment)
forget(id)
-- Other copies still count as copies, so that an erasure makes no room for more; of the only one nothing stays.
local copies = key('copies', comment.first_text or digest(ARGV[2]))
local n = string.match(redis.call('GET', copies) or '', '^(%d+) ')
if n == '1' then redis.call('DEL', copies) elseif n then redis.call('SET', copies, n .. ' ', 'KEEPTTL') end
near_forget(id, (near_places(ARGV[3])))
redis.call('HSET', key('comment', id), 'status', 'erased', 'at', whole(now))
redis.call('EXPIRE', key('comment', id), 400 * 86400)
redis.call('SET', key('erased'), whole(now))
emit(now, 'comment.erased', id, '{"was":"' .. comment.status .. '"}')
audit(now, ARGV[4], 'comment.erased', id, '{"was":"' .. comment.status .. '"}')
count(now, 'erased')
return {'erased'}
