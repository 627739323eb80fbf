-- use: _site _article
-- Sets how comments under an article are taken, or leaves it to the policy again; what is so already is left as it is, and
-- so is what this very operation set.
-- `articles` lists those with a mode, by when it was set; those whose mode is over leave the list here, 1,000 a call.
-- KEYS[1] {site}
-- ARGV    article · op · moderator · mode or '' · ms of its end or ''
-- Answer  {'set'} · {'same'} · {'past'}: the end is over already
local article, op, by, mode, ends = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local now = clock()
local stored, index, over = key('article', article), key('articles'), key('articles', 'until')
for _, one in ipairs(redis.call('ZRANGEBYSCORE', over, '-inf', whole(now), 'LIMIT', 0, 1000)) do
  redis.call('ZREM', over, one)
  redis.call('ZREM', index, one)
end
if article_mode(article, now) == mode and (redis.call('HGET', stored, 'until') or '') == ends then return {'same'} end
if redis.call('HGET', stored, 'op') == op then return {'same'} end
if ends ~= '' and tonumber(ends) <= now then return {'past'} end

redis.call('DEL', stored)
redis.call('ZREM', index, article)
redis.call('ZREM', over, article)
if mode ~= '' then
  redis.call('HSET', stored, 'mode', mode, 'by', by, 'at', whole(now), 'op', op)
  redis.call('ZADD', index, whole(now), article)
  if ends ~= '' then
    redis.call('HSET', stored, 'until', ends)
    redis.call('PEXPIREAT', stored, ends)
    redis.call('ZADD', over, ends, article)
  end
end
audit(now, by, 'mode.set', article, '{"mode":' .. (mode == '' and 'null' or '"' .. mode .. '"') .. '}')
return {'set'}
