-- Which comments lie near: a text's bands, each in one small hash of 4,096, lead to the comment that had it first.
--     near:<shard>  hash: 24 bits of a band's digest under the site's salt → that comment's number, '' → seconds since
--                   1970 when its end was last put off
--     near:ids:<n>  hash: two digits of a number → the comment's id and its sketch, if any; near:last counts
-- A shard stays a listpack: it drops its older half before it outgrows one, so that a site remembers its newest
-- 4096 * 224 / 6 = 150,000 comments at least, as far as their time is not over.
local NEAR_MOST = 448
local NEAR_ASKED = 4
local NEAR_MINIMA = 5  -- minima of 18 that two sketches have in common at least; of one band they have three

-- The places of bands, which are words of hexadecimal digits, and the sketch behind them or ''.
local function near_places(bands)
  local places, sketch = {}, ''
  for band in string.gmatch(bands, '%S+') do
    if string.sub(band, 1, 1) == '~' then
      sketch = string.sub(band, 2)
    else
      local hex = digest(band)
      places[#places + 1] = {shard = key('near', string.sub(hex, 1, 3)), field = string.sub(hex, 4, 9)}
    end
  end
  return places, sketch
end

-- The comment of a number, and its sketch or ''; nil where it is not known any more.
local function near_id(number)
  local kept = redis.call('HGET', key('near', 'ids', math.floor(number / 100)), number % 100)
  if not kept then return nil end
  return string.match(kept, '^(%S+) ?(%S*)$')
end

-- Whether two texts may be near copies by their sketches; where one has none, or these are not of a kind, they may.
local function near_sketches(one, other)
  if one == '' or #one ~= #other or string.byte(one) ~= string.byte(other) then return true end
  local same = 0
  for at = 2, #one, 2 do
    if string.sub(one, at, at + 1) == string.sub(other, at, at + 1) then same = same + 1 end
  end
  return same >= NEAR_MINIMA
end

-- What is known of a near comment: {id, its hash's status, received, posted, campaign}; false for a stranger by its
-- sketch; nil where it is gone, is the asking one itself, or came before `since` (ms) and belongs to nothing that was
-- decided.
local function near_known(number, id, sketch, since)
  local near, theirs = near_id(number)
  if not near or near == id then return nil end
  if not near_sketches(sketch, theirs) then return false end
  local fields = redis.call('HMGET', key('comment', near), 'status', 'received', 'posted', 'campaign')
  if not fields[1] or fields[1] == 'erased' then return nil end
  if tonumber(fields[2]) < since then
    if not fields[4] or not redis.call('HGET', key('campaign', fields[4]), 'decision') then return nil end
  end
  return {near, unpack(fields)}
end

-- The comments that have bands in common with this one, up to 4, those with the most of them first. Notes in `places`
-- which are free.
--   since: ms; who came before counts only where its campaign was decided
local function near_candidates(id, places, sketch, since)
  local shared, order = {}, {}
  for _, place in ipairs(places) do
    local kept = redis.call('HMGET', place.shard, place.field, '')
    place.fresh = tonumber(kept[2] or 0)
    local number = tonumber(kept[1] or nil)
    place.number = number
    if number then
      if not shared[number] then order[#order + 1] = number end
      shared[number] = (shared[number] or 0) + 1
    end
  end
  table.sort(order, function(a, b)
    if shared[a] ~= shared[b] then return shared[a] > shared[b] end
    return a < b
  end)
  local found, gone = {}, {}
  for _, number in ipairs(order) do
    local known = near_known(number, id, sketch, since)
    if known == nil then
      gone[number] = true
    elseif known and #found < NEAR_ASKED then
      found[#found + 1] = known
    end
  end
  for _, place in ipairs(places) do
    if place.number and gone[place.number] then place.number = nil end
  end
  return found
end

-- Drops the older half of a shard that is full.
local function near_trim(shard)
  if redis.call('HLEN', shard) < NEAR_MOST then return end
  local flat = redis.call('HGETALL', shard)
  local numbers = {}
  for i = 1, #flat, 2 do
    if flat[i] ~= '' then numbers[#numbers + 1] = tonumber(flat[i + 1]) end
  end
  table.sort(numbers)
  local middle = numbers[math.floor(#numbers / 2)]
  local old = {}
  for i = 1, #flat, 2 do
    if flat[i] ~= '' and tonumber(flat[i + 1]) <= middle then old[#old + 1] = flat[i] end
  end
  redis.call('HDEL', shard, unpack(old))
end

-- Has the places that `near_candidates` found free lead to this comment, for `seconds` at least.
local function near_remember(id, places, sketch, now, seconds)
  local number
  local second = math.floor(now / 1000)
  for _, place in ipairs(places) do
    if not place.number then
      if not number then
        number = redis.call('INCR', key('near', 'last'))
        local ids = key('near', 'ids', math.floor(number / 100))
        redis.call('HSET', ids, number % 100, sketch == '' and id or id .. ' ' .. sketch)
        redis.call('EXPIRE', ids, math.ceil(seconds * 5 / 4))
      end
      if place.fresh < second - seconds / 8 then
        redis.call('HSET', place.shard, place.field, number, '', second)
        redis.call('EXPIRE', place.shard, math.ceil(seconds * 5 / 4))
      else
        redis.call('HSET', place.shard, place.field, number)
      end
      if number % 16 == 0 then near_trim(place.shard) end
    end
  end
end

-- Lets the places that lead to this comment lead nowhere.
local function near_forget(id, places)
  for _, place in ipairs(places) do
    local number = tonumber(redis.call('HGET', place.shard, place.field) or nil)
    if number and near_id(number) == id then redis.call('HDEL', place.shard, place.field) end
  end
end
