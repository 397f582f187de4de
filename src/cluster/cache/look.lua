-- KEYS: 1 the entry. ARGV: 1 a token that nobody else has, 2 how long a lease lasts (ms).
-- Answers the value; nil after leaving a lease with the token; an empty string where another's lease is.
local held = redis.call('GET', KEYS[1])
if not held then
    redis.call('SET', KEYS[1], 'L' .. ARGV[1], 'PX', ARGV[2])
    return false
end
if string.sub(held, 1, 1) == 'V' then
    return string.sub(held, 2)
end
return ''
