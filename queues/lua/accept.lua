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
  local events, size, fresh, ids = {}, tonumber(ARGV[arg]), 0, {}
  arg = arg + 1
  for i = 1, size do
    local event = {id = ARGV[arg], text = ARGV[arg + 1], private = ARGV[arg + 2] == '1', places = {}}
    local places = tonumber(ARGV[arg + 3])
    for p = 1, places do event.places[p] = ARGV[arg + 3 + p] end
    arg = arg + 4 + places
    event.known = ids[event.id] or redis.call('HGET', KEYS[1], event.id)
    if not event.known then fresh = fresh + 1 end
    ids[event.id] = event.known or event.text
    events[i] = event
  end
  return events, fresh, arg
end

local function put(id, text, private)
  redis.call('HSET', KEYS[1], id, text)
  redis.call('ZADD', KEYS[2], string.format('%.0f', at), id)
  at = at + 1
  redis.call('SADD', KEYS[4], id)
  if private then redis.call('SADD', KEYS[8], id) end
end

-- Accepted anew, or a flush that has read it as it was would forget it.
local function makePrivate(event)
  local text, public = event.known, ',"private":false}'
  if text:sub(-#public) == public then text = text:sub(1, -#public - 1) .. '}' end
  event.known = text:sub(1, -2) .. ',"private":true}'
  put(event.id, event.known, true)
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
  for _, place in ipairs(event.places) do redis.call('ZADD', KEYS[3], 0, place) end
  if redis.call('HDEL', KEYS[5], event.id) == 1 and redis.call('EXISTS', KEYS[5]) == 0 then
    redis.call('SREM', KEYS[7], world)
  end
end

local answers = {}
local arg = 4
while arg <= #ARGV do
  local events, fresh
  events, fresh, arg = read(arg)
  local answer = -1
  if fresh > 0 and full then
    answer = -2
  elseif fresh == 0 or count + fresh <= most then
    answer = {fresh}
    for i, event in ipairs(events) do
      if not event.known then
        add(event)
      else
        event.known = redis.call('HGET', KEYS[1], event.id) -- one before it in the call may have changed it
        redis.call('HSET', KEYS[1], event.id, event.known)
        if event.private then
          if redis.call('SISMEMBER', KEYS[8], event.id) == 0 then makePrivate(event) end
          hide(event)
        end
      end
      if event.known and event.known ~= event.text then
        answer[#answer + 1] = i
        answer[#answer + 1] = event.known
      end
    end
    count = count + fresh
  end
  answers[#answers + 1] = answer
end
if count > 0 then redis.call('SADD', KEYS[6], world) end

-- One that still gets its first copy of the data cannot confirm anything.
local replication = infoOf('replication')
local _, replicas = replication:gsub('\nslave%d+:[^\n]*state=online', '')
return {before, count, answers, replication:match('\nmaster_replid:(%x+)') or '', replicas}
