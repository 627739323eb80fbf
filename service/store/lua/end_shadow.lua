-- use: _site _shadow
-- Ends the draft that runs beside the policy; where none does, nothing happens.
-- KEYS[1] {site}
-- ARGV    who
-- Answer  1, or 0 where none ran
if redis.call('DEL', key('shadow')) == 0 then return 0 end
forget_counts()
audit(clock(), ARGV[1], 'shadow.ended', '', '{}')
return 1
