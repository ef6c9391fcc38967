--[[
  Puts off the end of entries whose renewal failed because the source is away, and gives their leases back.
  KEYS[1]   the world's index   KEYS[2…] entry 1, its lease, entry 2, its lease, …
  ARGV[1]   token
  ARGV[2…]  life of entry 1 in ms, counted from now, life of entry 2, …
  Returns, for each entry, 1 extended, 0 not: the lease is another's or gone (a change came first, and is not undone),
  there is no entry, it lives as long anyway, or it is a remembered absence, whose number is limited by its life.
  Atomic: between the check of the lease and the new life a change and a fill could come in. The newer entry has its own
  life, and the lease of the next load must stay.
]]
local token = ARGV[1]
local answers = {}
for i = 2, #KEYS, 2 do
  local extended = 0
  if redis.pcall('GET', KEYS[i + 1]) == token then
    redis.call('DEL', KEYS[i + 1])
    local life, left = tonumber(ARGV[i / 2 + 1]), redis.call('PTTL', KEYS[i])
    local ends = left >= 0 and left < life -- -1: for ever, -2: there is none
    if ends and redis.pcall('GETRANGE', KEYS[i], 0, 3) ~= 'null' then
      extended = redis.call('PEXPIRE', KEYS[i], life)
      note(KEYS[i], life)
    end
  end
  answers[#answers + 1] = extended
end
saveNotes()
return answers
