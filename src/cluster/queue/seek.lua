-- Enqueue or match. Whoever waits already gets the new wish at the old place (widening). ARGV after the common ones:
--   5 'seek', or 'return' for one whose proposed pair came to nothing
--   6 user, 7 since, 8 how long the wish stands (ms)
--   9 gender, 10 age, 11 lang, 12 to 14 the wishes about them (masks), 15 interests (mask), 16 insists on a shared
--   one (0, 1), 17 priority (0, 1), 18 ",1,2," whom to avoid
--   19 most seekers, 20 look-ahead, 21 premium streak, 22 their crowd, 23 how many are looked at by time before it
--   goes by types
-- KEYS[9]: the answer to the user's own last request (for 'return', which keeps its answers apart).
-- Answers: reset | stale | waiting | full | gone | matched, since, user, entry, avoid, ms left of the partner.
local mode, user, since, hold = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
local gender, age, lang = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local genders, ages, langs = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local interests, insists = tonumber(ARGV[15]), ARGV[16] == '1'
local mine = ARGV[18]
local most, look_ahead, max_streak = tonumber(ARGV[19]), tonumber(ARGV[20]), tonumber(ARGV[21])
local crowd, by_time = tonumber(ARGV[22]), tonumber(ARGV[23])
-- Theirs are met, nobody else's.
local FREE, PREMIUM = 2 * crowd, 2 * crowd + 1
-- Seekers read at once.
local CHUNK = 16
-- Heads read in one search; with all types there can be, in all queues, it could be more.
local budget = 20000

local function has(mask, i)
    return bit.band(mask, bit.lshift(1, i)) ~= 0
end

