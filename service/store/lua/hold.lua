-- use: _site _comment _queue
-- Brings a campaign's member into the queue that no human decided on: one that was approved before its campaign was
-- found, or rejected on arrival by a decision that was taken back.
-- KEYS[1] {site}
-- ARGV    id · campaign · status that it must have · decision that it must have been ruled by, or '' · its revision
--         · its judgement as JSON, with this reason · band · level of the informative order · facets, one a line
--         · event data as JSON
-- Answer  {'held'} · {'passed'}, nothing changed
local id, campaign = ARGV[1], ARGV[2]
local comment = read(id)
if not comment or comment.status ~= ARGV[3] or comment.campaign ~= campaign then return {'passed'} end
if comment.decision or comment.revision ~= ARGV[5] then return {'passed'} end
if ARGV[4] ~= '' and comment.ruled ~= ARGV[4] then return {'passed'} end
if ARGV[4] == '' and redis.call('HEXISTS', key('campaign', campaign), 'decision') == 1 then return {'passed'} end
local now, stored, received = clock(), key('comment', id), tonumber(comment.received)
redis.call('HSETNX', stored, 'first_judgement', comment.judgement)
redis.call('HSET', stored, 'judgement', ARGV[6], 'facets', ARGV[9])
redis.call('HDEL', stored, 'ruled')
move(id, comment, 'pending')
enqueue(id, tonumber(ARGV[7]) * BAND + received, rank_of(tonumber(ARGV[8]), received), lines(ARGV[9]))
remember(id, '"kind":"held","at":' .. whole(now) .. ',"revision":' .. comment.revision
             .. ',"campaign":"' .. campaign .. '"', '{}')
emit(now, 'comment.held', id, ARGV[10])
count(now, 'held_again')
return {'held'}
