--[[
  Takes events out of what is pending: they are in the source (forgotten), or can never be (set aside).
  KEYS[1…9] as in accept.lua
  ARGV[1] world id   ARGV[2] '' to forget; else why they are set aside, as JSON text
  ARGV[3…] for each event: id, when it was accepted (µs), how many places, its places
  Returns how many were taken out. One that is pending anew, accepted since at another time, stays.
  Atomic: an event must not be accepted anew between the look and the removal, or be neither pending nor dead.
]]
local world, reason = ARGV[1], ARGV[2]
local now = redis.call('TIME')
local settled = 0
local arg = 3
while arg <= #ARGV do
  local id, at, places = ARGV[arg], ARGV[arg + 1], tonumber(ARGV[arg + 2])
  if redis.call('ZSCORE', KEYS[2], id) == at then
    local event = redis.call('HGET', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id) -- the first write is one that a server which is full takes: see take-lock.lua
    redis.call('HDEL', KEYS[1], id)
    redis.call('SREM', KEYS[4], id)
    redis.call('SREM', KEYS[8], id)
    for p = 1, places do redis.call('ZREM', KEYS[3], ARGV[arg + 2 + p]) end
    for _, place in ipairs(cjson.decode(redis.call('HGET', KEYS[9], id) or '[]')) do
      redis.call('ZREM', KEYS[3], place)
    end
    redis.call('HDEL', KEYS[9], id)
    if reason ~= '' then
      local since = now[1] * 1000 + math.floor(now[2] / 1000)
      local note = '{"reason":' .. reason .. ',"atMs":' .. string.format('%.0f', since) .. ',"event":' .. event .. '}'
      redis.call('HSET', KEYS[5], id, note)
      redis.call('SADD', KEYS[7], world)
    end
    settled = settled + 1
  end
  arg = arg + 3 + places
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[6], world) end
return settled
