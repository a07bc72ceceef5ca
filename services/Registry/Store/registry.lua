-- One call of the member store: one atomic step. docs/registry.md describes the keys.
-- KEYS: 1 members (hash: id -> member as JSON), 2 leases (sorted set: id by expiry), 3 changes (stream)
-- ARGV: 1 operation, 2 now, 3 longest history, 4 most members, then the operation's operands. All times are microseconds since 1970.
local members, leases, changes = KEYS[1], KEYS[2], KEYS[3]
local operation, now = ARGV[1], tonumber(ARGV[2])
local history, capacity = ARGV[3], tonumber(ARGV[4])

-- Lua's own conversion would round numbers of this length.
local function digits(number)
  return string.format('%.0f', number)
end

local newest = redis.call('XREVRANGE', changes, '+', '-', 'COUNT', 1)[1]
local revision = newest and tonumber(string.match(newest[1], '^%d+')) or 0

local function append(kind, member)
  revision = math.max(revision + 1, now)
  redis.call('XADD', changes, 'MAXLEN', history, digits(revision) .. '-0', 'kind', kind, 'member', member)
end

local function remove(kind, id)
  local member = redis.call('HGET', members, id)
  redis.call('ZREM', leases, id)
  if not member then
    return 0
  end
  redis.call('HDEL', members, id)
  append(kind, member)
  return 1
end

local operations = {}

function operations.register(id, member, expires)
  local before = redis.call('HGET', members, id)
  if not before and redis.call('HLEN', members) >= capacity then
    return 0
  end
  redis.call('HSET', members, id, member)
  redis.call('ZADD', leases, expires, id)
  if not before then
    append('Registered', member)
  elseif before ~= member then
    append('Updated', member)
  end
  return 1
end

function operations.renew(id, expires)
  if redis.call('HEXISTS', members, id) == 0 then
    return 0
  end
  redis.call('ZADD', leases, expires, id)
  return 1
end

function operations.deregister(id)
  return remove('Deregistered', id)
end

function operations.list()
  return { digits(revision), redis.call('HVALS', members) }
end

function operations.changes(after)
  local found = redis.call('XRANGE', changes, after .. '-0', after .. '-0')[1]
  local flat = {}
  if found then
    for _, entry in ipairs(redis.call('XRANGE', changes, after .. '-1', '+')) do
      flat[#flat + 1] = string.match(entry[1], '^%d+')
      flat[#flat + 1] = entry[2][2]
      flat[#flat + 1] = entry[2][4]
    end
  end
  return { found and 1 or 0, digits(revision), redis.call('HLEN', members), flat }
end

-- A new history begins with an entry that stands for "nothing yet", so that there is a position to watch from.
if not newest then
  append('Began', '')
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', ARGV[2])) do
  remove('Expired', id)
end
return operations[operation](unpack(ARGV, 5))
