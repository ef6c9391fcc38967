--[[
  Makes entries stale: the next reader loads anew, and no load begun before now can be stored.
  KEYS[1]   the world's version   KEYS[2] its bookmarks   KEYS[3] its index
  KEYS[4…]  all entries, then, in the same order, all their leases
  ARGV[1]   a version: where the world has come that far, nothing is made stale; '' to invalidate in any case
  ARGV[2]   now, by the caller's clock, in µs since 1970, and half a one
  ARGV[3…]  bookmarks of the source, which every load from now on waits for
  Returns {version after, how many of the entries existed, or -1 where nothing was done}.
  Atomic: an entry gone while its lease stands could be filled again with what was read before the change, and so could
  one whose next lease is given without the bookmark of the change.
  Raises the version as raise.lua does, and keeps bookmarks as keep-bookmarks.lua does.
  In the index it marks the names of what was there with ARGV[2]: that it is not whole tells it from the times of index.lua.
]]
keep(KEYS[2], ARGV, 3)
if ARGV[1] ~= '' then
  local reached = tonumber(redis.pcall('GET', KEYS[1]))
  if reached and reached >= tonumber(ARGV[1]) then return {reached, -1} end
end

local most = 1000 -- Lua passes a few thousand arguments at most
local function unlink(first, last)
  local gone = 0
  for from = first, last, most do
    gone = gone + redis.call('UNLINK', unpack(KEYS, from, math.min(from + most - 1, last)))
  end
  return gone
end

-- By this pages tell what was made stale from what was evicted. No name is added, so that nothing is to be trimmed.
local function mark(first, last)
  for from = first, last, most do
    local marks = {}
    for i = from, math.min(from + most - 1, last) do
      marks[#marks + 1] = ARGV[2]
      marks[#marks + 1] = string.sub(KEYS[i], #KEYS[3] - 4) -- KEYS[3] is the prefix and 'index'
    end
    redis.pcall('ZADD', KEYS[3], 'XX', unpack(marks))
  end
end

local entries = (#KEYS - 3) / 2
local existed = unlink(4, entries + 3)
unlink(entries + 4, #KEYS)
if existed > 0 then mark(4, entries + 3) end
return {raise(KEYS[1]), existed}
