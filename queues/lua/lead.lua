--[[
  Takes a lease that is free, or renews one's own.
  KEYS[1]  the lease
  ARGV[1]  token   ARGV[2] life in ms
  Returns 1 it is ours for that long, 0 somebody else has it.
  Atomic: between the look and the renewal it could run out and become another's.
]]
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
