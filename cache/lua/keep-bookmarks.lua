--[[
  Stands before the scripts that keep the bookmarks of a world's commits (see scripts.ts); it is no script of its own.
  keep(key, bookmarks, first) adds those from the place `first` on. The key is a sorted set: bookmark, when it came (Redis'
  clock, microseconds), of which the 200 that came last stay. It has no life of its own, or it could be evicted before
  the entries that are loaded after it; lease.lua drops what is old.
]]
local function keep(key, bookmarks, first)
  if #bookmarks < first then return end
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  if redis.call('TYPE', key).ok ~= 'zset' then redis.call('UNLINK', key) end -- nothing, or another program's
  for i = first, #bookmarks do
    redis.call('ZADD', key, string.format('%.0f', now + i), bookmarks[i])
  end
  redis.call('ZREMRANGEBYRANK', key, 0, -201)
end
