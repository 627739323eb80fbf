-- use: _site _author _article _around
-- What bears on a comment beside its text and what else came; changes nothing.
-- KEYS[1] {site}
-- ARGV    author id or '' · article id or '' · parent id or ''
-- Answer  {version of the policy, the author's standing, their approved comments or -1, the article's mode or '', 1 when
--         the parent is rejected}
local standing, approved, mode, rejected = around(ARGV[1], ARGV[2], ARGV[3], true, clock())
return {tonumber(redis.call('HGET', key('policy'), 'head') or 1), standing, approved, mode, rejected}
