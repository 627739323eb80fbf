-- What is set for an article.

-- The mode in which comments on an article are taken, post, pre or closed; '' where none is set, or once it is over.
local function article_mode(article, now)
  local set = redis.call('HMGET', key('article', article), 'mode', 'until')
  if not set[1] or (set[2] and tonumber(set[2]) <= now) then return '' end
  return set[1]
end
