-- use: _site
-- The authors of some comments; changes nothing.
-- KEYS[1] {site}
-- ARGV    ids, a page of them
-- Answer  for each the author's id, or '' where none is known
local answer = {}
for i = 1, #ARGV do answer[i] = redis.call('HGET', key('comment', ARGV[i]), 'author') or '' end
return answer
