-- Begins a new epoch if there is none. ARGV[1]: its name. Answers the epoch that holds now.
local epoch = redis.call('GET', EPOCH)
if epoch then
    return epoch
end
-- Whatever is left of a queue that lost its epoch is not to be trusted.
redis.call('DEL', SEEKERS, AVOIDS, ORDER, EXPIRY, STATE, TIMES)
redis.call('SET', EPOCH, ARGV[1])
return ARGV[1]
