-- use: _site _author
-- Sets how the site stands to an author, who need not have written yet; what is so already is left as it is, and so is
-- what this very operation set, whatever came since.
-- `normal` is kept as nothing; the history of standings, the newest 50, outlives the last one by 400 days. The audit log
-- names the author by a reference. Whose it is stands in that history and under the reference's own key, which goes with
-- the history, so that it means nothing once the author is erased.
-- KEYS[1] {site}
-- ARGV    author · op · moderator · standing · ms of its end or ''
-- Answer  {'set'} · {'same'} · {'past'}: the end is over already
local author, op, by, standing, ends = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local KEPT = 400 * 86400000
local now = clock()
local stored, history = key('standing', author), key('standings', author)
if standing_of(author, now) == standing and (redis.call('HGET', stored, 'until') or '') == ends then return {'same'} end
for _, entry in ipairs(redis.call('LRANGE', history, 0, -1)) do
  if cjson.decode(entry).op == op then return {'same'} end
end
if ends ~= '' and tonumber(ends) <= now then return {'past'} end

local last = redis.call('LINDEX', history, -1)
local reference = last and cjson.decode(last).reference or string.sub(digest(op .. ' ' .. author), 1, 16)
local named = key('reference', reference)
redis.call('DEL', stored)
if standing ~= 'normal' then
  redis.call('HSET', stored, 'standing', standing, 'by', by, 'at', whole(now))
  if ends ~= '' then
    redis.call('HSET', stored, 'until', ends)
    redis.call('PEXPIREAT', stored, ends)
  end
end
redis.call('RPUSH', history, '{"standing":"' .. standing .. '","until":' .. (ends == '' and 'null' or ends)
           .. ',"by":' .. cjson.encode(by) .. ',"at":' .. whole(now) .. ',"reference":"' .. reference .. '","op":"' .. op
           .. '"}')
redis.call('LTRIM', history, -50, -1)
redis.call('SET', named, author)
if standing ~= 'normal' and ends == '' then
  redis.call('PERSIST', history)
else
  local over = whole((standing == 'normal' and now or tonumber(ends)) + KEPT)
  redis.call('PEXPIREAT', history, over)
  redis.call('PEXPIREAT', named, over)
end
audit(now, by, 'standing.set', reference, '{"standing":"' .. standing .. '"}')
count(now, 'standing:' .. standing)
return {'set'}
