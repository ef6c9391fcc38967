--[[
  Reads the events that were accepted first. They stay pending.
  KEYS[1] events   KEYS[2] order   KEYS[3] unseen (see accept.lua)
  ARGV[1] how many at most   ARGV[2] of how many bytes together; the first one comes in any case
  ARGV[3] only those accepted after this one's time (µs), or '' for all
  Returns {how many are pending, age of the first in ms, age of the last in ms, then for each: when accepted (µs), JSON,
  1 if it may be in no cache yet, else 0}. Ages are below 0 where this server's clock was set back since.
  Atomic: of an event that is forgotten meanwhile, half would be read.
]]
local count = redis.call('ZCARD', KEYS[2])
if count == 0 then return {0, 0, 0} end
local now = redis.call('TIME')
local micros = now[1] * 1000000 + now[2]
local function age(score) return math.floor((micros - score) / 1000) end

local from = ARGV[3] == '' and '-inf' or '(' .. ARGV[3]
local first = redis.call('ZRANGE', KEYS[2], from, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')
if #first == 0 then return {count, 0, 0} end
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
local answer = {count, age(first[2]), age(last)}
local bytes = 0
for i = 1, #first, 2 do
  local id = first[i]
  bytes = bytes + redis.call('HSTRLEN', KEYS[1], id)
  if i > 1 and bytes > tonumber(ARGV[2]) then break end
  answer[#answer + 1] = first[i + 1]
  answer[#answer + 1] = redis.call('HGET', KEYS[1], id)
  answer[#answer + 1] = redis.call('SISMEMBER', KEYS[3], id)
end
return answer
