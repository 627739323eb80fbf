-- use: _site _comment _queue _reports
-- A reader's report of a comment. Each reader counts once; of those of one address the heaviest does. Enough weight since
-- the last human decision brings an approved comment into the queue, open to any decision.
-- The weight takes for granted how often this reader was right and wrong. Where that is not so, nothing is kept and the
-- answer says what is the case; the report comes again, without taking anything for granted.
-- KEYS[1] {site}
-- ARGV    id · op · revision that the arguments below are of · reader · address or '' · what was said, as JSON
--         · right · wrong (or '' and '') · weight in thousandths · thousandths that hold the comment, or '' for never
--         · judgement as JSON up to the detail of the reason `report` · and behind it · event data alike, two parts
--         · band · informativeness · facets, one a line · what the reason is counted as
-- Answer  {'counted', status} · {'known', status}: the reader's report was counted before, or as many of the comment or
--         of its address as are counted · {'unknown'} · {'erased'} · {'revision', revision} · {'differs', right, wrong}
local READERS, OF_ONE_ADDRESS, TEXTS = 500, 10, 100
local id, op = ARGV[1], ARGV[2]
local comment = read(id)
if not comment then return {'unknown'} end
if comment.status == 'erased' then return {'erased'} end
local stored, record = key('reports', id), reporter(ARGV[4])
local mark = 'r:' .. string.match(record, '[^:]*$')
local known = redis.call('HGET', stored, mark)
if known then return {string.match(known, '%S+$') == op and 'counted' or 'known', comment.status} end
if comment.revision ~= ARGV[3] then return {'revision', tonumber(comment.revision)} end
local right, wrong = unpack(redis.call('HMGET', record, 'right', 'wrong'))
if ARGV[7] ~= '' and ((right or '0') ~= ARGV[7] or (wrong or '0') ~= ARGV[8]) then
  return {'differs', tonumber(right or 0), tonumber(wrong or 0)}
end

local counts = redis.call('HMGET', stored, 'count', 'were')
if tonumber(counts[1] or 0) >= READERS then return {'known', comment.status} end
local weight, gain = tonumber(ARGV[9]), tonumber(ARGV[9])
if ARGV[5] ~= '' then
  local address = 'a:' .. digest('address ' .. id .. ' ' .. ARGV[5])
  local heaviest, readers = string.match(redis.call('HGET', stored, address) or '0 0', '^(%d+) (%d+)$')
  if tonumber(readers) >= OF_ONE_ADDRESS then return {'known', comment.status} end
  gain = math.max(0, weight - tonumber(heaviest))
  redis.call('HSET', stored, address, whole(math.max(weight, tonumber(heaviest))) .. ' ' .. whole(readers + 1))
end
local now = clock()
local nth, total = redis.call('HINCRBY', stored, 'count', 1), redis.call('HINCRBY', stored, 'weight', gain)
redis.call('HSET', stored, mark, whole(nth) .. ' ' .. comment.revision .. ' ' .. op)
if nth <= TEXTS then redis.call('HSET', stored, 't:' .. nth, '{"at":' .. whole(now) .. ',' .. string.sub(ARGV[6], 2)) end
redis.call('EXPIRE', record, REPORTERS_KEPT)
local figures = string.format('"count":%d,"weight":%.3f,"revision":%s', nth, total / 1000, comment.revision)
emit(now, 'comment.reported', id, '{' .. figures .. '}')
count(now, 'reported')
count(now, 'reported', ARGV[18])

local since = total - tonumber(string.match(counts[2] or '', '%d+$') or 0)
if comment.status ~= 'approved' or ARGV[10] == '' or since < tonumber(ARGV[10]) then return {'counted', comment.status} end
local detail = cjson.encode(string.format('readers reported it %d times, which weighs %.2f of the policy\'s %.2f',
                                          nth, since / 1000, ARGV[10] / 1000))
local kept = key('comment', id)
redis.call('HSETNX', kept, 'first_judgement', comment.judgement)
redis.call('HDEL', kept, 'decision', 'decided_by', 'action')
redis.call('ZREM', key('list', 'decided'), id)
move(id, comment, 'pending')
redis.call('HSET', kept, 'judgement', ARGV[11] .. detail .. ARGV[12], 'facets', ARGV[17])
local level = math.floor((1 - ARGV[16]) * (LEVELS - 1) + 0.5)
enqueue(id, tonumber(ARGV[15]) * BAND + now, rank_of(level, tonumber(comment.received)), lines(ARGV[17]))
remember(id, '"kind":"report","at":' .. whole(now) .. ',' .. figures, '{}')
emit(now, 'comment.held', id, ARGV[13] .. detail .. ARGV[14])
count(now, 'held:report')
return {'counted', 'pending'}
