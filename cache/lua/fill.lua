--[[
  Stores loaded values, each unless its entry changed while it was being loaded.
  KEYS[1]   the world's index
  KEYS[2…]  entry 1, its lease, entry 2, its lease, …; where one key is left over, the world's version, to be raised
  ARGV[1]   token
  ARGV[2…]  value 1 (JSON), its life in ms, value 2, its life, …
            a life is at least 1, or 'ever'; 'rest' stores it for what is left of the life of the entry, and nothing
            where that has ended; 'gone' removes the entry; 'none' only gives the lease back and stores nothing
  Returns, for each entry, 1 stored (or given back), 0 superseded (nothing written).
  Atomic: between the check and the store an invalidation could slip in, and between the stores and the version a
  reader who compares versions.
  What is there and no text is another program's: no lease stands then, and an entry is stored in its place.
]]
local token = ARGV[1]
local answers = {}
for i = 2, #KEYS - 1, 2 do
  if redis.pcall('GET', KEYS[i + 1]) ~= token then
    answers[#answers + 1] = 0
  else
    redis.call('DEL', KEYS[i + 1])
    local life = ARGV[i + 1]
    if life == 'ever' then
      redis.call('SET', KEYS[i], ARGV[i])
      note(KEYS[i], life)
    elseif life == 'rest' then
      redis.call('SET', KEYS[i], ARGV[i], 'XX', 'KEEPTTL')
    elseif life == 'gone' then
      redis.call('UNLINK', KEYS[i])
    elseif life ~= 'none' then
      redis.call('SET', KEYS[i], ARGV[i], 'PX', life)
      note(KEYS[i], life)
    end
    answers[#answers + 1] = 1
  end
end
saveNotes()
if #KEYS % 2 == 0 then raise(KEYS[#KEYS]) end
return answers
