-- use: _site
-- Tells those who follow a site's events which model scores there now; once for each change.
-- KEYS[1] {site}
-- ARGV    digest of the model · event data as JSON
-- Answer  whether they were told now, 1 or 0
if redis.call('GET', key('model')) == ARGV[1] then return 0 end
redis.call('SET', key('model'), ARGV[1])
emit(clock(), 'model.published', '', ARGV[2])
return 1
