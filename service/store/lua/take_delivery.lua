-- use: _site _webhook
-- Leases one delivery of a webhook that is due: of each lane (a comment, or the kind of an event without one) the
-- oldest alone, so that no later event of a comment overtakes an earlier one.
-- KEYS[1] {site}
-- ARGV    id · token of this lease · ms of the lease · how many of this hook may be on their way at once
-- Answer  {url, secret, old secret or '', event's id, type, at, comment or '', data, tries before this one,
--         ms since the first, ms now} · {} for nothing now
local PAGE = 100  -- events, or states, that are read at once
local id, token, lease, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', hook(id), 'enabled', 'url', 'types', 'secret', 'old_secret', 'old_until', 'cursor',
                        'streak', 'failed')
if kept[1] ~= '1' then return {} end
local now = clock()
if kept[5] and tonumber(kept[6]) <= now then
  redis.call('HDEL', hook(id), 'old_secret', 'old_until')
  kept[5] = false
end
local owed, again, states, held = hook(id, 'owed'), hook(id, 'again'), hook(id, 'state'), hook(id, 'held')
redis.call('ZREMRANGEBYSCORE', held, '-inf', whole(now))

-- What is under way, oldest event first: a page of names and their states at a time, as all of them cost a millisecond.
local function under_way()
  local names, states_of, at, read = redis.call('ZRANGE', owed, 0, -1), {}, 0, 0
  return #names, function()
    at = at + 1
    if at > read and at <= #names then
      states_of = redis.call('HMGET', states, unpack(names, at, math.min(at + PAGE - 1, #names)))
      read = read + PAGE
    end
    return names[at], states_of[(at - 1) % PAGE + 1]
  end
end

-- What this very call leased before a connection broke, if it is repeated.
local function leased()
  if not redis.call('ZSCORE', held, token) then return nil end
  local _, each = under_way()
  for name, text in each do
    local state = state_of(text)
    if state.token == token then return name, state end
  end
end

-- The oldest delivery that may go now; else how many there are, and when the first of them may (nil: never).
local function choose()
  local on_way = redis.call('ZCARD', held)
  if on_way >= most then  -- until one is settled, or a lease ends
    return nil, nil, nil, tonumber(redis.call('ZRANGE', held, 0, 0, 'WITHSCORES')[2])
  end
  local size, each = under_way()
  local busy, soonest, waiting = {}, nil, nil
  for name, text in each do
    local due, holder, lane = string.match(text, '^%d+ (%d+) (%S+) %d+ %d+ (.+)$')
    if not busy[lane] then
      due = tonumber(due)
      if due <= now then return name, state_of(text), size end
      if holder == '-' and not waiting then waiting = {name, state_of(text)} end
      if not soonest or due < soonest then soonest = due end
    end
    busy[lane] = true
  end
  if waiting and on_way == 0 and tonumber(kept[8]) >= DEAD and tonumber(kept[9] or 0) + PROBED <= now then
    waiting[2].tries = math.max(0, waiting[2].tries - 1)  -- beside the schedule
    return waiting[1], waiting[2], size
  end
  return nil, nil, size, soonest
end

local function wants(kind)
  return kept[3] == '' or string.find('\n' .. kept[3] .. '\n', '\n' .. kind .. '\n', 1, true) ~= nil
end

local function owe(event)
  local fields = {}
  for i = 1, #event[2], 2 do fields[event[2][i]] = event[2][i + 1] end
  local name, at = name_of(event[1])
  local lane = fields.comment ~= '' and fields.comment or '@' .. fields.type
  redis.call('ZADD', owed, at, name)
  keep_state(id, name, {tries = 0, due = now, token = '-', since = 0, status = '0', lane = lane})
end

-- Reads on: what shall be replayed first, then the site's events. Says whether anything was read.
local function read_on(room)
  local replayed = redis.call('ZPOPMIN', again, math.min(room, PAGE))
  for i = 1, #replayed, 2 do
    local event, at = event_of(replayed[i])
    local there = redis.call('XRANGE', key('events'), event, event)
    redis.call('HDEL', states, replayed[i])
    if there[1] then owe(there[1]) else missed(id, at) end
  end
  if #replayed > 0 then return true end
  local dropped = redis.call('GET', key('events', 'dropped'))
  if dropped and name_of(dropped) > name_of(kept[7]) then missed(id, select(2, name_of(dropped))) end
  local events = redis.call('XRANGE', key('events'), '(' .. kept[7], '+', 'COUNT', math.min(room, PAGE))
  for _, event in ipairs(events) do
    local fields = event[2]
    for i = 1, #fields, 2 do
      if fields[i] == 'type' and wants(fields[i + 1]) then owe(event) end
    end
    kept[7] = event[1]
  end
  if #events > 0 then redis.call('HSET', hook(id), 'cursor', kept[7]) end
  return #events > 0
end

local name, state = leased()
local size, soonest
local more = false
for _ = 1, name and 0 or 5 do  -- pages that may hold nothing that this hook wants; the next call goes on
  name, state, size, soonest = choose()
  more = not name and size ~= nil and size < WINDOW and read_on(WINDOW - size)
  if not more then break end
end
if size and size >= WINDOW then redis.call('HSET', hook(id), 'full', 1) end
if not name then
  local look_at = more and now or soonest and math.min(soonest, now + PROBED)
  redis.call('HSET', hook(id), 'next', look_at and whole(look_at) or '')
  return {}
end

local event, at = event_of(name)
local there = redis.call('XRANGE', key('events'), event, event)[1]
if not there then
  take_off(id, name)
  missed(id, at)
  redis.call('HSET', hook(id), 'next', 0)
  return {}
end
if state.since == 0 then state.since = now end
state.token, state.due = token, now + lease
keep_state(id, name, state)
redis.call('ZADD', held, whole(state.due), token)
local fields = {}
for i = 1, #there[2], 2 do fields[there[2][i]] = there[2][i + 1] end
return {kept[2], kept[4], kept[5] or '', event, fields.type, tonumber(fields.at), fields.comment, fields.data,
        state.tries, now - state.since, now}
