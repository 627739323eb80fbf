-- What every script that touches a webhook shares. A hook is `{site}:webhook:<id>`, a hash. Beside it stand
--   :owed    sorted set of the deliveries under way, by time of the event
--   :parked  sorted set of those that were given up
--   :again   sorted set of parked ones that shall be tried again
--   :held    sorted set of the leases that run, by their end
--   :state   hash of what is known of these: name of the delivery → tries, due, token, since, status, lane
-- A delivery is named by its event: the event's id, with six digits behind the dash so that names sort as events do.
local WINDOW = 500     -- deliveries under way at the most; a hook reads on only below that
local GIVEN_UP = 10000  -- parked ones, and those to be tried again, at the most; the oldest go first
local DEAD = 5          -- failures in a row from which an endpoint counts as dead
local PROBED = 300000   -- ms without an attempt after which a dead one is tried, beside the schedule

local function hook(id, what)
  return what and key('webhook', id, what) or key('webhook', id)
end

local function name_of(event)
  local ms, sequence = string.match(event, '^(%d+)-(%d+)$')
  return ms .. '-' .. string.format('%06d', sequence), tonumber(ms)
end

local function event_of(name)
  local ms, sequence = string.match(name, '^(%d+)-(%d+)$')
  return ms .. '-' .. whole(tonumber(sequence)), tonumber(ms)
end

local function state_of(text)
  local tries, due, token, since, status, lane = string.match(text, '^(%d+) (%d+) (%S+) (%d+) (%d+) (.+)$')
  return {tries = tonumber(tries), due = tonumber(due), token = token, since = tonumber(since), status = status,
          lane = lane}
end

local function keep_state(id, name, state)
  redis.call('HSET', hook(id, 'state'), name,
             whole(state.tries) .. ' ' .. whole(state.due) .. ' ' .. state.token .. ' ' .. whole(state.since) .. ' '
             .. state.status .. ' ' .. state.lane)
end

-- Notes that events up to this time (ms) were gone before they could be delivered.
local function missed(id, ms)
  if ms > tonumber(redis.call('HGET', hook(id), 'missed') or 0) then redis.call('HSET', hook(id), 'missed', whole(ms)) end
end

-- Makes all that waits due now: the endpoint is there again, or somebody changed the hook.
local function wake(id, now)
  local names = redis.call('ZRANGE', hook(id, 'owed'), 0, WINDOW)
  for _, name in ipairs(names) do
    local state = state_of(redis.call('HGET', hook(id, 'state'), name))
    if state.token == '-' and state.due > now then
      -- An attempt beside the schedule does not count: the one that follows a success is no step of it.
      state.tries, state.due = math.max(0, state.tries - 1), now
      keep_state(id, name, state)
    end
  end
  redis.call('HSET', hook(id), 'next', 0, 'streak', 0)
end

local function take_off(id, name)
  redis.call('ZREM', hook(id, 'owed'), name)
  redis.call('HDEL', hook(id, 'state'), name)
end
