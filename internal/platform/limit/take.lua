-- Takes from all buckets or from none, and returns how far each was behind its
-- full mark before, in microseconds. KEYS: the buckets. ARGV: for each the time
-- in which one token comes back (microseconds), the burst, the cost.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local behind, allowed = {}, true
for i = 1, #KEYS do
  local full = tonumber(redis.call('GET', KEYS[i]) or now)
  behind[i] = math.max(0, full - now)
  local every, burst, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  if behind[i] + every * cost > every * burst then
    allowed = false
  end
end
local answer = {}
for i = 1, #KEYS do
  if allowed then
    local after = behind[i] + ARGV[3 * i - 2] * ARGV[3 * i]
    redis.call('SET', KEYS[i], string.format('%.0f', now + after), 'PX', math.max(1, math.ceil(after / 1000)))
  end
  answer[i] = string.format('%.0f', behind[i])
end
return answer
