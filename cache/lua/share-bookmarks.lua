--[[
  Keeps bookmarks of commits after which nothing has to be invalidated.
  KEYS[1] the world's bookmarks   ARGV the bookmarks
  Atomic: between the additions and the limit another process must not find too many.
]]
keep(KEYS[1], ARGV, 1)
