-- use: _site _queue
-- Gives back to the queue what leases that ran out held.
-- KEYS[1] {site}
-- Answer  how many leases are still live
release_expired(clock())
return redis.call('ZCARD', key('leases'))
