-- The queue of one site. A pending comment stands in one sorted set for each of its facets (`all`, `reason:link`,
-- `attribute:insult`, `section:markets`, …), everywhere with the same score:
--     place = band * 2^42 + milliseconds of arrival          (band 0 is the most urgent, 31 the least)
-- and a lease adds 2^47, so that leased comments stand behind all ready ones and give their place back by a
-- subtraction. Both orders, by priority and by age, are read from the same set, band by band.
-- One more set, whatever the facets, has the same comments by what the model would learn from them, leases added alike:
--     rank = level * 2^35 + milliseconds of arrival modulo 2^35     (level 0 teaches the most, 4095 the least)
local BAND = 4398046511104
local BANDS = 32
local LEASED = BANDS * BAND
local LEVEL = 34359738368
local LEVELS = 4096

-- How many comments a script looks at one by one, how many it sorts at the most, how many it fetches at once.
local LOOKS = 10000
local SORTED = 2000
local CHUNK = 32

local function rank_of(level, received)
  return level * LEVEL + received % LEVEL
end

-- The rank of a comment of which nobody said what it teaches: it was never queued, or before ranks were kept.
local function least_rank(received)
  return rank_of(LEVELS - 1, received)
end

-- The facet of all comments of the kind that these facets are of, escalated or not, and the set of the same by rank.
local function all_of(facets)
  return (string.match(facets[1], '^escalated/') or '') .. 'all'
end

local function informative(facets)
  return key('informative', all_of(facets))
end

local function enqueue(id, place, rank, facets)
  for _, facet in ipairs(facets) do redis.call('ZADD', key('queue', facet), whole(place), id) end
  redis.call('ZADD', informative(facets), whole(rank), id)
end

local function dequeue(id, facets)
  for _, facet in ipairs(facets) do redis.call('ZREM', key('queue', facet), id) end
  redis.call('ZREM', informative(facets), id)
end

local function shift(id, facets, by)
  for _, facet in ipairs(facets) do redis.call('ZINCRBY', key('queue', facet), whole(by), id) end
  if facets[1] then redis.call('ZINCRBY', informative(facets), whole(by), id) end
end

-- Takes the lease off a comment, if there is one; it keeps its place.
local function release(id)
  if redis.call('ZREM', key('leases'), id) == 0 then return end
  local comment = key('comment', id)
  shift(id, lines(redis.call('HGET', comment, 'facets')), -LEASED)
  redis.call('HDEL', comment, 'claim')
end

-- Leases that ran out come back first, up to 1,000 a call.
local function release_expired(now)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('leases'), '-inf', whole(now), 'LIMIT', 0, 1000)) do
    release(id)
  end
end

-- The shelves of an escalated comment: ordinary claims never look there.
local function escalated(facets)
  local shelves = {}
  for i, facet in ipairs(facets) do shelves[i] = 'escalated/' .. facet end
  return shelves
end

-- The live lease on a comment: its claim's token and its moderator, or nothing.
local function lease_of(id, comment, now)
  local until_ms = tonumber(redis.call('ZSCORE', key('leases'), id) or 0)
  if until_ms <= now then return nil end
  local token = redis.call('HGET', comment, 'claim')
  return token, redis.call('HGET', key('claim', token), 'by')
end

