--[[
  Takes the leases of entries that are about to be loaded.
  KEYS[1]   the world's index   KEYS[2…] entry 1, its lease, entry 2, its lease, …; where one key is left over, the world's
            bookmarks
  ARGV[1]   token   ARGV[2] life of a lease in ms
  ARGV[3]   'read'   a living entry is answered with its value
            'warm'   a living entry is reported with its length, its value does not travel
            'renew'  the lease is taken beside a living entry, unless that has ARGV[4] ms or more to live
            'seize'  the lease is taken from its holder, and the entry is gone: for a writer, before the commit
            'amend'  the lease is taken from its holder, beside a living entry, whose value is answered; where
                     there is none the lease ends, since what is being loaded lacks the amendment
  ARGV[4]   for 'renew': ms, or '' to renew in any case
  Returns, for each entry, {0, token of who holds the lease}, {1} leased, {1, value} leased to amend it,
            {2, value ('' but for read), bytes, ms left (-1 for ever; for renew alone)} alive, or {3} nothing to amend;
            and behind them, where the world has bookmarks, {4, bookmark, …}.
  Atomic: two callers must not both find the entry missing and the lease free; no lease may stand that the index lacks;
  and a lease that is given after a change comes with the bookmark of the change.
]]
-- What is there and no text is another program's: it is removed, and counts as missing.
local function ask(command, key)
  local answer = redis.pcall(command, key)
  if type(answer) ~= 'table' then return answer end
  redis.call('UNLINK', key)
  return false
end

-- Its length; false where there is nothing.
local function lengthOf(key)
  local length = ask('STRLEN', key)
  return length and length > 0 and length
end

local token, life, mode, least = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local answers = {}

local function lease(entry, key)
  redis.call('SET', key, token, 'PX', life)
  note(entry, life)
end

for i = 2, #KEYS - 1, 2 do
  local answer
  if mode == 'seize' then
    redis.call('UNLINK', KEYS[i])
    lease(KEYS[i], KEYS[i + 1])
    answer = {1}
  elseif mode == 'amend' then
    local value = ask('GET', KEYS[i])
    if value then
      lease(KEYS[i], KEYS[i + 1])
      answer = {1, value}
    else
      redis.call('UNLINK', KEYS[i + 1])
      answer = {3}
    end
  elseif mode == 'read' then
    local value = ask('GET', KEYS[i])
    if value then answer = {2, value, #value} end
  elseif mode == 'warm' then
    local length = lengthOf(KEYS[i])
    if length then answer = {2, '', length} end
  elseif mode == 'renew' and least then
    local left = redis.call('PTTL', KEYS[i])
    local length = (left == -1 or left >= least) and lengthOf(KEYS[i])
    if length then answer = {2, '', length, left} end
  end
  if not answer then
    local holder = ask('GET', KEYS[i + 1])
    if holder then
      answer = {0, holder}
    else
      lease(KEYS[i], KEYS[i + 1])
      answer = {1}
    end
  end
  answers[#answers + 1] = answer
end
saveNotes()

-- By now every server of the source has what is an hour old, or is no longer waited for.
if #KEYS % 2 == 0 and redis.call('EXISTS', KEYS[#KEYS]) == 1 then
  local hourAgo = redis.call('TIME')[1] - 3600
  redis.pcall('ZREMRANGEBYSCORE', KEYS[#KEYS], '-inf', string.format('%.0f', hourAgo * 1000000))
  local bookmarks = redis.pcall('ZRANGE', KEYS[#KEYS], 0, -1)
  if #bookmarks > 0 then answers[#answers + 1] = {4, unpack(bookmarks)} end
end
return answers
