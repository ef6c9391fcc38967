--[[
  Puts events at the front of cached timelines to which they belong there, as most do: an amendment without a lease.
  KEYS      entry 1, its lease, entry 2, its lease, …, and last the world's version, which is raised
  ARGV[1]   how many events a timeline holds at most
  ARGV[2…]  for each entry: the timestamp of the oldest of its events, how many they are (at most ARGV[1]), their JSON
            (newest first, separated as in the entry), how many ids, the ids: of the events, newest first, and then of
            events that must not be there
  Returns, for each entry, 1 done (it has them, or there is none), or 0: nothing was done, it takes a lease.
  A remembered absence (null) is removed: the next read looks whether the source has the entity by now.
  Atomic: a load that began before must not be stored after, and no other event may come between the look and the store.

  Lua takes some ns for each byte of a text, so the text of an entry stays where it is, in an entry with room: what JSON
  allows around a value are blanks, and two blanks are a hexadecimal digit.
    head    the numbers where the text begins and ends (offsets), how many events it has, and how many tags
    tags    of each event in the text one, the oldest first, and of some that have left it: the beginning of its id's digest
    room    new tags go to its beginning, new events to its end
    text    [event,<newline>event], at most ARGV[1] of them; a newline stands nowhere else in it (see values.ts)
    blanks  where the oldest have been
]]
local signs, blanksOfDigit, digitOfBlanks = {' ', '\t', '\n', '\r'}, {}, {}
for i = 0, 15 do
  local digit, blanks = string.format('%x', i), signs[math.floor(i / 4) + 1] .. signs[i % 4 + 1]
  blanksOfDigit[digit], digitOfBlanks[blanks] = blanks, digit
end
local headSize, tagSize = 2 * 4 * 7, 2 * 6

local shape = '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.?%d*Z?$'
local upToMicroseconds = #'YYYY-MM-DDThh:mm:ss.ffffff'

-- Texts of one shape and length compare as the times that they tell; as everywhere, microseconds decide.
local function isLater(a, b)
  if #a ~= #b or (a:sub(-1) == 'Z') ~= (b:sub(-1) == 'Z') then return false end
  if not (a:find(shape) and b:find(shape)) then return false end
  return a:sub(1, upToMicroseconds) > b:sub(1, upToMicroseconds)
end

local function tagOf(id) return (redis.sha1hex(id):sub(1, tagSize / 2):gsub('.', blanksOfDigit)) end

local spaces = ' '
local function blank(size)
  while #spaces < size do spaces = spaces .. spaces end
  return spaces:sub(1, size)
end

-- From one offset up to another, which is not included.
local function read(entry, from, to)
  if to <= from then return '' end
  return redis.call('GETRANGE', entry.key, from, to - 1)
end
local function write(entry, at, text) redis.call('SETRANGE', entry.key, at, text) end

local function decoded(text)
  local parsed, event = pcall(cjson.decode, text)
  return parsed and type(event) == 'table' and event or {}
end

