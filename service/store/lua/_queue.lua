-- The queue of one site. A pending comment stands in one sorted set for each of its facets (`all`, `reason:link`,
-- `attribute:insult`, `section:markets`, …), everywhere with the same score:
--     place = band * 2^42 + milliseconds of arrival          (band 0 is the most urgent, 31 the least)
-- and a lease adds 2^47, so that leased comments stand behind all ready ones and give their place back by a
-- subtraction. Both orders, by priority and by age, are read from the same set, band by band.
-- One more set, whatever the facets, has the same comments by what the model would learn from them, leases added alike:
--     rank = level * 2^35 + milliseconds of arrival modulo 2^35     (level 0 teaches the most, 4095 the least)
local BAND = 4398046511104
local BANDS = 32
local URGENT = 4  -- the bands before this one are for threats and talk of self-harm
local LEASED = BANDS * BAND
local LEVEL = 34359738368
local LEVELS = 4096

-- Narrowed to facets, that order is read from a set that is made when somebody asks for it: `ranked:<facets>` has all
-- comments of these facets whose rank is below its horizon, which is the score of its member ''. A small facet is ranked
-- to the end at once, a large one as far as somebody looked, so that nothing is passed over twice. `ranked` names the
-- sets there are; each goes an hour after it was last asked for.
local HORIZON = ''

local function rank_of(level, received)
  return level * LEVEL + received % LEVEL
end

-- The rank of a comment of which nobody said what it teaches: it was never queued, or before ranks were kept.
local function least_rank(received)
  return rank_of(LEVELS - 1, received)
end

-- Blind reviews are leased like comments. Theirs are members of facets of their own: 'review/<id>', no comment's id.
local REVIEW = 'review/'

-- The hash of a member of the queue: a comment's or a review's.
local function hash_of(member)
  if string.sub(member, 1, #REVIEW) == REVIEW then return key('review', string.sub(member, #REVIEW + 1)) end
  return key('comment', member)
end

-- What the facets of escalated comments and of reviews start with; ordinary ones start with nothing.
local function shelf_of(facet)
  return string.match(facet, '^escalated/') or string.match(facet, '^reviews/') or ''
end

-- The facet of all members of the kind that these facets are of, escalated or not, and the set of the same by rank.
local function all_of(facets)
  return shelf_of(facets[1]) .. 'all'
end

-- The part of a facet that is kept from a moderator. It has the facet's own places, so that claims can leap over it.
local function kept_part(facet, by)
  local shelf = shelf_of(facet)
  return shelf .. 'kept/' .. by .. '/' .. string.sub(facet, #shelf + 1)
end

-- These facets and their parts that are kept from a moderator.
local function kept_from(facets, by)
  local all = {}
  for i, facet in ipairs(facets) do
    all[i] = facet
    all[#facets + i] = kept_part(facet, by)
  end
  return all
end

-- The facets of a comment under appeal, which is kept from the moderator whom it contests; nil for the machine.
local function contested(facets, by)
  facets[#facets + 1] = 'reason:appeal'
  return by and kept_from(facets, by) or facets
end

local function informative(facets)
  return key('informative', all_of(facets))
end

-- Whether a table of facets has all that the lines of a text name.
local function has_each(has, named)
  for facet in string.gmatch(named, '[^\n]+') do
    if not has[facet] then return false end
  end
  return true
end

-- Puts a comment into the ranked sets of its facets, or takes it out: those that reach so far have it.
--   rank: nil when the comment is in the queue no more
local function rerank(id, facets, rank)
  local asked = redis.call('SMEMBERS', key('ranked'))
  if #asked == 0 then return end
  local has = {}
  for _, facet in ipairs(facets) do has[facet] = true end
  for _, named in ipairs(asked) do
    if has_each(has, named) then
      local set = key('ranked', named)
      local horizon = tonumber(redis.call('ZSCORE', set, HORIZON) or nil)
      if not horizon then
        redis.call('SREM', key('ranked'), named)
      elseif rank and rank < horizon then
        redis.call('ZADD', set, whole(rank), id)
      else
        redis.call('ZREM', set, id)
      end
    end
  end
end

local function enqueue(id, place, rank, facets)
  for _, facet in ipairs(facets) do redis.call('ZADD', key('queue', facet), whole(place), id) end
  redis.call('ZADD', informative(facets), whole(rank), id)
  rerank(id, facets, rank)
end

local function dequeue(id, facets)
  for _, facet in ipairs(facets) do redis.call('ZREM', key('queue', facet), id) end
  redis.call('ZREM', informative(facets), id)
  rerank(id, facets, nil)
end

local function shift(id, facets, by)
  for _, facet in ipairs(facets) do redis.call('ZINCRBY', key('queue', facet), whole(by), id) end
  if facets[1] then rerank(id, facets, tonumber(redis.call('ZINCRBY', informative(facets), whole(by), id))) end
end

-- Takes the lease off a comment, if there is one; it keeps its place.
local function release(id)
  if redis.call('ZREM', key('leases'), id) == 0 then return end
  local hash = hash_of(id)
  shift(id, lines(redis.call('HGET', hash, 'facets')), -LEASED)
  redis.call('HDEL', hash, 'claim')
end

-- No lease is longer than this many ms. One that ends later was given before the server's clock was set back.
local LONGEST_LEASE = 3600000

-- Leases that ran out come back first, and so do those that a clock set back has made endless; up to 1,000 of each.
local function release_expired(now)
  for _, range in ipairs({{'-inf', whole(now)}, {'(' .. whole(now + LONGEST_LEASE), '+inf'}}) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('leases'), range[1], range[2], 'LIMIT', 0, 1000)) do
      release(id)
    end
  end
end

-- The shelves of an escalated comment: ordinary claims never look there.
local function escalated(facets)
  local shelves = {}
  for i, facet in ipairs(facets) do shelves[i] = 'escalated/' .. facet end
  return shelves
end

-- The live lease on a comment: its claim's token and its moderator, or nothing.
local function lease_of(id, hash, now)
  local until_ms = tonumber(redis.call('ZSCORE', key('leases'), id) or 0)
  if until_ms <= now or until_ms > now + LONGEST_LEASE then return nil end
  local token = redis.call('HGET', hash, 'claim')
  return token, redis.call('HGET', key('claim', token), 'by')
end

-- Keeps the last 1,000 times from arrival to `what` (claim, decision), in ms, and counts all of them by the hour in a
-- histogram: bin k holds 2^(k/4) to 2^((k+1)/4) seconds, the first whatever is shorter, the last, 99, what is longer.
local function took(what, ms)
  redis.call('LPUSH', key('took', what), whole(ms))
  redis.call('LTRIM', key('took', what), 0, 999)
  local bin = math.floor(4 * math.log(math.max(ms, 1) / 1000) / math.log(2))
  count(clock(), 'took:' .. what, math.min(math.max(bin, 0), 99))
end
