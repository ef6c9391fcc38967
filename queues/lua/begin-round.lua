--[[
  Begins a round, unless the one before it still runs.
  KEYS[1]  the round's state, a hash   KEYS[2]  its running lock   KEYS[3]  the names of all rounds
  ARGV[1]  token   ARGV[2] the lock's life in ms
  ARGV[3]  'due', or 'missed' where the slot is made up for
  ARGV[4]  the slot   ARGV[5] when the next is due   ARGV[6] now, all in ms since 1970
  ARGV[7]  name   ARGV[8] expression   ARGV[9] by whom
  Returns 'begun'; 'overlap' the one before still runs, and this one was counted as skipped;
          'past' the missed slot has been made up for, or another one has run since.
  Atomic: of two that find the same slot missed, or the lock free, both would begin.
]]
if ARGV[3] == 'missed' and redis.call('HGET', KEYS[1], 'next') ~= ARGV[4] then return 'past' end
redis.call('SADD', KEYS[3], ARGV[7])
redis.call('HSET', KEYS[1], 'expression', ARGV[8], 'next', ARGV[5])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'skipped', 1)
  return 'overlap'
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[1], 'outcome', 'running', 'slot', ARGV[4], 'at', ARGV[6], 'by', ARGV[9])
redis.call('HDEL', KEYS[1], 'tookMs', 'reason')
if ARGV[3] == 'missed' then redis.call('HINCRBY', KEYS[1], 'caughtUp', 1) end
return 'begun'
