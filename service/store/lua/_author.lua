-- What is known of an author, besides their comments.

-- The standing that a moderator gave an author: normal, trusted, watched or banned; normal again once it is over.
local function standing_of(author, now)
  local given = redis.call('HMGET', key('standing', author), 'standing', 'until')
  if not given[1] or (given[2] and tonumber(given[2]) <= now) then return 'normal' end
  return given[1]
end

-- How many comments of an author were ever approved: those that stand, and those whose time was over, of which only a
-- count under a digest is left.
local function approved_of(author)
  return tonumber(redis.call('HGET', key('author', author), 'approved') or 0)
         + tonumber(redis.call('GET', key('past', digest(author))) or 0)
end

-- An approved comment's time is over; it still counts for its author, for 400 days after the last one.
local function remember_approved(author)
  local past = key('past', digest(author))
  redis.call('INCR', past)
  redis.call('EXPIRE', past, 400 * 86400)
end
