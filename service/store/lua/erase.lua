-- use: _site _comment _queue _near _suggestion
-- Erases a comment for good and leaves a tombstone for 400 days: a status and a time, nothing that the author wrote or is.
-- What was said of it through another system's client goes as well; of a comment that only such a client named, that is
-- all there is.
-- KEYS[1] {site}
-- ARGV    id · who erases it · if the comment is here, its text as copies are told · and the bands of its fingerprint
-- Answer  {'erased'} (again too) · {'unknown'} · {'arrived'}: it is here, and no text was given
local id, by, text, bands = unpack(ARGV)
local comment = read(id)
if comment and comment.status == 'erased' then return {'erased'} end
if comment and not text then return {'arrived'} end
local said = drop_suggestions(id)
if not comment and said == 0 then return {'unknown'} end
local now, was = clock(), comment and comment.status or 'suggested'
if comment then
  release(id)
  if comment.facets then dequeue(id, lines(comment.facets)) end
  unlist(id, comment)
  forget(id)
  -- Other copies still count as copies, so that an erasure makes no room for more; of the only one nothing stays.
  local copies = key('copies', comment.first_text or digest(text))
  local n = string.match(redis.call('GET', copies) or '', '^(%d+) ')
  if n == '1' then redis.call('DEL', copies) elseif n then redis.call('SET', copies, n .. ' ', 'KEEPTTL') end
  near_forget(id, (near_places(bands)))
  emit(now, 'comment.erased', id, '{"was":"' .. was .. '"}')
  count(now, 'erased')
end
redis.call('HSET', key('comment', id), 'status', 'erased', 'at', whole(now))
redis.call('EXPIRE', key('comment', id), 400 * 86400)
redis.call('SET', key('erased'), whole(now))
audit(now, by, 'comment.erased', id, '{"was":"' .. was .. '"}')
return {'erased'}
