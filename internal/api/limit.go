package api

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/errs"
)

// Of one identity, and of one network address before sign-in: generous, they
// stop accidents and floods, not work.
const (
	defaultRate  = 50
	defaultBurst = 200
	// limiterSize bounds the buckets in memory; idle ones go first.
	limiterSize = 50_000
	limiterIdle = 10 * time.Minute
)

// limiter holds token buckets by name, in the memory of this process.
type limiter struct {
	clock   clock.Clock
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newLimiter(c clock.Clock) *limiter {
	return &limiter{clock: c, buckets: make(map[string]*bucket)}
}

func (l *limiter) bucket(name string, perSecond, burst int) *rate.Limiter {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[name]
	if b == nil || b.Limit() != rate.Limit(perSecond) {
		if len(l.buckets) >= limiterSize {
			for key, old := range l.buckets {
				if now.Sub(old.used) > limiterIdle {
					delete(l.buckets, key)
				}
			}
			if len(l.buckets) >= limiterSize {
				clear(l.buckets)
			}
		}
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(perSecond), burst)}
		l.buckets[name] = b
	}
	b.used = now
	return b.Limiter
}

// take takes one token and writes the RateLimit headers
// (draft-ietf-httpapi-ratelimit-headers-03). Without a token it returns the
// error to answer.
func (l *limiter) take(h http.Header, name string, perSecond, burst int) error {
	b := l.bucket(name, perSecond, burst)
	now := l.clock.Now()
	allowed := b.AllowN(now, 1)
	left := b.TokensAt(now)
	h.Set("RateLimit-Limit", strconv.Itoa(burst))
	h.Set("RateLimit-Remaining", strconv.Itoa(max(0, int(left))))
	h.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil((float64(burst)-left)/float64(perSecond)))))
	if allowed {
		return nil
	}
	wait := time.Duration((1 - left) / float64(perSecond) * float64(time.Second))
	return &errs.Error{Kind: errs.LimitExceeded, Message: "too many requests", RetryAfter: max(wait, time.Second)}
}
