--[[
  Stands before the scripts that raise a world's version (see scripts.ts); it is no script of its own.
  raise(key) raises the version at this key and returns it. One that is absent, or no number of ours, starts from the
  server's clock in microseconds, so that a lost key never repeats one.
]]
local function raise(key)
  local raised = redis.pcall('INCR', key)
  if type(raised) == 'number' and raised > 1 then return raised end
  local now = redis.call('TIME')
  redis.call('SET', key, string.format('%.0f', now[1] * 1000000 + now[2]))
  return redis.call('INCR', key)
end
