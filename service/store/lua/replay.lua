-- use: _site _author _article
-- What a replay needs of some comments; changes nothing.
-- KEYS[1] {site}
-- ARGV    1 if the approved comments of authors matter, else '' · ids, a page of them
-- Answer  for each id false where there is no text, or {comment as JSON, judgement as JSON, ms of arrival, status, what
--         a moderator decided or '', approved comments of the author or -1, 1 for a trusted author, 1 for an article
--         whose mode is post}, the last three as of now
local now = clock()
local answer = {}
for i = 2, #ARGV do
  local kept = redis.call('HMGET', key('comment', ARGV[i]), 'posted', 'judgement', 'received', 'status', 'author',
                          'article', 'action')
  local author, article = kept[5], kept[6]
  answer[i - 1] = kept[1] and {
    kept[1], kept[2], tonumber(kept[3]), kept[4], kept[7] or '',
    author and ARGV[1] ~= '' and approved_of(author) or -1,
    author and standing_of(author, now) == 'trusted' and 1 or 0,
    article and article_mode(article, now) == 'post' and 1 or 0,
  }
end
return answer
