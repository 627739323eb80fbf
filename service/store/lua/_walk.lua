-- Finds comments of the queue in its orders; stands on `_queue`.
local END = 2 * LEASED
local SETS = 32
local ASKED_SECONDS = 3600

-- How many comments a script looks at one by one, how many it ranks at once, how many it fetches at once.
local LOOKS = 10000
local RANKED = 20000
local CHUNK = 32
local FIRST_CHUNK = 4

-- How many comments right behind one that is kept from a moderator are so, too. `kept` is a part of `set` in the same
-- order: where the run ends the ranks part for good, so doubling and halving find it.
local function run_behind(set, kept, id)
  local at, own = redis.call('ZRANK', set, id), redis.call('ZRANK', kept, id)
  local function alike(n)
    local one = redis.call('ZRANGE', set, at + n, at + n)[1]
    return one and one == redis.call('ZRANGE', kept, own + n, own + n)[1]
  end
  local within, beyond = 0, 1
  while alike(beyond) do within, beyond = beyond, 2 * beyond end
  while beyond - within > 1 do
    local middle = math.floor((within + beyond) / 2)
    if alike(middle) then within = middle else beyond = middle end
  end
  return within
end

-- Visits the comments of some bands of a facet, oldest first, until visit(id, place) says stop; true when it did.
-- The set must not change meanwhile.
--   until_ms: nothing that arrived later; after: {ms of arrival, id} already seen, or nil
--   kept: the key of the facet's part that is leapt over, or nil
local function merge(facet, bands, until_ms, after, kept, visit)
  local set = key('queue', facet)
  local from = after and after.ms or 0
  local function fill(cursor)
    local most = cursor.offset == 0 and #bands > 1 and FIRST_CHUNK or CHUNK  -- of most bands, few are wanted
    cursor.got = redis.call('ZRANGEBYSCORE', set, whole(cursor.low + from), whole(cursor.low + until_ms),
                            'WITHSCORES', 'LIMIT', cursor.offset, most)
    cursor.offset, cursor.at = cursor.offset + most, 1
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
    local leapt = kept and redis.call('ZSCORE', kept, best_id) and run_behind(set, kept, best_id)
    cursor.at = cursor.at + 2 + 2 * (leapt or 0)
    if cursor.at > #cursor.got then
      cursor.offset = cursor.offset + (cursor.at - #cursor.got - 1) / 2
      if not fill(cursor) then table.remove(cursors, best) end
    end
    local passed = leapt or after and (best_ms < after.ms or (best_ms == after.ms and best_id <= after.id))
    if not passed and visit(best_id, cursor.low + best_ms) then return true end
  end
  return false
end

-- Visits a facet's comments in `order` ('priority' or 'oldest'), bands first to last, as merge does.
--   after: {place, id} already seen, or nil; kept: the key of the facet's part that is leapt over, or nil
local function walk(facet, order, first, last, until_ms, after, kept, visit)
  if order == 'oldest' then
    local leased_after = after and after.place >= LEASED
    for _, part in ipairs({{first, math.min(last, BANDS - 1)}, {math.max(first, BANDS), last}}) do
      local bands = {}
      for band = part[1], part[2] do bands[#bands + 1] = band end
      local here = after and (after.place >= LEASED) == (part[1] >= BANDS)
      local seen = here and {ms = after.place % BAND, id = after.id} or nil
      local over = leased_after and part[1] < BANDS
      if not over and merge(facet, bands, until_ms, seen, kept, visit) then return end
    end
    return
  end
  local band = after and math.floor(after.place / BAND) or first
  while band <= last do
    local head = redis.call('ZRANGEBYSCORE', key('queue', facet), whole(band * BAND), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if #head == 0 then return end
    local here = math.floor(tonumber(head[2]) / BAND)
    local seen = after and here == math.floor(after.place / BAND) and {ms = after.place % BAND, id = after.id} or nil
    if here > last or merge(facet, {here}, until_ms, seen, kept, visit) then return end
    band = here + 1
  end
end

-- When the oldest comment of a facet arrived (ms), leased or not; nil for an empty one.
local function oldest_of(facet)
  local oldest, band = nil, 0
  while true do
    local head = redis.call('ZRANGEBYSCORE', key('queue', facet), whole(band * BAND), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if #head == 0 then return oldest end
    local place = tonumber(head[2])
    oldest = math.min(oldest or place % BAND, place % BAND)
    band = math.floor(place / BAND) + 1
  end
end

-- Whether a comment stands in all of the facets; that it is in `but` is known.
local function stands_in(id, facets, but)
  for _, facet in ipairs(facets) do
    if facet ~= but and not redis.call('ZSCORE', key('queue', facet), id) then return false end
  end
  return true
end

-- Visits the members of a sorted set from one score to another until visit(id, score) says stop; true when it did.
-- The set must not change meanwhile.
local function walk_scores(set, first, last, visit)
  local passed = 0  -- how many of score `first` are behind us
  repeat
    local got = redis.call('ZRANGEBYSCORE', set, whole(first), whole(last), 'WITHSCORES', 'LIMIT', passed, CHUNK)
    for i = 1, #got, 2 do
      local score = tonumber(got[i + 1])
      if score > first then first, passed = score, 0 end
      passed = passed + 1
      if visit(got[i], score) then return true end
    end
  until #got < 2 * CHUNK
  return false
end

-- The ranked set of some facets and its horizon. It is made if need be; `size` of the smallest facet says how far.
local function ranked(facets, size)
  local named, sets = table.concat(facets, '\n'), key('ranked')
  local set = key('ranked', named)
  local horizon = tonumber(redis.call('ZSCORE', set, HORIZON) or nil)
  if not horizon then
    redis.call('SREM', sets, named)
    if redis.call('SCARD', sets) >= SETS then redis.call('UNLINK', key('ranked', redis.call('SPOP', sets))) end
    redis.call('SADD', sets, named)
    horizon = 0
  end
  if horizon < END and size <= RANKED then
    local from, weights = {informative(facets)}, {1}
    for i, facet in ipairs(facets) do from[i + 1], weights[i + 1] = key('queue', facet), 0 end
    from[#from + 1] = 'WEIGHTS'
    for _, weight in ipairs(weights) do from[#from + 1] = weight end
    redis.call('ZINTERSTORE', set, #weights, unpack(from))
    horizon = END
  end
  redis.call('ZADD', set, whole(horizon), HORIZON)
  redis.call('EXPIRE', set, ASKED_SECONDS)
  return set, horizon
end

-- Visits the comments of some facets by rank until visit(id, rank, whether it stands in all of them) says stop: first
-- those in their ranked set, then all behind its horizon, which moves on.
local function walk_ranks(facets, size, first, last, visit)
  local all = all_of(facets)
  if #facets == 1 and facets[1] == all then
    return walk_scores(informative(facets), first, last, function(id, rank) return visit(id, rank, true) end)
  end
  local set, horizon = ranked(facets, size)
  local function visit_ranked(id, rank) return visit(id, rank, true) end
  if walk_scores(set, first, math.min(last, horizon - 1), visit_ranked) or last < horizon then return end
  local met, reached = {}, last + 1
  walk_scores(informative(facets), math.max(first, horizon), last, function(id, rank)
    local there = stands_in(id, facets, all)
    if there then met[#met + 1] = {id, rank} end
    if not visit(id, rank, there) then return false end
    reached = rank
    return true
  end)
  reached = math.min(reached, LEASED)
  if first > horizon or reached <= horizon then return end
  for _, one in ipairs(met) do
    if one[2] < reached then redis.call('ZADD', set, whole(one[2]), one[1]) end
  end
  redis.call('ZADD', set, whole(reached), HORIZON)
end

-- Picks up to `limit` comments that have all of the facets, without changing their places: {{id, place}, …} (by rank,
-- the rank), and where it stopped looking ({place, id}) or nil at the end. Looks at 10,000 comments a call.
--   by: the moderator from whom some may be kept, or nil to pick those as well
local function pick(facets, order, first, last, until_ms, after, limit, by)
  local smallest, size
  for _, facet in ipairs(facets) do
    local n = redis.call('ZCARD', key('queue', facet))
    if not size or n < size then smallest, size = facet, n end
  end
  if size == 0 then return {}, nil end
  local function kept_in(facet)
    local kept = by and key('queue', kept_part(facet, by))
    return kept and redis.call('EXISTS', kept) == 1 and kept or nil
  end
  local found, looked, stopped = {}, 0, nil
  local function look(id, place, fits)
    looked = looked + 1
    if fits then found[#found + 1] = {id, place} end
    if #found < limit and looked < LOOKS then return false end
    stopped = {place, id}
    return true
  end
  if order ~= 'informative' then
    walk(smallest, order, first, last, until_ms, after, kept_in(smallest), function(id, place)
      return look(id, place, stands_in(id, facets, smallest))
    end)
    return found, stopped
  end
  local places, dated, kept = key('queue', all_of(facets)), until_ms < BAND - 1, kept_in(all_of(facets))
  local from = math.max(first * BAND, after and after.place or 0)
  walk_ranks(facets, size, from, (last + 1) * BAND - 1, function(id, rank, there)
    if after and rank == after.place and id <= after.id then return false end
    return look(id, rank, there and (not dated or redis.call('ZSCORE', places, id) % BAND <= until_ms)
                          and not (kept and redis.call('ZSCORE', kept, id)))
  end)
  return found, stopped
end
