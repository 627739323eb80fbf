-- use: _site
-- Keeps what somebody says of a comment that another system keeps: a labelled example. Who says the same again changes
-- nothing; what an erased comment said does not come back.
--     suggestion:<reference>  hash: text, language, surface, at; <standing>/by, <standing>/<attribute> → value in [0, 1]
--     suggestions             sorted set: references by when they were last spoken of
-- KEYS[1] {site}
-- ARGV    reference, or a text of which one is made, with '~' before it · standing ('moderated' | 'apart') · text
--         · language or '' · surface · who says so · attribute · value, as often as there are
-- Answer  'kept' | 'same' | 'erased'
local now = clock()
local reference, standing = ARGV[1], ARGV[2]
if string.sub(reference, 1, 1) == '~' then reference = '~' .. digest(reference) end
if redis.call('HGET', key('comment', reference), 'status') == 'erased' then return 'erased' end
local kept = key('suggestion', reference)
local changed = redis.call('HGET', kept, 'text') ~= ARGV[3]
for at = 7, #ARGV, 2 do
  local field = standing .. '/' .. ARGV[at]
  if redis.call('HGET', kept, field) ~= ARGV[at + 1] then
    changed = true
    redis.call('HSET', kept, field, ARGV[at + 1])
  end
end
if not changed then return 'same' end
redis.call('HSET', kept, 'text', ARGV[3], 'language', ARGV[4], 'surface', ARGV[5], 'at', whole(now), standing .. '/by', ARGV[6])
redis.call('ZADD', key('suggestions'), whole(now), reference)
count(now, 'suggested', ARGV[5])
return 'kept'