-- An entry as it was filled: text alone.
local function plain(key)
  local text = redis.call('GET', key)
  if text == '[]' then return {key = key, from = 0, to = 2, count = 0, tags = ''} end
  if text:sub(1, 2) ~= '[{' or text:sub(-2) ~= '}]' then return nil end
  local ids, from = {}, 2
  while from do
    local newline = text:find('\n', from, true)
    local id = text:match('^{"event_id":"([^"\\]+)"', from)
      or decoded(text:sub(from, newline and newline - 2 or -2)).event_id
    if type(id) ~= 'string' then return nil end
    ids[#ids + 1] = id
    from = newline and newline + 1
  end
  local tags = {}
  for i = #ids, 1, -1 do tags[#tags + 1] = tagOf(ids[i]) end
  return {key = key, from = 0, to = #text, count = #ids, tags = table.concat(tags)}
end

local function known(key, head)
  if #head < headSize or head:sub(1, 1) == '[' then return plain(key) end
  local from, to, count, tags = head:gsub('..', digitOfBlanks):match('^(%x......)(%x......)(%x......)(%x......)$')
  if not from then return nil end -- another program's
  local entry = {key = key, from = tonumber(from, 16), to = tonumber(to, 16), count = tonumber(count, 16)}
  entry.tags = read(entry, headSize, headSize + tonumber(tags, 16) * tagSize)
  return entry
end

-- The timestamp of its newest event; nil where that has none.
local function newest(entry)
  local size = 512
  while true do
    local stop = math.min(entry.from + 1 + size, entry.to - 1)
    local text = read(entry, entry.from + 1, stop)
    local newline = text:find('\n', 1, true)
    if newline or stop == entry.to - 1 then
      local event = newline and text:sub(1, newline - 2) or text
      local _, at = event:find('"timestamp":"', 1, true)
      if at and not event:find('"timestamp":"', at, true) then return event:match('^[^"\\]*', at + 1) end
      local timestamp = decoded(event).timestamp
      return type(timestamp) == 'string' and timestamp or nil
    end
    size = size * 4
  end
end

-- Takes the oldest events away. False where there are not as many.
local function cut(entry, count)
  if count >= entry.count then
    write(entry, entry.from, blank(entry.to - entry.from - 2) .. '[]')
    entry.from, entry.count = entry.to - 2, 0
    return true
  end
  local size = math.ceil((entry.to - entry.from) / entry.count) * count * 2
  while true do
    local start = math.max(entry.from, entry.to - size)
    local text, newlines, at = read(entry, start, entry.to), {}, 0
    repeat
      at = text:find('\n', at + 1, true)
      newlines[#newlines + 1] = at
    until not at
    if #newlines >= count then
      local comma = start + newlines[#newlines - count + 1] - 2
      write(entry, comma, ']' .. blank(entry.to - comma - 1))
      entry.to, entry.count = comma + 1, entry.count - count
      return true
    end
    if start == entry.from then return false end
    size = size * 4
  end
end

-- Moves the text to where `size` bytes fit before it, and as much again as pays for the move.
local function makeRoom(entry, size)
  local text = read(entry, entry.from, entry.to)
  entry.tags = entry.tags:sub(#entry.tags - entry.count * tagSize + 1)
  local least = headSize + #entry.tags + size
  local from = redis.call('STRLEN', entry.key) - #text
  if from >= least + #text / 8 and from > entry.from then
    write(entry, from, text)
    write(entry, entry.from, blank(from - entry.from))
  else -- of its exact length: what SETRANGE makes longer gets twice the memory
    from = least + math.ceil(#text / 3)
    redis.call('SET', entry.key, blank(from) .. text, 'KEEPTTL')
  end
  write(entry, headSize, entry.tags)
  entry.from, entry.to = from, from + #text
end

-- Whether the events are in the entry now, at its front.
local function prepend(key, head, given, most)
  local entry = known(key, head)
  if not entry then return false end
  local tags = {}
  for i, id in ipairs(given.ids) do
    local tag = tagOf(id)
    if entry.tags:find(tag, 1, true) then return false end
    if i <= given.count then table.insert(tags, 1, tag) end
  end
  if given.count == 0 then return true end
  if entry.count > 0 then
    local timestamp = newest(entry)
    if not timestamp or not isLater(given.oldest, timestamp) then return false end
  end
  local beyond = entry.count + given.count - most
  if beyond > 0 and not cut(entry, beyond) then return false end

  local isFirst, added = entry.count == 0, table.concat(tags)
  local text = '[' .. given.events .. (isFirst and ']' or ',\n')
  local function stop() return isFirst and entry.to or entry.from + 1 end
  local size = #text + #added
  if stop() - headSize - #entry.tags < size then makeRoom(entry, size) end
  entry.from = stop() - #text
  write(entry, entry.from, text)
  write(entry, headSize + #entry.tags, added)
  local numbers = {entry.from, entry.to, entry.count + given.count, (#entry.tags + #added) / tagSize}
  write(entry, 0, (string.format('%07x%07x%07x%07x', unpack(numbers)):gsub('.', blanksOfDigit)))
  return true
end

local most, arg, answers = tonumber(ARGV[1]), 2, {}
for i = 1, #KEYS - 1, 2 do
  local given = {oldest = ARGV[arg], count = tonumber(ARGV[arg + 1]), events = ARGV[arg + 2], ids = {}}
  for m = 1, tonumber(ARGV[arg + 3]) do given.ids[m] = ARGV[arg + 3 + m] end
  arg = arg + 4 + #given.ids
  local head = redis.pcall('GETRANGE', KEYS[i], 0, headSize - 1)
  local done = true
  if head == 'null' or type(head) == 'table' then -- remembered as missing, which it may no longer be; or no text
    redis.call('UNLINK', KEYS[i])
  elseif head ~= '' then
    done = prepend(KEYS[i], head, given, most)
  end
  if done then redis.call('UNLINK', KEYS[i + 1]) end
  answers[#answers + 1] = done and 1 or 0
end
raise(KEYS[#KEYS])
return answers
