--[[
  Stands behind cache/lua/index.lua. Stores entries of one value, and notes them in their world's index.
  KEYS[1]  the world's index   KEYS[2…] entries
  ARGV[1]  value   ARGV[2] life in ms
  Returns nothing.
  Atomic: the index never lacks what is there.
]]
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  note(KEYS[i], ARGV[2])
end
saveNotes()
