--[[
  Whether an event that was accepted some time ago may be lacking in a cache.
  KEYS[1] order, sorted set: event id, when accepted (µs)   KEYS[2] unseen, set: event ids that may be in no cache yet
  ARGV[1] how long ago at least, in ms, by this server's clock
  Returns 1 there is such an event, or one from the future: it may be as old, the clock was set back since; 0 there is
  none.
  Atomic: an event that is seen and forgotten in the middle would be met in one of the two only.
]]
local now = redis.call('TIME')
local micros = now[1] * 1000000 + now[2]
local latest = micros - tonumber(ARGV[1]) * 1000
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local at = redis.call('ZSCORE', KEYS[1], id)
  if at and (tonumber(at) <= latest or tonumber(at) > micros) then return 1 end
end
return 0
