-- use: _site _suggestion
-- Keeps what somebody says of a comment that another system keeps: a labelled example. Who says the same again changes
-- nothing; what is said of another text replaces all that this standing and surface said before; what was said of an
-- erased comment does not come back.
-- KEYS[1] {site}
-- ARGV    reference, or a text of which one is made, with '~' before it · standing ('moderated' | 'apart') · surface
--         · text · language or '' · who says so · how many of a standing are kept: beyond them the oldest goes
--         · attribute · value, as often as there are
-- Answer  'kept' | 'same' | 'erased'
local now = clock()
local reference, standing, surface, text = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local by_text = string.sub(reference, 1, 1) == '~'
if by_text then reference = '~' .. digest(reference) end
if redis.call('HGET', key('comment', reference), 'status') == 'erased' then return 'erased' end

local stored, field = key('suggestion', reference), standing .. '/' .. surface
local said = redis.call('HGET', stored, field)
said = said and cjson.decode(said)
-- By its text, a comment is one whatever its case and white space: it stays as it was written first.
if not said or not by_text and said.text ~= text then said = {text = text, labels = {}} end
local changed = {}
for at = 8, #ARGV, 2 do
  local attribute, value = ARGV[at], tonumber(ARGV[at + 1])
  if said.labels[attribute] ~= value then
    said.labels[attribute] = value
    changed[#changed + 1] = '"' .. attribute .. '":' .. ARGV[at + 1]
  end
end
if #changed == 0 then return 'same' end

said.language, said.by, said.at = ARGV[5], ARGV[6], now
redis.call('HSET', stored, field, cjson.encode(said))
local listed = key('suggestions', standing)
redis.call('ZADD', listed, whole(now), surface .. '/' .. reference)
local over = redis.call('ZCARD', listed) - tonumber(ARGV[7])
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', listed, 0, math.min(over, 10) - 1)) do drop_suggestion(standing, oldest) end
end
count(now, 'suggested', surface)
-- A moderator's label trains the model, so it is an act. What came with another key fills no log.
if standing == 'moderated' then
  audit(now, ARGV[6], 'suggestion.made', reference, '{"surface":"' .. surface .. '",' .. table.concat(changed, ',') .. '}')
end
return 'kept'
