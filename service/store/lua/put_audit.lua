-- use: _site
-- Writes down what an operator did by command. The newest lines are looked through for the same operation, so that a
-- repetition after a broken connection is no second act.
-- KEYS[1] {site}
-- ARGV    who · act · on what or '' · op · data as a JSON object, which names the op
-- Answer  whether it was written now, 1 or 0
for _, entry in ipairs(redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 16)) do
  if string.find(entry[2][10], '"op":"' .. ARGV[4] .. '"', 1, true) then return 0 end
end
audit(clock(), ARGV[1], ARGV[2], ARGV[3], ARGV[5])
return 1
