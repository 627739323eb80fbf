-- What every script that changes a comment shares.

-- The fields of a comment as a table, or nil where there is none. An erased comment has `status` and `at` only.
local function read(id)
  local flat = redis.call('HGETALL', key('comment', id))
  if #flat == 0 then return nil end
  local found = {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- Counts an author's comments in a status up or down; a count of none is not kept.
local function author_has(author, status, by)
  local counts = key('author', author)
  if redis.call('HINCRBY', counts, status, by) == 0 then redis.call('HDEL', counts, status) end
end

-- Moves a comment from one status to another: its list, its author's counts.
local function move(id, comment, status)
  if comment.status == status then return end
  redis.call('ZREM', key('list', comment.status), id)
  redis.call('ZADD', key('list', status), comment.received, id)
  if comment.author then
    author_has(comment.author, comment.status, -1)
    author_has(comment.author, status, 1)
  end
  redis.call('HSET', key('comment', id), 'status', status)
  comment.status = status
end

-- Takes a comment off every list that it stands on, and out of its author's counts.
--   comment: at least its status, author and article
local function unlist(id, comment)
  redis.call('ZREM', key('list', comment.status), id)
  redis.call('ZREM', key('list', 'decided'), id)
  if comment.author then
    redis.call('ZREM', key('list', 'author', comment.author), id)
    author_has(comment.author, comment.status, -1)
  end
  if comment.article then redis.call('ZREM', key('list', 'article', comment.article), id) end
end

-- Deletes all that is kept of a comment by its id, what others said of it too.
local function forget(id)
  redis.call('DEL', key('comment', id), key('history', id), key('notes', id), key('appeal', id), key('reports', id))
end

-- A comment's history: JSON entries, oldest first, the newest 100 of them. `head` is JSON members made here, `body` a
-- JSON object.
local function remember(id, head, body)
  local history = key('history', id)
  redis.call('RPUSH', history, '{' .. head .. (body == '{}' and '}' or ',' .. string.sub(body, 2)))
  redis.call('LTRIM', history, -100, -1)
end

-- Whether an entry of a history is of this kind and this operation; operations are made here and need no escaping.
local function is_of(entry, kind, op)
  local head = '{"kind":"' .. kind .. '"'
  return string.sub(entry, 1, #head) == head and string.find(entry, '"op":"' .. op .. '"', 1, true) ~= nil
end

-- Whether an entry of a history was remembered with this very body.
local function says(entry, body)
  local tail = ',' .. string.sub(body, 2)
  return string.sub(entry or '', -#tail) == tail
end

local EVENT_OF = {approved = 'comment.approved', pending = 'comment.held', rejected = 'comment.rejected'}
