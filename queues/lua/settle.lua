--[[
  Takes events out of what is pending: they are in the source (forgotten), or can never be (set aside).
  KEYS[1…9] as in accept.lua   KEYS[10] settlements: how many times something was taken out
  ARGV[1] world id   ARGV[2] '' to forget; else why they are set aside, as JSON text
  ARGV[3…] for each event: id, when it was accepted (µs), how many places, its places
  Returns how many were taken out. One that is pending anew, accepted since at another time, stays.
  Atomic: an event must not be accepted anew between the look and the removal, or be neither pending nor dead.
]]
local world, reason = ARGV[1], ARGV[2]
local ids, acceptedAt, placesOf, arg = {}, {}, {}, 3
while arg <= #ARGV do
  local places = {}
  for p = 1, tonumber(ARGV[arg + 2]) do places[p] = ARGV[arg + 2 + p] end
  local n = #ids + 1
  ids[n], acceptedAt[n], placesOf[n] = ARGV[arg], ARGV[arg + 1], places
  arg = arg + 3 + #places
end

-- One command for many items, as Lua passes a few thousand arguments at most. Answers a list, where the command does.
local function all(command, key, items)
  local answers = {}
  for from = 1, #items, 1000 do
    local answer = redis.call(command, key, unpack(items, from, math.min(from + 999, #items)))
    if type(answer) == 'table' then
      for _, one in ipairs(answer) do answers[#answers + 1] = one end
    end
  end
  return answers
end

local scores = all('ZMSCORE', KEYS[2], ids)
local settled, places = {}, {}
for i, id in ipairs(ids) do
  if scores[i] == acceptedAt[i] then
    settled[#settled + 1] = id
    for _, place in ipairs(placesOf[i]) do places[#places + 1] = place end
  end
end
local events = reason == '' and {} or all('HMGET', KEYS[1], settled)
if redis.call('EXISTS', KEYS[9]) == 1 then
  for _, hidden in ipairs(all('HMGET', KEYS[9], settled)) do
    for _, place in ipairs(cjson.decode(hidden or '[]')) do places[#places + 1] = place end
  end
end

all('ZREM', KEYS[2], settled) -- the first write is one that a server which is full takes: see take-lock.lua
redis.call('INCR', KEYS[10])
redis.call('PEXPIRE', KEYS[10], 60000) -- many times as long as anyone compares a count with a later one
all('HDEL', KEYS[1], settled)
all('SREM', KEYS[4], settled)
all('SREM', KEYS[8], settled)
all('ZREM', KEYS[3], places)
all('HDEL', KEYS[9], settled)
if reason ~= '' and #settled > 0 then
  local now = redis.call('TIME')
  local since = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
  for i, id in ipairs(settled) do
    redis.call('HSET', KEYS[5], id, '{"reason":' .. reason .. ',"atMs":' .. since .. ',"event":' .. events[i] .. '}')
  end
  redis.call('SADD', KEYS[7], world)
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[6], world) end
return #settled
