-- use: _site
-- Tells those who follow a site's events, and its audit log, which model scores there now; once for each change.
-- KEYS[1] {site}
-- ARGV    digest of the model · event data as JSON · who put it in force
-- Answer  whether they were told now, 1 or 0
if redis.call('GET', key('model')) == ARGV[1] then return 0 end
local now = clock()
redis.call('SET', key('model'), ARGV[1])
emit(now, 'model.published', '', ARGV[2])
audit(now, ARGV[3], 'model.published', '', ARGV[2])
return 1
