-- Puts tokens back into a bucket. KEYS[1]: the bucket. ARGV: the time in which one
-- token comes back (microseconds), how many.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = tonumber(redis.call('GET', KEYS[1]) or 0) - ARGV[1] * ARGV[2]
if full <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.max(1, math.ceil((full - now) / 1000)))
end
return 0
