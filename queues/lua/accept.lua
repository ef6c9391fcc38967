--[[
  Accepts events of one world: from now on they are pending.
  KEYS[1] events, hash: event id, JSON           KEYS[2] order, sorted set: event id, when accepted (µs, each its own)
  KEYS[3] places, sorted set: entity:at:event    KEYS[4] unseen, set: event ids that may be in no cache yet
  KEYS[5] dead, hash: event id, JSON             KEYS[6] worlds with pending events, set
  KEYS[7] worlds with dead events, set           KEYS[8] private, set: ids of pending events that no reader may see
  KEYS[9] hash: id of a private event, JSON list of the places that are not its own and where it is hidden
  ARGV[1] how many may be pending   ARGV[2] world id
  ARGV[3] the share of a server's memory that what is pending may fill it to, where it never evicts
  ARGV[4…] for each call: how many events, then for each event: id, JSON, 1 if it is private, how many
  places, its places
  Returns {pending before, pending after, for each call -1 (refused, it would be too many), -2 (refused, this server is
  too full) or {how many were new, then for each event that is pending already with another JSON: its index from 1,
  that JSON}, this server's replication id, how many replicas follow it}. An event that is pending already stays as it
  is; where the one that is given is private, it becomes private, and is hidden on the timelines of both. It is written
  again in any case: a WAIT behind this script waits for what its own connection has written.
  Atomic: a call is accepted whole or not at all, and no reader finds an event whose places are not there yet.
]]
local most, world = tonumber(ARGV[1]), ARGV[2]

local function infoOf(section)
  local answered, info = pcall(redis.call, 'INFO', section)
  return answered and type(info) == 'string' and info or '' -- a managed server may hide it
end

-- What is pending leaves room for the jobs that write it to the source, or it would stay for ever.
local function isFull()
  local info = infoOf('memory')
  local limit = tonumber(info:match('\nmaxmemory:(%d+)') or '0')
  if limit == 0 or info:match('\nmaxmemory_policy:(%a+)') ~= 'noeviction' then return false end
  return tonumber(info:match('used_memory:(%d+)')) > limit * tonumber(ARGV[3])
end
local full = isFull()
local before = redis.call('ZCARD', KEYS[2])
local count = before

local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
if last then at = math.max(at, last + 1) end

local function read(arg)
  local given, size = {}, tonumber(ARGV[arg])
  arg = arg + 1
  for i = 1, size do
    local event = {id = ARGV[arg], text = ARGV[arg + 1], private = ARGV[arg + 2] == '1', places = {}}
    local places = tonumber(ARGV[arg + 3])
    for p = 1, places do event.places[p] = ARGV[arg + 3 + p] end
    arg = arg + 4 + places
    given[i] = event
  end
  return given, arg
end

local calls, ids, arg = {}, {}, 4
while arg <= #ARGV do
  local given
  given, arg = read(arg)
  calls[#calls + 1] = given
  for _, event in ipairs(given) do ids[#ids + 1] = event.id end
end

-- Lua passes a few thousand arguments at most. One command for many takes a part of the time of one for each.
local atOnce = 1000
local pending = {} -- by id the JSON
for from = 1, #ids, atOnce do
  local last = math.min(from + atOnce - 1, #ids)
  local texts = redis.call('HMGET', KEYS[1], unpack(ids, from, last))
  for i = from, last do pending[ids[i]] = texts[i - from + 1] or nil end
end

local function list(command, key) return {command = command, key = key} end
local events, order, places = list('HSET', KEYS[1]), list('ZADD', KEYS[2]), list('ZADD', KEYS[3])
local unseen, private, dead = list('SADD', KEYS[4]), list('SADD', KEYS[8]), list('HDEL', KEYS[5])
-- The first is one that a server without memory refuses: then nothing is written.
local lists = {events, order, places, unseen, private}

local function push(items, one, other)
  items[#items + 1] = one
  if other then items[#items + 1] = other end
end

local function write(items)
  for from = 1, #items, atOnce do
    redis.call(items.command, items.key, unpack(items, from, math.min(from + atOnce - 1, #items)))
  end
  for i = #items, 1, -1 do items[i] = nil end
end

local function writeAll()
  for _, items in ipairs(lists) do write(items) end
end

local function put(id, text, isPrivate)
  pending[id] = text
  push(events, id, text)
  push(order, string.format('%.0f', at), id)
  at = at + 1
  push(unseen, id)
  if isPrivate then push(private, id) end
end

-- Accepted anew, or a flush that has read it as it was would forget it.
local function makePrivate(event)
  local text, public = pending[event.id], ',"private":false}'
  if text:sub(-#public) == public then text = text:sub(1, -#public - 1) .. '}' end
  put(event.id, text:sub(1, -2) .. ',"private":true}', true)
end

-- The source may have it on these timelines, where it would be shown until it is flushed.
local function hide(event)
  local noted = cjson.decode(redis.call('HGET', KEYS[9], event.id) or '[]')
  for _, place in ipairs(event.places) do
    if redis.call('ZADD', KEYS[3], 0, place) == 1 then noted[#noted + 1] = place end
  end
  if #noted > 0 then redis.call('HSET', KEYS[9], event.id, cjson.encode(noted)) end
end

local function add(event)
  put(event.id, event.text, event.private)
  for _, place in ipairs(event.places) do push(places, 0, place) end
  push(dead, event.id)
end

local function countNew(given)
  local seen, new = {}, 0
  for _, event in ipairs(given) do
    if not (pending[event.id] or seen[event.id]) then new = new + 1 end
    seen[event.id] = true
  end
  return new
end

local answers = {}
for _, given in ipairs(calls) do
  local fresh = countNew(given)
  local answer = -1
  if fresh > 0 and full then
    answer = -2
  elseif fresh == 0 or count + fresh <= most then
    answer = {fresh}
    for i, event in ipairs(given) do
      if not pending[event.id] then
        add(event)
      else
        push(events, event.id, pending[event.id])
        if event.private then
          writeAll()
          if redis.call('SISMEMBER', KEYS[8], event.id) == 0 then makePrivate(event) end
          hide(event)
        end
        if pending[event.id] ~= event.text then
          answer[#answer + 1] = i
          answer[#answer + 1] = pending[event.id]
        end
      end
    end
    count = count + fresh
  end
  answers[#answers + 1] = answer
end
writeAll()
if redis.call('EXISTS', KEYS[5]) == 1 then
  write(dead)
  if redis.call('EXISTS', KEYS[5]) == 0 then redis.call('SREM', KEYS[7], world) end
end
if count > 0 then redis.call('SADD', KEYS[6], world) end

-- One that still gets its first copy of the data cannot confirm anything.
local replication = infoOf('replication')
local _, replicas = replication:gsub('\nslave%d+:[^\n]*state=online', '')
return {before, count, answers, replication:match('\nmaster_replid:(%x+)') or '', replicas}
