--[[
  Finds those of a world's popular entries that are missing or end soon. Changes nothing.
  KEYS[1]   the world's popularity
  ARGV[1]   what all keys of the world begin with   ARGV[2] how many of the most read entities are looked at, at most
  ARGV[3]   the lowest of the scores below
  ARGV[4]   an entry with fewer ms left is due
  ARGV[5…]  of each kind the score from which an entity's entry is popular, and what its keys have before and behind the id
  Returns {how many entries it looked at, ms left of the first of the others to end (-1: none ends),
  then of each due entry the number of its kind (the first is 0), its id, ms left (0: missing)}.
  The entries' keys are made here, in the slot of KEYS[1]: to send them took most of a round over thousands of worlds.
]]
local popular = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', ARGV[3], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local due = tonumber(ARGV[4])
local looked, first = 0, -1
local answer = { 0, 0 }

-- As `encodeId` does.
local function encoded(id)
  if not string.find(id, '[^A-Za-z0-9._-]') then return id end
  return (string.gsub(id, '[^A-Za-z0-9._-]', function(c) return string.format('%%%02X', string.byte(c)) end))
end

for i = 1, #popular, 2 do
  local id, score = encoded(popular[i]), tonumber(popular[i + 1])
  for kind = 5, #ARGV, 3 do
    if score >= tonumber(ARGV[kind]) then
      local left = redis.call('PTTL', ARGV[1] .. ARGV[kind + 1] .. id .. ARGV[kind + 2])
      looked = looked + 1
      if left == -2 then left = 0 end
      if left >= 0 and left < due then
        answer[#answer + 1] = (kind - 5) / 3
        answer[#answer + 1] = popular[i]
        answer[#answer + 1] = left
      elseif left >= 0 and (first == -1 or left < first) then
        first = left
      end
    end
  end
end
answer[1], answer[2] = looked, first
return answer
