--[[
  Looks at entries and their leases, and changes nothing.
  KEYS[1] the world's version   KEYS[2…] entry 1, its lease, entry 2, its lease, …
  Returns {now in ms, version or '', then for each entry {value or '', kind of value ('none', 'string', any other that
  Redis has), ms left of the entry (-1 for ever, -2 none), ms left of its lease (the same)}}.
  Atomic: a value and what is left of a life must belong to one entry, not to it and the one that came after it.
]]
local time = redis.call('TIME')
local answers = { time[1] * 1000 + math.floor(time[2] / 1000), redis.call('GET', KEYS[1]) or '' }
for i = 2, #KEYS, 2 do
  local kind = redis.call('TYPE', KEYS[i]).ok
  local value = kind == 'string' and redis.call('GET', KEYS[i]) or ''
  answers[#answers + 1] = { value, kind, redis.call('PTTL', KEYS[i]), redis.call('PTTL', KEYS[i + 1]) }
end
return answers