-- Visits the comments of some bands of a facet, oldest first, until visit(id, place) says stop; true when it did.
-- The set must not change meanwhile.
--   until_ms: nothing that arrived later; after: {ms of arrival, id} already seen, or nil
local function merge(facet, bands, until_ms, after, visit)
  local set = key('queue', facet)
  local from = after and after.ms or 0
  local function fill(cursor)
    cursor.got = redis.call('ZRANGEBYSCORE', set, whole(cursor.low + from), whole(cursor.low + until_ms),
                            'WITHSCORES', 'LIMIT', cursor.offset, CHUNK)
    cursor.offset, cursor.at = cursor.offset + CHUNK, 1
    return #cursor.got > 0
  end
  local cursors = {}
  for _, band in ipairs(bands) do
    local cursor = {low = band * BAND, offset = 0}
    if fill(cursor) then cursors[#cursors + 1] = cursor end
  end
  while #cursors > 0 do
    local best, best_ms, best_id
    for i, cursor in ipairs(cursors) do
      local id, ms = cursor.got[cursor.at], tonumber(cursor.got[cursor.at + 1]) - cursor.low
      if not best or ms < best_ms or (ms == best_ms and id < best_id) then best, best_ms, best_id = i, ms, id end
    end
    local cursor = cursors[best]
    cursor.at = cursor.at + 2
    if cursor.at > #cursor.got and not fill(cursor) then table.remove(cursors, best) end
    local seen = after and (best_ms < after.ms or (best_ms == after.ms and best_id <= after.id))
    if not seen and visit(best_id, cursor.low + best_ms) then return true end
  end
  return false
end

-- Visits a facet's comments in `order` ('priority' or 'oldest'), bands first to last, as merge does.
--   after: {place, id} already seen, or nil
local function walk(facet, order, first, last, until_ms, after, visit)
  if order == 'oldest' then
    local leased_after = after and after.place >= LEASED
    for _, part in ipairs({{first, math.min(last, BANDS - 1)}, {math.max(first, BANDS), last}}) do
      local bands = {}
      for band = part[1], part[2] do bands[#bands + 1] = band end
      local here = after and (after.place >= LEASED) == (part[1] >= BANDS)
      local seen = here and {ms = after.place % BAND, id = after.id} or nil
      local over = leased_after and part[1] < BANDS
      if not over and merge(facet, bands, until_ms, seen, visit) then return end
    end
    return
  end
  local band = after and math.floor(after.place / BAND) or first
  while band <= last do
    local head = redis.call('ZRANGEBYSCORE', key('queue', facet), whole(band * BAND), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if #head == 0 then return end
    local here = math.floor(tonumber(head[2]) / BAND)
    local seen = after and here == math.floor(after.place / BAND) and {ms = after.place % BAND, id = after.id} or nil
    if here > last or merge(facet, {here}, until_ms, seen, visit) then return end
    band = here + 1
  end
end

-- Visits the comments of a facet by rank, first to last, until visit(id, rank) says stop, by sorting them.
local function sort_ranks(facet, first, last, visit)
  local ranked, set = {}, informative({facet})
  for _, id in ipairs(redis.call('ZRANGE', key('queue', facet), 0, -1)) do
    local rank = tonumber(redis.call('ZSCORE', set, id) or nil)
    if rank and rank >= first and rank <= last then ranked[#ranked + 1] = {id, rank} end
  end
  table.sort(ranked, function(a, b) return a[2] < b[2] or (a[2] == b[2] and a[1] < b[1]) end)
  for _, one in ipairs(ranked) do
    if visit(one[1], one[2]) then return end
  end
end

-- The same for a facet of all, in the order of its set by rank, whatever its size.
local function walk_ranks(all, first, last, visit)
  local set, passed = informative({all}), 0  -- how many of rank `first` are behind us
  repeat
    local got = redis.call('ZRANGEBYSCORE', set, whole(first), whole(last), 'WITHSCORES', 'LIMIT', passed, CHUNK)
    for i = 1, #got, 2 do
      local rank = tonumber(got[i + 1])
      if rank > first then first, passed = rank, 0 end
      passed = passed + 1
      if visit(got[i], rank) then return end
    end
  until #got < 2 * CHUNK
end

-- Picks up to `limit` comments that have all of the facets, without changing anything: {{id, place}, …} (by rank, the
-- rank), and where it stopped looking ({place, id}) or nil at the end. Walks the smallest facet, by rank where it is
-- small, and looks at 10,000 comments a call.
local function pick(facets, order, first, last, until_ms, after, limit)
  local smallest, size
  for _, facet in ipairs(facets) do
    local n = redis.call('ZCARD', key('queue', facet))
    if not size or n < size then smallest, size = facet, n end
  end
  local all, by_rank = all_of(facets), order == 'informative'
  -- By rank, to sort a facet costs its size; to meet enough of it among all costs `limit` times its rarity, or more.
  local few = size <= SORTED and (#facets > 1 or size * size <= limit * redis.call('ZCARD', key('queue', all)))
  local walked = by_rank and not few and all or smallest
  local dated = by_rank and until_ms < BAND - 1
  local found, looked, stopped = {}, 0, nil
  local function visit(id, place)
    if by_rank and after and place == after.place and id <= after.id then return false end
    looked = looked + 1
    local fits = not dated or redis.call('ZSCORE', key('queue', all), id) % BAND <= until_ms
    for _, facet in ipairs(facets) do
      fits = fits and (facet == walked or redis.call('ZSCORE', key('queue', facet), id) ~= false)
    end
    if fits then found[#found + 1] = {id, place} end
    if #found < limit and looked < LOOKS then return false end
    stopped = {place, id}
    return true
  end
  if by_rank then
    local visit_all = walked == all and walk_ranks or sort_ranks
    visit_all(walked, math.max(first * BAND, after and after.place or 0), (last + 1) * BAND - 1, visit)
  else
    walk(walked, order, first, last, until_ms, after, visit)
  end
  return found, stopped
end

-- Keeps the last 1,000 times from arrival to `what` (claim, decision), in ms.
local function took(what, ms)
  redis.call('LPUSH', key('took', what), whole(ms))
  redis.call('LTRIM', key('took', what), 0, 999)
end
