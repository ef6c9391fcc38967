--[[
  Replaces bookmarks of a world by those that a load after all of them was answered with, which name as much.
  KEYS[1]   the world's bookmarks
  ARGV[1]   how many take their place   ARGV[2…] these, then those that they replace
  Nothing is done where none of the latter is there any more: another process has replaced them. What came since stays.
  Atomic: between the removal and the addition a lease would be given without the newest bookmark.
]]
local count = tonumber(ARGV[1])
local newest
for i = count + 2, #ARGV do
  local at = redis.pcall('ZSCORE', KEYS[1], ARGV[i])
  if type(at) == 'string' then
    if not newest or tonumber(at) > tonumber(newest) then newest = at end
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
if not newest then return end
for i = 2, count + 1 do redis.call('ZADD', KEYS[1], newest, ARGV[i]) end
