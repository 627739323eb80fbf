-- use: _site
-- Takes back what an attempt to sign in counted, since it succeeded.
-- KEYS[1] {site}, which is {winnow}
-- ARGV    digest of the counter that starts anew · digests of those that lose one
-- Answer  0
redis.call('DEL', key('sign-in', ARGV[1]))
for n = 2, #ARGV do
  local counter = key('sign-in', ARGV[n])
  if tonumber(redis.call('GET', counter) or 0) > 0 then redis.call('DECR', counter) end
end
return 0
