-- use: _site _shadow
-- Adds what a worker counted of a draft beside the policy. When the policy has another version, the counts start anew.
-- KEYS[1] {site}
-- ARGV    token of the draft · op · version of the policy that judged · how many counts · for each its name and its
--         number · for each example the live verdict, the draft's and the comment's id, oldest first
-- Answer  'counted' · 'over', where that draft or that version is no more
local KEPT = 20
local shadow = key('shadow')
local now = clock()
local kept = redis.call('HMGET', shadow, 'token', 'live', 'ends')
if kept[1] ~= ARGV[1] then return 'over' end
local version, live, ends = tonumber(ARGV[3]), tonumber(kept[2]), kept[3]
if version < live then return 'over' end
-- A repeat after a broken connection counts nothing twice.
if not redis.call('SET', key('shadow', 'op', ARGV[2]), '1', 'NX', 'EX', 300) then return 'counted' end
if version > live then
  forget_counts()
  redis.call('HSET', shadow, 'live', version, 'since', whole(now))
end
local counts = key('shadow', 'counts')
local last = 4 + 2 * tonumber(ARGV[4])
for i = 5, last, 2 do redis.call('HINCRBY', counts, ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIREAT', counts, ends)
for i = last + 1, #ARGV, 3 do
  local examples = key('shadow', 'examples', ARGV[i], ARGV[i + 1])
  redis.call('LPUSH', examples, ARGV[i + 2])
  redis.call('LTRIM', examples, 0, KEPT - 1)
  redis.call('PEXPIREAT', examples, ends)
end
return 'counted'
