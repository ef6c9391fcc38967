--[[
  Takes a lock that is free, or renews one's own.
  KEYS[1]  the lock
  ARGV[1]  token   ARGV[2] life in ms
  Returns 1 it is ours for that long, 0 another has it.
  Atomic: between the look and the renewal it could run out and become another's.
  A server that is full must not end the work that would empty it. It refuses a script's first write if that may take
  memory, and no later one: so a renewal is a PEXPIRE, and a DEL of nothing comes before the SET.
]]
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if holder then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
else
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
