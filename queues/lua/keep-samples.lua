--[[
  Keeps samples of the history, each once: the first that is written of a step stays, and none is put in place of a later one.
  KEYS[1]  a ring: a hash whose fields are used again and again
  ARGV     in threes: a field, the step's number, the sample's text
  Returns how many were kept.
  Atomic: of two schedulers that write the same step between a look and a write, the second would replace the first.
]]
local kept = 0
for i = 1, #ARGV, 3 do
  local there = redis.call('HGET', KEYS[1], ARGV[i])
  local step = there and tonumber(string.match(there, '^%d+'))
  if not step or step < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
    kept = kept + 1
  end
end
return kept
