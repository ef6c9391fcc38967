--[[
  Puts events at the front of cached timelines to which they belong there, as most do: an amendment without a lease.
  KEYS      entry 1, its lease, entry 2, its lease, …, and last the world's version, which is raised
  ARGV[1]   how many events a timeline holds at most
  ARGV[2…]  for each entry: the timestamp of the oldest of its events, how many they are (at most ARGV[1]), their JSON
            (newest first, separated as in the entry), how many marks, the marks: text that is in the entry where one of
            the events is there already, or one that must not be there
  Returns, for each entry, 1 done (it has them, or there is none), or 0: nothing was done, it takes a lease.
  A remembered absence (null) is removed: the next read looks whether the source has the entity by now.
  Atomic: a load that began before must not be stored after, and no other event may come between the look and the store.
  Of an entry only the first event is parsed; a newline stands between its events and nowhere else (see values.ts).
]]
local shape = '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.?%d*Z?$'
local upToMicroseconds = #'YYYY-MM-DDThh:mm:ss.ffffff'

-- Texts of one shape and length compare as the times that they tell; as everywhere, microseconds decide.
local function isLater(a, b)
  if #a ~= #b or (a:sub(-1) == 'Z') ~= (b:sub(-1) == 'Z') then return false end
  if not (a:find(shape) and b:find(shape)) then return false end
  return a:sub(1, upToMicroseconds) > b:sub(1, upToMicroseconds)
end

-- Where the first `count` events of a timeline end, if it has more.
local function endOf(rest, count)
  local from = 1
  for _ = 1, count do
    local at = rest:find('\n', from, true)
    if not at then return nil end
    from = at + 1
  end
  return math.max(0, from - 3) -- before the comma and the newline
end

-- The timeline with the events before `rest`, which is all of it after its bracket. Long texts cost much in Lua.
local function amended(rest, oldest, count, events, marks, most)
  if count > 0 and rest == ']' then return '[' .. events .. ']' end
  if rest ~= ']' and rest:sub(1, 1) ~= '{' then return nil end
  for _, mark in ipairs(marks) do
    if rest:find(mark, 1, true) then return nil end
  end
  if count == 0 then return '[' .. rest end
  local at = rest:find('\n', 1, true)
  local parsed, first = pcall(cjson.decode, rest:sub(1, at and at - 2 or -2))
  if not parsed or type(first.timestamp) ~= 'string' or not isLater(oldest, first.timestamp) then return nil end
  if count >= most then return '[' .. events .. ']' end
  local last = endOf(rest, most - count)
  if last then return '[' .. events .. ',\n' .. rest:sub(1, last) .. ']' end
  return '[' .. events .. ',\n' .. rest
end

local most, arg, answers = tonumber(ARGV[1]), 2, {}
for i = 1, #KEYS - 1, 2 do
  local oldest, count, events, marks = ARGV[arg], tonumber(ARGV[arg + 1]), ARGV[arg + 2], {}
  for m = 1, tonumber(ARGV[arg + 3]) do marks[m] = ARGV[arg + 3 + m] end
  arg = arg + 4 + #marks
  local rest = redis.pcall('GETRANGE', KEYS[i], 1, -1)
  local done = 1
  if rest == 'ull' or type(rest) == 'table' then -- remembered as missing, which it may no longer be; or no text
    redis.call('UNLINK', KEYS[i])
  elseif rest ~= '' then
    local value = amended(rest, oldest, count, events, marks, most)
    if value then
      redis.call('SET', KEYS[i], value, 'KEEPTTL')
    else
      done = 0
    end
  end
  if done == 1 then redis.call('UNLINK', KEYS[i + 1]) end
  answers[#answers + 1] = done
end
raise(KEYS[#KEYS])
return answers
