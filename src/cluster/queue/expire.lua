-- Takes out those who did not state their wish again in time. ARGV after the common ones: 5 how many at most.
-- Answers: reset | expired, how many, how many wait now.
local reset = lost()
if reset then
    return reset
end
local gone = expire(now_ms(), tonumber(ARGV[5]))
return { 'expired', gone, redis.call('HLEN', SEEKERS) }
