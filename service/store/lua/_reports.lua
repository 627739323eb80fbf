-- Readers' reports of a comment, and how often each reader was right; stands on `_site`. `reports:<id>` is a hash:
--     count · weight (in thousandths)
--     r:<reader>    of each reader: which report this was · the comment's revision · the operation
--     a:<address>   of each address: the heaviest report's weight · how many readers
--     t:<n>         what the n-th report said, as JSON
--     were          what the reporters were told by the last decision: word · to the first n · weight then
-- Readers and addresses are digests; `reporter:<reader>` is a hash of how often that reader was `right` and `wrong`.
local REPORTERS_KEPT = 400 * 86400

local function reporter(reader)
  return key('reporter', digest('reader ' .. reader))
end

-- One more or one less to say that a reader was right, or wrong; counts end 400 days after the reader's last report.
local function credit(record, word, by)
  if by < 0 and redis.call('HEXISTS', record, word) == 0 then return end
  if redis.call('HINCRBY', record, word, by) == 0 then
    redis.call('HDEL', record, word)
  elseif redis.call('TTL', record) < 0 then
    redis.call('EXPIRE', record, REPORTERS_KEPT)
  end
end

-- What a state tells the reader of the n-th report: 'right', 'wrong' or nil.
local function told(state, nth)
  local word, first = string.match(state, '^(%a+) (%d+)')
  return word and nth <= tonumber(first) and word or nil
end

-- Puts the reporters of a comment's revision into another state, and answers the one before. What a decision said of
-- another revision stands: its text is not there to be looked at again.
local function reporters_are(id, state, revision)
  local stored = key('reports', id)
  if redis.call('EXISTS', stored) == 0 then return '' end
  local was = redis.call('HGET', stored, 'were') or ''
  if was == state then return was end
  local kept = redis.call('HGETALL', stored)
  for i = 1, #kept, 2 do
    local reader = string.match(kept[i], '^r:(.*)$')
    local nth, of = string.match(reader and kept[i + 1] or '', '^(%d+) (%d+)')
    if of == revision then
      local before, now = told(was, tonumber(nth)), told(state, tonumber(nth))
      local record = key('reporter', reader)
      if before ~= now then
        if before then credit(record, before, -1) end
        if now then credit(record, now, 1) end
      end
    end
  end
  if state == '' then redis.call('HDEL', stored, 'were') else redis.call('HSET', stored, 'were', state) end
  return was
end

-- A human decided on a comment: its reporters were right when it is rejected, wrong when it is approved, and neither
-- while it is escalated. Answers the state before, from which an undo restores it.
local function reporters_were(id, action, revision)
  local count, weight = unpack(redis.call('HMGET', key('reports', id), 'count', 'weight'))
  if not count then return '' end
  local word = ({approve = 'wrong', reject = 'right'})[action]
  return reporters_are(id, word and table.concat({word, count, weight}, ' ') or '', revision)
end
