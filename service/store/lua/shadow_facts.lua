-- use: _site _author
-- What a draft beside the policy needs to know of a comment, where the policy's own counts do not tell: counted apart,
-- in the draft's own windows. The answer is kept for a minute, so that a repeat counts nothing twice.
-- KEYS[1] {site}
-- ARGV    id · ms of arrival · text as copies are told · author id or '' · address or '' · seconds in which copies count
--         or 0 · seconds of the windows of author, address and site, each 0 for not asked · 1 if the author's approved
--         comments are asked for
-- Answer  {copies before this one, comments in the windows of author, address and site, approved comments or -1}
local id, at, author = ARGV[1], tonumber(ARGV[2]), ARGV[4]
local told = key('shadow', 'told', id)
local before = redis.call('GET', told)
if before then return cjson.decode(before) end

-- Comments in a window of the time of arrival, this one included.
local function came(name, whose, seconds)
  if seconds == 0 or whose == '' then return 0 end
  local counter = key('shadow', 'rate', name, digest(whose), math.floor(at / 1000 / seconds))
  local n = redis.call('INCR', counter)
  if n == 1 then redis.call('EXPIRE', counter, seconds + 60) end
  return n
end

local copies, seconds = 0, tonumber(ARGV[6])
if seconds > 0 then
  local counter = key('shadow', 'copies', digest(ARGV[3]))
  copies = redis.call('INCR', counter) - 1
  redis.call('EXPIRE', counter, seconds)
end
local approved = -1
if author ~= '' and ARGV[10] == '1' then
  local itself = redis.call('HGET', key('comment', id), 'status') == 'approved' and 1 or 0
  approved = approved_of(author) - itself
end
local answer = {copies, came('author', author, tonumber(ARGV[7])), came('address', ARGV[5], tonumber(ARGV[8])),
                came('site', 'site', tonumber(ARGV[9])), approved}
redis.call('SET', told, cjson.encode(answer), 'EX', 60)
return answer
