--[[
  Keeps the answer to a request, for a client that sends it again.
  KEYS[1]  the request's idempotency key
  ARGV[1]  what stands there while the request is under way
  ARGV[2]  what is to stand there, or '' to forget the request   ARGV[3] its life in ms
  Returns 1 done, 0 the request had taken too long and another has begun.
  Atomic: between the look and the write another could begin, whose answer this would be taken for.
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
