-- Finds a partner for a seeker, or lets the seeker wait. Sorted sets by (gender, wish), in the order of searching.
-- ARGV: prefix of all keys, user, gender (f m o), wish (any f m).
-- Returns the partner, or false where the seeker waits now. One Redis, no Cluster: keys are made here.
local prefix, me, gender, wish = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
-- Former partners are passed over by looking at so many who wait.
local look_ahead = 5

local last = prefix .. 'last'
local own = prefix .. 'queue:' .. gender .. ':' .. wish
local my_last = redis.call('HGET', last, me)
local fresh, former

local accepted = wish == 'any' and { 'f', 'm', 'o' } or { wish }
for _, their_gender in ipairs(accepted) do
    for _, their_wish in ipairs({ 'any', gender }) do
        local key = prefix .. 'queue:' .. their_gender .. ':' .. their_wish
        local waiting = redis.call('ZRANGE', key, 0, look_ahead - 1, 'WITHSCORES')
        for i = 1, #waiting, 2 do
            local id, since = waiting[i], tonumber(waiting[i + 1])
            if id ~= me then
                if id == my_last or redis.call('HGET', last, id) == me then
                    if not former or since < former.since then
                        former = { id = id, key = key, since = since }
                    end
                else
                    if not fresh or since < fresh.since then
                        fresh = { id = id, key = key, since = since }
                    end
                    break
                end
            end
        end
    end
end

-- The same two again only where nobody else waits.
local found = fresh or former
if found then
    redis.call('ZREM', found.key, found.id)
    redis.call('ZREM', own, me)
    redis.call('HSET', last, me, found.id, found.id, me)
    return found.id
end
redis.call('ZADD', own, 'NX', redis.call('INCR', prefix .. 'seq'), me)
return false
