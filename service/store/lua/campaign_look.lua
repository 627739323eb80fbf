-- use: _site _queue
-- Some members of a campaign by arrival, and what stands on each; nothing is changed.
-- KEYS[1] {site}
-- ARGV    campaign · ms of arrival and id of the member seen last, or '' and '' · limit
-- Answer  {id, ms of arrival, status, decision or '', its moderator or '', its action or '', decision that it met on
--         arrival or '', moderator who holds it or '', 'appealed' or 'escalated' for what is decided by itself or ''}
--         of each
local members, after, last, limit = key('campaign', ARGV[1], 'members'), ARGV[2], ARGV[3], tonumber(ARGV[4])
local now = clock()
local found, offset = {}, 0
while #found < limit do
  local from = after ~= '' and after or '-inf'
  local page = redis.call('ZRANGEBYSCORE', members, from, '+inf', 'WITHSCORES', 'LIMIT', offset, limit)
  for i = 1, #page, 2 do
    local id, received = page[i], page[i + 1]
    if #found < limit and (received ~= after or id > last) then
      local kept = redis.call('HMGET', key('comment', id), 'status', 'decision', 'decided_by', 'action', 'ruled',
                              'escalation', 'appeal')
      local apart = kept[7] and 'appealed' or kept[6] and 'escalated' or ''
      local _, holder = lease_of(id, key('comment', id), now)
      found[#found + 1] = {id, received, kept[1] or '', kept[2] or '', kept[3] or '', kept[4] or '', kept[5] or '',
                           holder or '', apart}
    end
  end
  if #page < 2 * limit then break end
  offset = offset + limit
end
return found
