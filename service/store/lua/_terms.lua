-- What a judgement takes for granted; stands on _author, _article and _around.
-- Its arguments stand together, from a place on: text as copies are told · seconds in which copies count · version of the
-- policy · rate name of the API key or '' (not counted) · requests a minute of that key · parent id or '' · comments that
-- a new author must have had approved or '' · three rates (author, address, site): whose or '' (not counted) · seconds of
-- the window · how many
local WINDOWS = {{'author', 7}, {'address', 10}, {'site', 13}}

-- Comments in the window of a rate, with this one; where it is not `counted`, those that are there.
local function came_within(name, now, seconds, counted)
  if counted then return (tally(name, now, seconds)) end
  return tonumber(redis.call('GET', key('rate', name, math.floor(now / 1000 / seconds))) or 0)
end

-- How often a text came before this one. A repeated arrival of the same comment, after a broken connection, is not
-- another copy, and one that is not `counted` is among those that are there.
local function copies_before(prefix, text, id, seconds, counted)
  local copies = key(prefix .. 'copies', digest(text))
  local seen = redis.call('GET', copies)
  local n, last = 0, ''
  if seen then n, last = string.match(seen, '^(%d+) (.*)$') end
  n = tonumber(n)
  if not counted then return math.max(0, n - 1) end
  if last == id then n = n - 1 end
  redis.call('SET', copies, whole(n + 1) .. ' ' .. id, 'EX', seconds)
  return n
end

-- Whether something is not as it was taken to be, and what is the case: {version of the policy, copies before this one,
-- comments in the windows of author, address and site, the author's standing, their approved comments or -1, the
-- article's mode, 1 for a rejected parent}
--   prefix: begins the names of what is counted; from: the place of the first argument
local function surprises(prefix, id, author, article, from, now, counted)
  local version = redis.call('HGET', key('policy'), 'head') or '1'
  local differs = version ~= ARGV[from + 2]
  local came = {0, 0, 0}
  for i, window in ipairs(WINDOWS) do
    local at = from + window[2]
    if ARGV[at] ~= '' then
      local name = prefix .. window[1] .. ':' .. digest(ARGV[at])
      came[i] = came_within(name, now, tonumber(ARGV[at + 1]), counted)
      differs = differs or came[i] > tonumber(ARGV[at + 2])
    end
  end
  local n = copies_before(prefix, ARGV[from], id, ARGV[from + 1], counted)
  -- A policy that the judgement did not know may ask for what this one does not.
  local least = ARGV[from + 6]
  local standing, approved, mode, rejected = around(author, article, ARGV[from + 5], differs or least ~= '', now)
  differs = differs or n > 0 or standing ~= 'normal' or mode ~= '' or rejected == 1
            or (approved >= 0 and approved < tonumber(least))
  return differs, {tonumber(version), n, came[1], came[2], came[3], standing, approved, mode, rejected}
end
