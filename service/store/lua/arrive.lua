-- use: _site
-- The first round trip of a comment: what its signals need, and the rate counts that ride along.
-- KEYS[1] {site}
-- ARGV    id · author's id or '' · text as copies are told · seconds of the author's window · seconds in which copies count
--         · rate name of the API key or '' (not counted) · requests a minute of that key
-- Answer  {now ms, policy version, known comment as flat pairs, author's comments in the window, copies before this
--         one, requests of the key in this minute, seconds left of it}
local now = clock()
local id, author = ARGV[1], ARGV[2]
local requests, left = 0, 0
if ARGV[6] ~= '' then
  requests, left = tally('key:' .. ARGV[6], now, 60)
  if requests > tonumber(ARGV[7]) then return {now, 0, {}, 0, 0, requests, left} end
end
local version = tonumber(redis.call('HGET', key('policy'), 'head') or 1)
local known = redis.call('HGETALL', key('comment', id))
if #known > 0 then return {now, version, known, 0, 0, requests, left} end

local by_author = 0
if author ~= '' then by_author = tally('author:' .. digest(author), now, tonumber(ARGV[4])) end

-- A repeated arrival of the same comment, after a broken connection, is not another copy.
local copies = key('copies', digest(ARGV[3]))
local seen = redis.call('GET', copies)
local n, last = 0, ''
if seen then n, last = string.match(seen, '^(%d+) (.*)$') end
n = tonumber(n)
if last == id then n = n - 1 end
redis.call('SET', copies, whole(n + 1) .. ' ' .. id, 'EX', ARGV[5])
return {now, version, known, by_author, n, requests, left}
