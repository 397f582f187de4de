-- Stands before every script of the queue. All keys have one hash tag and are declared:
--   1 epoch    string  the life of this queue; missing once Redis was emptied
--   2 seekers  hash    user -> since, arrival, class, type, interests, shared, and the seeker's own fields; the class
--                      is a number: twice the crowd, and 1 more for premium
--   3 avoids   hash    user -> ",1,2,3," whom they are not to meet now; absent if nobody
--   4 order    zset    one member per queue that a seeker stands in, all scores 0, so in order of bytes:
--                      class 1 (the byte of `row_of`), kind 2, type 8, since 16, arrival 16, user
--   5 expiry   zset    user, by when they leave unless the wish is stated again (ms of this server's clock)
--   6 state    hash    arrivals: the last arrival number; streak, streak:3: premium picked in a row, by crowd
--   7 times    zset    the same as order, by time: class 1, kind 2, since 16, arrival 16, type 8, user
--   8 answer   string  the last request of this user and what it was answered
-- ARGV: 1 epoch, 2 life of the asking node, 3 number of the request, 4 how long its answer is kept (ms).
-- Strings are never compared with <: it follows the server's locale.
local EPOCH, SEEKERS, AVOIDS, ORDER, EXPIRY, STATE, TIMES, ANSWER =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local TOPICS = 12
-- Sorts behind every digit.
local LAST = '~'

local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function lost()
    local epoch = redis.call('GET', EPOCH)
    if epoch ~= ARGV[1] then
        return { 'reset' }
    end
end

-- What the request was answered if it is repeated; false for the first time.
local function repeated(key)
    local stored = redis.call('GET', key)
    if not stored then
        return false
    end
    local life, number, answer = unpack(cmsgpack.unpack(stored))
    if life ~= ARGV[2] or number < tonumber(ARGV[3]) then
        return false
    end
    -- An older one of the same node was held up on its way and is not waited for any more.
    return number > tonumber(ARGV[3]) and { 'stale' } or answer
end

local function answered(key, answer)
    local stored = cmsgpack.pack({ ARGV[2], tonumber(ARGV[3]), answer })
    redis.call('SET', key, stored, 'PX', ARGV[4])
    return answer
end

local function fields(entry)
    local found = {}
    for field in string.gmatch(entry, '%S+') do
        found[#found + 1] = field
    end
    return found
end

-- Kinds of queue: 0 for everybody content with anybody, 1 + t for these by topic, 1 + TOPICS + t for those who
-- insist on a shared interest.
local function stands_in(interests, insists)
    local kinds = {}
    if not insists then
        kinds[1] = 0
    end
    for topic = 0, TOPICS - 1 do
        if bit.band(interests, bit.lshift(1, topic)) ~= 0 then
            kinds[#kinds + 1] = 1 + topic + (insists and TOPICS or 0)
        end
    end
    return kinds
end

-- How members of a class and kind begin. Crowds have numbers below 100, so a class is one byte.
local function row_of(class, kind)
    return string.format('%s%02d', string.char(48 + class), kind)
end

-- Members of a seeker in `order` and in `times`, by the fields of the entry.
local function members(user, entry)
    local place = string.format('%016.0f%016.0f', entry[1], entry[2])
    local order, times = {}, {}
    for i, kind in ipairs(stands_in(tonumber(entry[5]), entry[6] == '1')) do
        local row = row_of(entry[3], kind)
        order[i] = row .. entry[4] .. place .. user
        times[i] = row .. place .. entry[4] .. user
    end
    return order, times
end

-- Takes a user out. Returns the fields of the entry, the list of those to avoid and the time left, or nothing.
local function remove(user)
    local entry = redis.call('HGET', SEEKERS, user)
    if not entry then
        return
    end
    local found = fields(entry)
    local avoid = redis.call('HGET', AVOIDS, user) or ''
    local expires = tonumber(redis.call('ZSCORE', EXPIRY, user) or 0)
    redis.call('HDEL', SEEKERS, user)
    redis.call('HDEL', AVOIDS, user)
    redis.call('ZREM', EXPIRY, user)
    local order, times = members(user, found)
    if #order > 0 then
        redis.call('ZREM', ORDER, unpack(order))
        redis.call('ZREM', TIMES, unpack(times))
    end
    return found, avoid, expires, entry
end

-- Takes out up to `most` users who did not state their wish again in time: their node has vanished.
local function expire(now, most)
    local gone = redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', now, 'LIMIT', 0, most)
    for _, user in ipairs(gone) do
        remove(user)
        redis.call('ZREM', EXPIRY, user)
    end
    return #gone
end
