-- Suggestions: what is said of comments that other systems keep.
--     suggestion:<reference>  hash: '<standing>/<surface>' → JSON of its text, labels, language, by, at. Each standing and
--                             surface has a text of its own, so that none puts words under another's label
--     suggestions:<standing>  sorted set: '<surface>/<reference>' by when it was last spoken of (ms)

local function parted(name)
  return string.match(name, '^([^/]*)/(.*)$')
end

-- Takes out one, by its name in the list of a standing.
local function drop_suggestion(standing, named)
  local surface, reference = parted(named)
  redis.call('ZREM', key('suggestions', standing), named)
  redis.call('HDEL', key('suggestion', reference), standing .. '/' .. surface)
end

-- Takes out all that was said of a comment; how much that was.
local function drop_suggestions(reference)
  local stored = key('suggestion', reference)
  local said = redis.call('HKEYS', stored)
  for _, name in ipairs(said) do
    local standing, surface = parted(name)
    redis.call('ZREM', key('suggestions', standing), surface .. '/' .. reference)
  end
  redis.call('DEL', stored)
  return #said
end
