-- Ends a search. ARGV after the common ones: 5 user. Answers: reset | stale | cancelled, 1 if they waited.
local reset = lost()
if reset then
    return reset
end
local earlier = repeated(ANSWER)
if earlier then
    return earlier
end
return answered(ANSWER, { 'cancelled', remove(ARGV[5]) and 1 or 0 })
