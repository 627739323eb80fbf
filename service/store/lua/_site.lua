-- Shared by every script of a site. KEYS[1] is the site's hash tag, `{site}`: all its keys start with it,
-- so that a script touches one slot.
local site = KEYS[1]

local function key(...)
  return site .. ':' .. table.concat({...}, ':')
end

-- Milliseconds since 1970 by the server's clock: one clock for all hosts.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- A number as a whole string: Lua's own conversion keeps 14 digits only.
local function whole(number)
  return string.format('%.0f', number)
end

local function lines(text)
  local found = {}
  for line in string.gmatch(text or '', '[^\n]+') do found[#found + 1] = line end
  return found
end

-- A name for a text or an author that means nothing without the site's salt.
local salt
local function digest(value)
  salt = salt or redis.call('GET', key('salt')) or ''
  return redis.sha1hex(salt .. value)
end

-- One event a change; `data` is JSON without the braces' need to be known here.
local function emit(now, kind, comment_id, data)
  redis.call('XADD', key('events'), '*', 'type', kind, 'at', whole(now), 'comment', comment_id, 'data', data)
end

-- One line of the audit log: who did what to what. `data` is a JSON object of ids and figures, never a text.
local function audit(now, by, act, on, data)
  redis.call('XADD', key('audit'), '*', 'at', whole(now), 'by', by, 'act', act, 'on', on, 'data', data or '{}')
end

-- Counts an hour's happenings in the hash of its day; days are kept for 400 days. `what` has no '=' in it.
--   kind: which of several it is (a label, a reason, a reader's word), beside the count of all. Words that people choose
--         fill no server: beyond 2,400 a day, counted by the hour, the kinds of one `what` are counted as the kind ''
--   n: how often; once, if not said
local function count(now, what, kind, n)
  local counts = key('count', math.floor(now / 86400000))
  local field = math.floor(now / 3600000) % 24 .. ':' .. what
  if kind then
    local of = field .. '=' .. kind
    local known = redis.call('HEXISTS', counts, of) == 1 or redis.call('HINCRBY', counts, '0:#' .. what, 1) <= 2400
    field = known and of or field .. '='
  end
  if redis.call('HINCRBY', counts, field, n or 1) == (n or 1) then redis.call('EXPIRE', counts, 400 * 86400) end
end

-- Takes back what was counted at a time: from its hour, or from the first one of an old day whose hours were added up.
local function uncount(at, what, kind)
  local counts = key('count', math.floor(at / 86400000))
  for _, hour in ipairs({math.floor(at / 3600000) % 24, 0}) do
    for _, tail in ipairs(kind and {'=' .. kind, '='} or {''}) do
      local field = hour .. ':' .. what .. tail
      if tonumber(redis.call('HGET', counts, field) or 0) > 0 then
        redis.call('HINCRBY', counts, field, -1)
        return
      end
    end
  end
end

-- Requests in a fixed window of `seconds`: the count with this one, and the seconds left. Where Redis' memory is full they
-- are not counted, so that what needs no room goes on: reading, and above all erasing.
local function tally(name, now, seconds)
  local window = math.floor(now / 1000 / seconds)
  local counter = key('rate', name, window)
  local n = redis.pcall('INCR', counter)
  if type(n) == 'table' then
    if not string.find(n.err, 'OOM', 1, true) then error(n.err) end
    n = 0
  end
  if n == 1 then redis.call('EXPIRE', counter, seconds + 1) end
  return n, (window + 1) * seconds - math.floor(now / 1000)
end
