-- use: _site _queue _walk
-- The pending comments of some facets in order, leased ones last; nothing is leased by looking.
-- KEYS[1] {site}
-- ARGV    order · limit · place or rank already seen or '' · its id · facets, one a line
-- Answer  {where it stopped looking: place, id, or '' and '' at the end; {id, token or '', moderator or '', ms of the
--         lease's end or 0} of each found}
local now = clock()
release_expired(now)
local after = ARGV[3] ~= '' and {place = tonumber(ARGV[3]), id = ARGV[4]} or nil
local found, stopped = pick(lines(ARGV[5]), ARGV[1], 0, 2 * BANDS - 1, BAND - 1, after, tonumber(ARGV[2]))
local answer = {stopped and whole(stopped[1]) or '', stopped and stopped[2] or ''}
for _, one in ipairs(found) do
  local id = one[1]
  local token, by = lease_of(id, key('comment', id), now)
  local ends = token and tonumber(redis.call('ZSCORE', key('leases'), id)) or 0
  answer[#answer + 1] = {id, token or '', by or '', ends}
end
return answer
