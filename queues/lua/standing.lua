--[[
  Reads the newest pending events that stand on timelines.
  KEYS[1] events   KEYS[2] places (see accept.lua)   KEYS[3] a key that is never there
  ARGV[1] how many of each timeline at most   ARGV[2…] the timelines' entities, as they stand in places
  Returns for each timeline a list of JSON, newest first; an empty list where nothing at all is pending.
  Refuses with READONLY on a replica, which may lack an event that was accepted by its primary.
  Atomic: an event that is forgotten between the two looks would be missed, though the truth was not read yet.
]]
local written = redis.pcall('UNLINK', KEYS[3])
if type(written) == 'table' and string.find(written.err, 'READONLY', 1, true) then return written end
if redis.call('EXISTS', KEYS[2]) == 0 then return {} end
local answers = {}
for i = 2, #ARGV do
  local texts = {}
  -- ';' comes right after ':'. Of a place, the 20 digits of its time and a colon come before the event's id.
  local found = redis.call('ZREVRANGEBYLEX', KEYS[2], '(' .. ARGV[i] .. ';', '[' .. ARGV[i] .. ':', 'LIMIT', 0, ARGV[1])
  for _, place in ipairs(found) do
    local text = redis.call('HGET', KEYS[1], string.sub(place, #ARGV[i] + 23))
    if text then texts[#texts + 1] = text end
  end
  answers[#answers + 1] = texts
end
return answers
