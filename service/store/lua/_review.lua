-- Blind reviews: a moderator says what they would have decided, and sees nothing of what others said. An open one is a
-- member of the queue on the shelves behind `reviews/`, kept from whose decision it is of. Stands on `_queue`.
local REVIEWS_KEPT = 400 * 86400

local function review_facet(kind, value)
  local words = {}
  for word in string.gmatch(value, '%S+') do words[#words + 1] = word end
  return 'reviews/' .. kind .. ':' .. table.concat(words, ' ')
end

-- Opens a review, if this very one was not opened before. Costs nothing else but a dozen commands.
--   kind: 'audit', of the machine's approval, or 'second', of a moderator's decision
--   op: the operation that is reviewed; of: whose it is, nil for the machine
--   labels: a table of those that the decision named
--   comment: its revision, and `posted` and `judgement` as JSON
--   share: the probability with which it was drawn, as text
local function open_review(now, kind, id, op, of, action, labels, comment, share)
  local review = string.sub(digest(kind .. ' ' .. op .. ' ' .. id), 1, 24)
  local hash = key('review', review)
  if redis.call('EXISTS', hash) == 1 then return end
  local facets = {'reviews/all', review_facet('language', cjson.decode(comment.judgement)[6])}
  local article = cjson.decode(comment.posted).article
  if article and type(article.section) == 'string' then
    facets[#facets + 1] = review_facet('section', article.section)
  end
  if of then
    facets = kept_from(facets, of)
    redis.call('HSET', hash, 'by', of)
  end
  redis.call('HSET', hash, 'kind', kind, 'comment', id, 'revision', comment.revision, 'of', op, 'action', action,
             'labels', table.concat(labels, '\n'), 'share', share, 'at', whole(now), 'facets', table.concat(facets, '\n'))
  if kind == 'audit' then redis.call('HSET', key('comment', id), 'audit', review) end
  enqueue(REVIEW .. review, now, least_rank(now), facets)
end

-- Opens the review of an approval that the machine drew for the audit sample: a reason says so, and with which share.
local function open_audit(now, id, op, posted, judgement)
  if not string.find(judgement, '["audit",', 1, true) then return end
  for _, reason in ipairs(cjson.decode(judgement)[3]) do
    if reason[1] == 'audit' then
      local comment = {revision = '1', posted = posted, judgement = judgement}
      open_review(now, 'audit', id, op, nil, 'approve', {}, comment, tostring(reason[5]))
    end
  end
end

-- Keeps an open review from one more moderator, who knows by now what was said.
local function keep_review_from(review, by)
  local hash, member = key('review', review), REVIEW .. review
  local facets = lines(redis.call('HGET', hash, 'facets') or '')
  if #facets == 0 or redis.call('ZSCORE', key('queue', kept_part('reviews/all', by)), member) then return end
  local place, own = redis.call('ZSCORE', key('queue', 'reviews/all'), member), {}
  for _, facet in ipairs(facets) do
    if string.sub(facet, 1, 13) ~= 'reviews/kept/' then own[#own + 1] = kept_part(facet, by) end
  end
  for _, part in ipairs(own) do
    redis.call('ZADD', key('queue', part), place, member)
    facets[#facets + 1] = part
  end
  redis.call('HSET', hash, 'facets', table.concat(facets, '\n'))
end

-- The fields of a review as a table; empty where there is none.
local function read_review(review)
  local flat, found = redis.call('HGETALL', key('review', review)), {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- Whether there still is what an open review is of: the comment in that revision, and the decision.
local function stands(fields)
  local there = redis.call('HMGET', key('comment', fields.comment), 'revision', 'decision')
  return there[1] == fields.revision and (fields.kind == 'audit' or there[2] == fields.of)
end

-- Takes an open review out of the queue.
local function close_review(review, fields)
  release(REVIEW .. review)
  dequeue(REVIEW .. review, lines(fields.facets))
  redis.call('HDEL', key('review', review), 'facets')
end

local function drop_review(review, fields)
  close_review(review, fields)
  redis.call('DEL', key('review', review))
end
