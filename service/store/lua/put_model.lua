-- use: _site
-- A piece of a model's files. What is not published within an hour goes by itself.
-- KEYS[1] {site}, which is {winnow} here
-- ARGV    digest of the model · name of the piece · its bytes
-- Answer  whether the model is published already, 1 or 0
local pieces = key('model', ARGV[1])
redis.call('HSET', pieces, ARGV[2], ARGV[3])
local published = redis.call('HEXISTS', key('models'), ARGV[1])
if published == 0 then redis.call('EXPIRE', pieces, 3600) end
return published
