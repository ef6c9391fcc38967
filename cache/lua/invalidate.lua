--[[
  Makes entries stale: whoever reads next loads anew, and no load begun before now can be stored.
  KEYS[1]   the world's version
  KEYS[2…]  entry 1, its lease, entry 2, its lease, …
  Returns {version after, how many of the entries existed}.
  Atomic: an entry gone while its lease stands could be filled again with what was read before the change.
  An absent version starts from the server's clock in microseconds, so that a lost key never repeats one.
]]
local existed = 0
for i = 2, #KEYS, 2 do
  existed = existed + redis.call('UNLINK', KEYS[i])
  redis.call('UNLINK', KEYS[i + 1])
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  local now = redis.call('TIME')
  redis.call('SET', KEYS[1], string.format('%.0f', now[1] * 1000000 + now[2]))
end
return {redis.call('INCR', KEYS[1]), existed}
