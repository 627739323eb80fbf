-- use: _site
-- Notes that an author is to be erased, where anything is held of them: of nobody there is nothing to erase, and nothing
-- to write down once more.
-- KEYS[1] {site}
-- ARGV    author · who asks, as JSON
-- Answer  1 if it is noted (again too) · 0 for nobody
local author = ARGV[1]
if redis.call('EXISTS', key('list', 'author', author), key('author', author), key('standing', author),
              key('standings', author), key('past', digest(author))) == 0 then
  return 0
end
redis.call('HSETNX', key('erasing'), author, ARGV[2])
return 1
