--[[
  Notes how a round went, and makes way for the next.
  KEYS[1]  the round's state, a hash   KEYS[2]  its running lock
  ARGV[1]  token   ARGV[2] how long it took in ms   ARGV[3] 'ok' or 'failed'   ARGV[4] why it failed, or ''
  Returns 1 noted, 0 the lock has run out: nothing written.
  Atomic: a lock, and a state, that have become another run's since the look must stay.
]]
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'tookMs', ARGV[2], 'outcome', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'reason', ARGV[4]) end
return 1
