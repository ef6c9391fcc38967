--[[
  Replaces what its owner put at a key: a lock, or the mark of a request that is under way.
  KEYS[1]  the key
  ARGV[1]  what the owner put there
  ARGV[2]  what is to stand there, or '' for nothing   ARGV[3] its life in ms
  Returns 1 done, 0 it is not the owner's (any more): nothing written.
  Atomic: between the look and the write it could run out and become another's.
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
