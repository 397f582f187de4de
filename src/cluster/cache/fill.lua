-- KEYS: 1 the entry. ARGV: 1 the token of the lease, 2 the value, 3 for how long (ms).
-- Answers 1 if the value is there now, 0 if the lease is not: something has changed since it was left.
if redis.call('GET', KEYS[1]) ~= 'L' .. ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], 'V' .. ARGV[2], 'PX', ARGV[3])
return 1
