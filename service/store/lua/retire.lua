-- use: _site _comment
-- Lets comments go whose time is over: the oldest of a status, up to 500 a call. Pending ones are never among them.
-- KEYS[1] {site}
-- ARGV    status (approved or rejected) · ms; what a human decided before it goes · ms; what the machine alone
--         judged before it goes · where to go on
-- Answer  {how many went, where to go on next or -1 at the end}
local status, decided_before, judged_before, from = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local newest = math.max(decided_before, judged_before)
local ids = redis.call('ZRANGEBYSCORE', key('list', status), '-inf', whole(newest), 'LIMIT', from, 500)
local gone = 0
for _, id in ipairs(ids) do
  local comment = read(id)
  local decided = redis.call('ZSCORE', key('list', 'decided'), id)
  local over
  if decided then over = tonumber(decided) < decided_before else over = tonumber(comment.received) < judged_before end
  if over then
    redis.call('ZREM', key('list', status), id)
    redis.call('ZREM', key('list', 'decided'), id)
    if comment.author then
      redis.call('ZREM', key('list', 'author', comment.author), id)
      author_has(comment.author, status, -1)
    end
    if comment.article then redis.call('ZREM', key('list', 'article', comment.article), id) end
    redis.call('DEL', key('comment', id), key('history', id))
    gone = gone + 1
  end
end
return {gone, #ids < 500 and -1 or from + #ids - gone}
