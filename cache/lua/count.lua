--[[
  Adds reads to a world's popularity.
  KEYS[1]  popularity, sorted set
  ARGV     entity 1, its reads, entity 2, its reads, …
  Returns how many entities.
  Atomic: what is counted as lost where no answer comes is lost, or counted, as a whole. One command, since a thousand
  of them would cost the backend that counts more than its reads.
]]
for i = 1, #ARGV, 2 do redis.call('ZINCRBY', KEYS[1], ARGV[i + 1], ARGV[i]) end
return #ARGV / 2
