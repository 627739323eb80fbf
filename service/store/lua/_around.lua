-- What bears on a comment beside its text; stands on _author and _article.

-- The author's standing, how many comments of theirs were approved (-1: nobody asked), the article's mode, and whether
-- the comment answers a rejected one, 1 or 0.
--   author, article, parent: their ids or ''; asked: whether what was approved matters
local function around(author, article, parent, asked, now)
  local standing, approved = 'normal', -1
  if author ~= '' then
    standing = standing_of(author, now)
    if asked then approved = approved_of(author) end
  end
  local mode = article ~= '' and article_mode(article, now) or ''
  local rejected = parent ~= '' and redis.call('HGET', key('comment', parent), 'status') == 'rejected'
  return standing, approved, mode, rejected and 1 or 0
end
