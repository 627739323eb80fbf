-- use: _site _queue _review
-- A moderator's answer to a blind review: the first counts. It changes no comment. A disagreement waits for an admin.
-- KEYS[1] {site}
-- ARGV    review · op · moderator · action (approve or reject) · labels, one a line and in order
-- Answer  {'answered'} (the same again too) · {'unknown'} · {'void'} (what it was of is no more) · {'own'} (it is of this
--         moderator's decision, or on a comment that they decided) · {'claimed', moderator} · {'reviewed'} (another came
--         first)
local PAIRS = 20000  -- fields of a day's agreement, beyond which new pairs are counted as one
local review, op, by, action, labels = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local fields, hash = read_review(review), key('review', review)
if not fields.kind then return {'unknown'} end
if fields.answered_at then
  local same = fields.answered_by == by and fields.answer == action and fields.answer_labels == labels
  return {(same or fields.answer_op == op) and 'answered' or 'reviewed'}
end
if not stands(fields) then
  drop_review(review, fields)
  return {'void'}
end
if redis.call('ZSCORE', key('queue', kept_part('reviews/all', by)), REVIEW .. review) then return {'own'} end
local now = clock()
release_expired(now)
local token, holder = lease_of(REVIEW .. review, hash, now)
if token and holder ~= by then return {'claimed', holder} end

close_review(review, fields)
redis.call('HSET', hash, 'answered_by', by, 'answer', action, 'answer_labels', labels, 'answered_at', whole(now),
           'answer_op', op)
redis.call('EXPIRE', hash, REVIEWS_KEPT)
local disagrees = action ~= fields.action

-- Into a list of reviews by time of answer, which lets go what is kept no longer.
local function list(name)
  redis.call('ZADD', key('reviews', name), whole(now), review)
  redis.call('ZREMRANGEBYSCORE', key('reviews', name), '-inf', whole(now - REVIEWS_KEPT * 1000))
  redis.call('EXPIRE', key('reviews', name), REVIEWS_KEPT)
end

-- Counts on which this pair of moderators agrees: how many reviews, and for the action (1 is a rejection) and each label
-- how many that one, the other or both named.
local function compare()
  local counts = key('agreement', math.floor(now / 86400000))
  local pair = fields.by .. '\n' .. by .. '\n'
  if redis.call('HLEN', counts) >= PAIRS and redis.call('HEXISTS', counts, pair .. 'n') == 0 then pair = '\n\n' end
  local said = {}
  local function name(what, cell) said[what] = (said[what] or 0) + cell end
  if fields.action == 'reject' then name('action', 10) end
  if action == 'reject' then name('action', 1) end
  for _, label in ipairs(lines(fields.labels)) do name(label, 10) end
  for _, label in ipairs(lines(labels)) do name(label, 1) end
  redis.call('HINCRBY', counts, pair .. 'n', 1)
  for what, cell in pairs(said) do
    redis.call('HINCRBY', counts, pair .. what .. '\n' .. string.format('%02d', cell), 1)
  end
  redis.call('EXPIRE', counts, REVIEWS_KEPT)
end

if fields.kind == 'audit' then
  list('audited')
  count(now, 'audited')
  if disagrees then count(now, 'audited:wrong') end
else
  compare()
  count(now, 'reviewed')
  if disagrees then count(now, 'reviewed:disagreed') end
end
if disagrees then list('disagreements') end
audit(now, by, 'review.answered', fields.comment, '{"review":"' .. review .. '","action":"' .. action .. '"}')
return {'answered'}
