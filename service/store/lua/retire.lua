-- use: _site _comment _author
-- Lets comments go whose time is over: the oldest of a status, up to 500 a call. Pending ones are never among them.
-- KEYS[1] {site}
-- ARGV    status (approved or rejected) · ms; what a human decided before it goes · ms; what the machine alone
--         judged before it goes · where to go on
-- Answer  {how many went, where to go on next or -1 at the end}
local status, decided_before, judged_before, from = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local newest = math.max(decided_before, judged_before)
local listed = redis.call('ZRANGEBYSCORE', key('list', status), '-inf', whole(newest), 'WITHSCORES', 'LIMIT', from, 500)
local gone = 0
for i = 1, #listed, 2 do
  local id, received = listed[i], tonumber(listed[i + 1])
  local decided = redis.call('ZSCORE', key('list', 'decided'), id)
  local over = received < judged_before
  if decided then over = tonumber(decided) < decided_before end
  if over then
    local fields = redis.call('HMGET', key('comment', id), 'author', 'article', 'campaign')
    unlist(id, {status = status, author = fields[1], article = fields[2], campaign = fields[3]})
    forget(id)
    if fields[1] and status == 'approved' then remember_approved(fields[1]) end
    gone = gone + 1
  end
end
return {gone, #listed < 1000 and -1 or from + 500 - gone}
