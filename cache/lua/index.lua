--[[
  Stands before the scripts that give a world's keys a life (see scripts.ts); it is no script of its own.
  A world's index is a sorted set of its entries' names: what follows the prefix of the world's keys. The score is a time
  after which neither the entry nor its lease can be there, in µs since 1970. Whatever sets an entry or a lease notes it
  in the same script, so the index may name what is gone, and never lacks what is there.
  A score that is not whole is a mark of invalidate.lua: when the entry was made stale. The next note replaces it.
]]
local notes, at = {}, nil

-- Two calls rarely have a score in common, so those who walk the index by score go on behind a name, not behind many.
local function now()
  if not at then
    local time = redis.call('TIME')
    at = time[1] * 1000000 + time[2]
  end
  return at
end

-- The entry at this key, or its lease, has got `life` ms, or lives for 'ever'.
local function note(entry, life)
  local lasts = life == 'ever' and 4e15 or (life + 1000) * 1000 -- a second more than Redis gives it
  notes[#notes + 1] = now() + lasts + #notes / 2
  notes[#notes + 1] = string.sub(entry, #KEYS[1] - 4) -- KEYS[1] is the prefix and 'index'
end

-- For so long a page can tell why an entry is gone. Microseconds.
local remembered = 600 * 1000000

-- Removes names of what ended that long ago, at most this many. Answers how many.
local function forgetEnded(most)
  local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now() - remembered, 'LIMIT', 0, most)
  return #ended > 0 and redis.call('ZREM', KEYS[1], unpack(ended)) or 0
end

-- Stores the notes. A name that was to last longer does, since its entry may. What ended long ago makes room.
local function saveNotes()
  if #notes == 0 then return end
  local saved = redis.pcall('ZADD', KEYS[1], 'GT', unpack(notes))
  if type(saved) == 'table' and string.find(saved.err, 'WRONGTYPE', 1, true) then -- another program's
    redis.call('UNLINK', KEYS[1])
    redis.call('ZADD', KEYS[1], 'GT', unpack(notes))
  end
  forgetEnded(#notes)
end
