-- use: _site _queue _review
-- An admin closes a disagreement by saying who was right. The comment stays as it is.
-- KEYS[1] {site}
-- ARGV    review · admin · right (first, second or neither)
-- Answer  {'resolved'} (the same again too) · {'unknown'} (there is no such disagreement) · {'closed'} (another came first)
local review, by, right = ARGV[1], ARGV[2], ARGV[3]
local fields = read_review(review)
if fields.resolved_at then return {fields.resolved_by == by and fields.right == right and 'resolved' or 'closed'} end
if redis.call('ZREM', key('reviews', 'disagreements'), review) == 0 or not fields.kind then return {'unknown'} end
local now = clock()
redis.call('HSET', key('review', review), 'resolved_by', by, 'resolved_at', whole(now), 'right', right)
audit(now, by, 'review.resolved', fields.comment, '{"review":"' .. review .. '","right":"' .. right .. '"}')
count(now, 'resolved:' .. right)
return {'resolved'}
