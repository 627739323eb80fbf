-- use: _site _queue _review
-- Ends open reviews that nobody answered, up to 200 a call; those that somebody holds wait until they are given back.
-- KEYS[1] {site}
-- ARGV    ms; what was opened up to then ends
-- Answer  how many ended
release_expired(clock())
local old = redis.call('ZRANGEBYSCORE', key('queue', 'reviews/all'), '-inf', ARGV[1], 'LIMIT', 0, 200)
for _, member in ipairs(old) do
  local review = string.sub(member, #REVIEW + 1)
  drop_review(review, read_review(review))
end
return #old
