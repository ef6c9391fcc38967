--[[
  Looks how entries of a world stand, and changes nothing.
  KEYS[1]   the world's index   KEYS[2…] entry 1, its lease, entry 2, its lease, …
  Returns {now in µs since 1970, then for each entry {bytes of its text (0: none), ms left (-1 for ever, -2 none), whether its
  lease stands (1 or 0), its score in the index or ''}}.
  Atomic: an entry that ends between two questions would count as two things.
]]
local time = redis.call('TIME')
local answers = { string.format('%.0f', time[1] * 1000000 + time[2]) }
for i = 2, #KEYS, 2 do
  local bytes = redis.pcall('STRLEN', KEYS[i])
  local score = redis.pcall('ZSCORE', KEYS[1], string.sub(KEYS[i], #KEYS[1] - 4)) -- KEYS[1] is the prefix and 'index'
  answers[#answers + 1] = {
    type(bytes) == 'number' and bytes or 0,
    redis.call('PTTL', KEYS[i]),
    redis.call('EXISTS', KEYS[i + 1]),
    type(score) == 'string' and score or '',
  }
end
return answers
