--[[
  Gives a lease back.
  KEYS[1]  the lease
  ARGV[1]  token
  Returns 1 given back, 0 it was not ours (any more).
  Atomic: a lease that has become another's since the look must stay.
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
