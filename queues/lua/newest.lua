--[[
  Reads the newest pending events that stand on timelines.
  KEYS[1] events   KEYS[2] places   KEYS[3] private (see accept.lua)   KEYS[4] settlements (see settle.lua)
  KEYS[5] a key that is never there
  ARGV[1] how many of each timeline at most   ARGV[2…] the timelines' entities, as they stand in places
  Returns {settlements so far, or nil where there was none in the last minute, then for each timeline a list of JSON, newest
  first, and of each private event, which counts for nothing, only that it is private, however old it is}; no lists where
  nothing at all is pending.
  Refuses with READONLY on a replica, which may lack an event that was accepted by its primary.
  Atomic: an event that is forgotten between the two looks would be missed, though the source was not read yet.
]]
local written = redis.pcall('UNLINK', KEYS[5])
if type(written) == 'table' and string.find(written.err, 'READONLY', 1, true) then return written end
local answers = {redis.call('GET', KEYS[4])}
if redis.call('EXISTS', KEYS[2]) == 0 then return answers end
local most = tonumber(ARGV[1])
local anyPrivate = redis.call('EXISTS', KEYS[3]) == 1

local function newest(entity)
  local texts, shown, from, page = {}, 0, 0, anyPrivate and most + 1000 or most
  repeat
    -- ';' comes right after ':'. Of a place, the 20 digits of its time and a colon come before the event's id.
    local found = redis.call('ZREVRANGEBYLEX', KEYS[2], '(' .. entity .. ';', '[' .. entity .. ':', 'LIMIT', from, page)
    for _, place in ipairs(found) do
      local id = string.sub(place, #entity + 23)
      if anyPrivate and redis.call('SISMEMBER', KEYS[3], id) == 1 then
        texts[#texts + 1] = cjson.encode({event_id = id, private = true})
      elseif shown < most then
        local text = redis.call('HGET', KEYS[1], id)
        if text then texts[#texts + 1] = text end
        shown = shown + 1
      end
    end
    from = from + page
  until not anyPrivate or #found < page
  return texts
end

for i = 2, #ARGV do answers[i] = newest(ARGV[i]) end
return answers
