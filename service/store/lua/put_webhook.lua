-- use: _site _webhook
-- Makes a webhook. It starts behind the newest event.
-- KEYS[1] {site}
-- ARGV    id · op · url · types, one a line, or '' for all · secret · who · how many a site may have · audit data as JSON
-- Answer  {'made' (again too), secret} · {'many'}
local id, op = ARGV[1], ARGV[2]
if redis.call('HGET', hook(id), 'op') == op then return {'made', redis.call('HGET', hook(id), 'secret')} end
if redis.call('ZCARD', key('webhooks')) >= tonumber(ARGV[7]) then return {'many'} end
local now = clock()
local newest = redis.call('XREVRANGE', key('events'), '+', '-', 'COUNT', 1)
local cursor = newest[1] and newest[1][1] or redis.call('GET', key('events', 'dropped')) or '0-0'
redis.call('ZADD', key('webhooks'), now, id)
redis.call('HSET', hook(id), 'op', op, 'url', ARGV[3], 'types', ARGV[4], 'secret', ARGV[5], 'by', ARGV[6],
           'created', whole(now), 'enabled', 1, 'cursor', cursor, 'next', 0, 'streak', 0, 'missed', 0)
audit(now, ARGV[6], 'webhook.created', id, ARGV[8])
return {'made', ARGV[5]}