-- Kinds in which those stand who fit as far as interests go.
local function looks_in()
    local kinds = {}
    if not insists then
        kinds[1] = 0
    end
    for topic = 0, TOPICS - 1 do
        if has(interests, topic) then
            if insists then
                kinds[#kinds + 1] = 1 + topic
            end
            kinds[#kinds + 1] = 1 + TOPICS + topic
        end
    end
    return kinds
end

local function node(member)
    return {
        member = member,
        since = tonumber(string.sub(member, 12, 27)),
        arrival = tonumber(string.sub(member, 28, 43)),
        user = string.sub(member, 44),
    }
end

-- How many bytes of a type, hexadecimal, tell that it does not fit; nothing if it does, both ways.
local function misfit(kind)
    local own = tonumber(string.sub(kind, 1, 2), 16)
    if not (has(genders, own % 4) and has(ages, math.floor(own / 4) % 8) and has(langs, math.floor(own / 32))) then
        return 2
    elseif not has(tonumber(string.sub(kind, 3, 4), 16), gender) then
        return 4
    elseif not has(tonumber(string.sub(kind, 5, 6), 16), age) then
        return 6
    elseif not has(tonumber(string.sub(kind, 7, 8), 16), lang) then
        return 8
    end
end

local function before(a, b)
    return a.since < b.since or (a.since == b.since and a.arrival < b.arrival)
end

-- Heads of the queues of one class and kind whose types fit both ways: one read per type, and types that cannot fit
-- are skipped by their first bytes.
local function heads(class, kind, found)
    local row = row_of(class, kind)
    local from, to = '[' .. row, '(' .. row .. LAST
    while budget > 0 do
        budget = budget - 1
        local head = redis.call('ZRANGEBYLEX', ORDER, from, to, 'LIMIT', 0, 1)[1]
        if not head then
            return
        end
        local same = misfit(string.sub(head, 4, 11))
        if not same then
            found[#found + 1] = node(head)
        end
        from = '[' .. string.sub(head, 1, 3 + (same or 8)) .. LAST
    end
end

local function may_meet(other)
    if string.find(mine, ',' .. other .. ',', 1, true) then
        return false
    end
    local theirs = redis.call('HGET', AVOIDS, other)
    return not (theirs and string.find(theirs, ',' .. user .. ',', 1, true))
end

-- A heap with the longest waiting on top.
local function sift_down(heap, i)
    while true do
        local least, left = i, 2 * i
        if heap[left] and before(heap[left], heap[least]) then
            least = left
        end
        if heap[left + 1] and before(heap[left + 1], heap[least]) then
            least = left + 1
        end
        if least == i then
            return
        end
        heap[i], heap[least] = heap[least], heap[i]
        i = least
    end
end

local function heapify(heap)
    for i = math.floor(#heap / 2), 1, -1 do
        sift_down(heap, i)
    end
end

-- Puts `next`, which may be nothing, in the place of the top.
local function replace_top(heap, next)
    if not next then
        next = heap[#heap]
        heap[#heap] = nil
    end
    if heap[1] then
        heap[1] = next
        sift_down(heap, 1)
    end
end

-- A judge of those who fit, longest waiting first: true if it is this one, false if it is nobody. A seeker who stands
-- in several queues comes up once for each, one after the other, and counts once.
local function judge()
    local looked, last = 0, nil
    return function(candidate)
        if candidate.arrival == last then
            return nil
        end
        if looked == look_ahead then
            return false
        end
        looked = looked + 1
        last = candidate.arrival
        if may_meet(candidate.user) then
            return true
        end
    end
end

-- The one of a class who has waited longest and may be met, among the first by time. The second answer says whether
-- that is the last word.
local function oldest_by_time(class)
    local heap = {}
    local function read(row, from)
        row.chunk, row.at = redis.call('ZRANGEBYLEX', TIMES, from, '(' .. row.prefix .. LAST, 'LIMIT', 0, CHUNK), 0
    end
    local function step(row)
        if row.at == CHUNK then
            read(row, '(' .. row.chunk[CHUNK])
        end
        row.at = row.at + 1
        local member = row.chunk[row.at]
        return member and {
            row = row,
            since = tonumber(string.sub(member, 4, 19)),
            arrival = tonumber(string.sub(member, 20, 35)),
            kind = string.sub(member, 36, 43),
            user = string.sub(member, 44),
        }
    end
    for _, kind in ipairs(looks_in()) do
        local row = { prefix = row_of(class, kind) }
        read(row, '[' .. row.prefix)
        heap[#heap + 1] = step(row)
    end
    heapify(heap)
    local verdict = judge()
    for _ = 1, by_time do
        local top = heap[1]
        if not top then
            return nil, true
        end
        if not misfit(top.kind) then
            local this = verdict(top)
            if this ~= nil then
                return this and top.user or nil, true
            end
        end
        replace_top(heap, step(top.row))
    end
    return nil, heap[1] == nil
end

-- The same among all, by types.
local function oldest_by_type(class)
    local heap = {}
    for _, kind in ipairs(looks_in()) do
        heads(class, kind, heap)
    end
    heapify(heap)
    local verdict = judge()
    while heap[1] do
        local top = heap[1]
        local this = verdict(top)
        if this ~= nil then
            return this and top.user or nil
        end
        local to = '(' .. string.sub(top.member, 1, 11) .. LAST
        local next = redis.call('ZRANGEBYLEX', ORDER, '(' .. top.member, to, 'LIMIT', 0, 1)[1]
        replace_top(heap, next and node(next))
    end
end

local function oldest(class)
    local user, final = oldest_by_time(class)
    if final then
        return user
    end
    return oldest_by_type(class)
end

-- Premium first, unless so many were in a row while a free one fitted.
local function pick()
    local premium, free = oldest(PREMIUM), oldest(FREE)
    local field = crowd == 0 and 'streak' or 'streak:' .. crowd
    if premium and free then
        local streak = tonumber(redis.call('HGET', STATE, field) or 0)
        if streak < max_streak then
            redis.call('HSET', STATE, field, streak + 1)
            return premium
        end
    end
    if free then
        redis.call('HSET', STATE, field, 0)
        return free
    end
    return premium
end

local reset = lost()
if reset then
    return reset
end
local earlier = repeated(ANSWER)
if earlier then
    return earlier
end
local now = now_ms()
expire(now, 16)
if mode == 'return' then
    if redis.call('HEXISTS', SEEKERS, user) == 1 then
        -- They have stated a wish since, at the same place.
        return answered(ANSWER, { 'waiting' })
    end
    local own = redis.call('GET', KEYS[9])
    if own and cmsgpack.unpack(own)[3][1] == 'cancelled' then
        -- They have stopped looking while the pair was being opened.
        return answered(ANSWER, { 'gone' })
    end
    most = 0
end
local old = remove(user)
if old then
    since = old[1]
    most = 0
end
local partner = pick()
if partner then
    local _, avoid, expires, entry = remove(partner)
    return answered(ANSWER, { 'matched', since, partner, entry, avoid, math.max(expires - now, 0) })
end
if most > 0 and redis.call('HLEN', SEEKERS) >= most then
    return answered(ANSWER, { 'full' })
end
local arrival = redis.call('HINCRBY', STATE, 'arrivals', 1)
local class = ARGV[17] == '1' and max_streak > 0 and PREMIUM or FREE
local kind = string.format('%02x%02x%02x%02x', gender + 4 * age + 32 * lang, genders, ages, langs)
local entry = { since, arrival, class, kind, ARGV[15], ARGV[16], gender, age, lang, genders, ages, langs, ARGV[17] }
redis.call('HSET', SEEKERS, user, table.concat(entry, ' '))
if mine ~= '' then
    redis.call('HSET', AVOIDS, user, mine)
end
local order, times = members(user, entry)
for i = 1, #order do
    redis.call('ZADD', ORDER, 0, order[i])
    redis.call('ZADD', TIMES, 0, times[i])
end
redis.call('ZADD', EXPIRY, now + hold, user)
return answered(ANSWER, { 'waiting' })
