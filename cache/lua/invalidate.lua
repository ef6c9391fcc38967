--[[
  Makes entries stale: the next reader loads anew, and no load begun before now can be stored.
  KEYS[1]   the world's version   KEYS[2] its bookmarks
  KEYS[3…]  all entries, then, in the same order, all their leases
  ARGV[1]   a version: where the world has come that far, nothing is made stale; '' to invalidate in any case
  ARGV[2…]  bookmarks of the source, which every load from now on waits for
  Returns {version after, how many of the entries existed, or -1 where nothing was done}.
  Atomic: an entry gone while its lease stands could be filled again with what was read before the change, and so could
  one whose next lease is given without the bookmark of the change.
  Raises the version as raise.lua does, and keeps bookmarks as keep-bookmarks.lua does.
]]
keep(KEYS[2], ARGV, 2)
local reached = tonumber(redis.pcall('GET', KEYS[1]))
if ARGV[1] ~= '' and reached and reached >= tonumber(ARGV[1]) then return {reached, -1} end

local function unlink(first, last)
  local gone = 0
  for from = first, last, 1000 do -- Lua passes a few thousand arguments at most
    gone = gone + redis.call('UNLINK', unpack(KEYS, from, math.min(from + 999, last)))
  end
  return gone
end

local entries = (#KEYS - 2) / 2
local existed = unlink(3, entries + 2)
unlink(entries + 3, #KEYS)
return {raise(KEYS[1]), existed}
