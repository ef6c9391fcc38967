--[[
  Makes entries stale: the next reader loads anew, and no load begun before now can be stored.
  KEYS[1]   the world's version   KEYS[2] its index
  KEYS[3…]  all entries, then, in the same order, all their leases; where one key is left over, the world's bookmarks
  ARGV[1]   a version: where the world has come that far, nothing is made stale; '' to invalidate in any case
  ARGV[2]   now, by the caller's clock, in µs since 1970, and half a one
  ARGV[3…]  bookmarks of the source, which every load from now on waits for; none without their key
  Returns {version after, how many of the entries existed, or -1 where nothing was done}.
  Atomic: an entry gone while its lease stands could be filled again with what was read before the change, and so could
  one whose next lease is given without the bookmark of the change.
  Raises the version as raise.lua does, and keeps bookmarks as keep-bookmarks.lua does.
  In the index it marks the names of what was there with ARGV[2]: that it is not whole tells it from the times of index.lua.
]]
if #ARGV > 2 then keep(KEYS[#KEYS], ARGV, 3) end
if ARGV[1] ~= '' then
  local reached = tonumber(redis.pcall('GET', KEYS[1]))
  if reached and reached >= tonumber(ARGV[1]) then return {reached, -1} end
end

local entries = math.floor((#KEYS - 2) / 2)
local most = 1000 -- Lua passes a few thousand arguments at most
local existed = 0
for first = 3, entries + 2, most do
  local last = math.min(first + most - 1, entries + 2)
  local gone = redis.call('UNLINK', unpack(KEYS, first, last))
  redis.call('UNLINK', unpack(KEYS, first + entries, last + entries))
  -- By this pages tell what was made stale from what was evicted. No name is added, so that nothing is to be trimmed.
  if gone > 0 then
    local marks = {}
    for i = first, last do
      marks[#marks + 1] = ARGV[2]
      marks[#marks + 1] = string.sub(KEYS[i], #KEYS[2] - 4) -- KEYS[2] is the prefix and 'index'
    end
    redis.pcall('ZADD', KEYS[2], 'XX', unpack(marks))
    existed = existed + gone
  end
end
return {raise(KEYS[1]), existed}
