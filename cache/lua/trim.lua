--[[
  Removes from a world's index names of what ended long ago (see index.lua). Loads do that too, but not in a world that is read no more.
  KEYS[1] index
  ARGV[1] how many at most
  Returns how many were removed.
  Atomic: a name that is noted anew after it was found to have ended must stay.
]]
return forgetEnded(ARGV[1])
