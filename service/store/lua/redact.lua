-- use: _site _comment
-- Takes what tells of an author's connection and address out of a comment and of the texts that its edits replaced.
-- The digest by which a repeated post is known goes, too, where there was any: an address could be guessed from it.
-- KEYS[1] {site}
-- ARGV    id · revision that was read · the comment as JSON without it, or '' where it had none
--         · of each entry of the history that had any: its place, SHA-1 of it as it was read, itself without it
-- Answer  whether the comment is free of it now, 1 or 0: it was edited meanwhile, or is gone
local id = ARGV[1]
local comment, history = key('comment', id), key('history', id)
if redis.call('HGET', comment, 'revision') ~= ARGV[2] then return 0 end
for i = 4, #ARGV, 3 do
  local entry = redis.call('LINDEX', history, ARGV[i])
  if entry ~= ARGV[i + 2] then
    if not entry or redis.sha1hex(entry) ~= ARGV[i + 1] then return 0 end
    redis.call('LSET', history, ARGV[i], ARGV[i + 2])
  end
end
if ARGV[3] ~= '' then redis.call('HSET', comment, 'posted', ARGV[3], 'digest', '') end
redis.call('HSET', comment, 'bare', ARGV[2])
return 1
