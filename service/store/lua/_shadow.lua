-- The draft that runs beside the policy: its counts and its examples; stands on _site.

local SIDES = {'approve', 'hold', 'reject'}

-- Deletes what was counted.
local function forget_counts()
  redis.call('DEL', key('shadow', 'counts'))
  for _, live in ipairs(SIDES) do
    for _, draft in ipairs(SIDES) do redis.call('DEL', key('shadow', 'examples', live, draft)) end
  end
end
