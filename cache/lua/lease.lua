--[[
  Takes the leases of entries that are about to be loaded.
  KEYS      entry 1, its lease, entry 2, its lease, …
  ARGV[1]   token   ARGV[2] life of a lease in ms
  ARGV[3]   'read'   a living entry is answered with its value
            'warm'   a living entry is reported, its value does not travel
            'renew'  the lease is taken beside a living entry
            'seize'  the lease is taken from whoever holds it, and the entry is gone: for a writer, before he commits
  Returns, for each entry, {0, token of who holds the lease}, {1} leased, or {2, value ('' for warm)} alive.
  Atomic: two callers must not both find the entry missing and the lease free.
]]
local token, life, mode = ARGV[1], ARGV[2], ARGV[3]
local answers = {}
for i = 1, #KEYS, 2 do
  local answer
  if mode == 'seize' then
    redis.call('UNLINK', KEYS[i])
    redis.call('SET', KEYS[i + 1], token, 'PX', life)
    answer = {1}
  elseif mode == 'read' then
    local value = redis.call('GET', KEYS[i])
    if value then answer = {2, value} end
  elseif mode == 'warm' and redis.call('EXISTS', KEYS[i]) == 1 then
    answer = {2, ''}
  end
  if not answer then
    if redis.call('SET', KEYS[i + 1], token, 'NX', 'PX', life) then
      answer = {1}
    else
      answer = {0, redis.call('GET', KEYS[i + 1])}
    end
  end
  answers[#answers + 1] = answer
end
return answers
