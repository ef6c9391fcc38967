--[[
  Gives a lock back.
  KEYS[1]  the lock
  ARGV[1]  token
  Returns 1 given back, 0 it was not ours (any more).
  Atomic: a lock that has become another's since the look must stay.
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
