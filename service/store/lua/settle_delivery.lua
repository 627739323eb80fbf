-- use: _site _webhook
-- Notes what came of a delivery.
-- KEYS[1] {site}
-- ARGV    hook's id · event's id · token of the lease · outcome (done, retry, park, gone) · ms until the retry
--         · status of the answer, 0 for none · why it failed, or ''
-- Answer  1 · 0 when the lease had passed to another, who will say (or had been settled, again too)
local id, token, outcome, status = ARGV[1], ARGV[3], ARGV[4], ARGV[6]
local name, at = name_of(ARGV[2])
local text = redis.call('HGET', hook(id, 'state'), name)
if not text or not redis.call('ZSCORE', hook(id, 'owed'), name) then return 0 end
local state = state_of(text)
if state.token ~= token then return 0 end
redis.call('ZREM', hook(id, 'held'), token)
local now = clock()
count(now, 'webhook:' .. outcome)
redis.call('HSET', hook(id), 'next', 0)
if outcome == 'done' then
  take_off(id, name)
  local before = redis.call('HMGET', hook(id), 'streak', 'delivered')
  redis.call('HSET', hook(id), 'streak', 0, 'delivered', whole(now), 'full', 0)
  if tonumber(before[1]) >= DEAD and now - tonumber(before[2] or 0) >= PROBED then wake(id, now) end
  return 1
end
redis.call('HINCRBY', hook(id), 'streak', 1)
redis.call('HSET', hook(id), 'failed', whole(now), 'failure', ARGV[7], 'failure_status', status)
state.tries, state.due, state.token, state.status = state.tries + 1, now + tonumber(ARGV[5]), '-', status
if outcome == 'gone' then  -- the endpoint wants no more: this one waits with all others, should it be enabled again
  redis.call('HSET', hook(id), 'enabled', 0, 'disabled', 'gone')
end
if outcome == 'park' then
  state.due = now
  redis.call('ZREM', hook(id, 'owed'), name)
  redis.call('HSET', hook(id), 'full', 0)
  redis.call('ZADD', hook(id, 'parked'), at, name)
  if redis.call('ZCARD', hook(id, 'parked')) + redis.call('ZCARD', hook(id, 'again')) > GIVEN_UP then
    local oldest = redis.call('ZPOPMIN', hook(id, 'parked'))
    redis.call('HDEL', hook(id, 'state'), oldest[1])
    missed(id, tonumber(oldest[2]))
  end
end
if redis.call('ZSCORE', hook(id, 'owed'), name) or redis.call('ZSCORE', hook(id, 'parked'), name) then
  keep_state(id, name, state)
end
return 1
