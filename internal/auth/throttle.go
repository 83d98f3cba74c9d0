package auth

import (
	"sync"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/errs"
)

// Guessing is slowed down by failures alone, so that nobody who knows the
// password is counted. ASVS 5.0 6.3.1; the figures keep an account under 20
// guesses an hour however many addresses they come from.
const (
	guessesPerAccount        = 10 // at once
	guessesPerAccountPerHour = 10 // after that
	guessesPerAddress        = 60
	guessesPerAddressPerHour = 600
	maxGuessers              = 100_000
)

// throttle counts failed sign-ins in leaking buckets, per account and per
// network address. An unknown account has a bucket like any other.
type throttle struct {
	clock clock.Clock
	mu    sync.Mutex
	level map[string]bucket
}

type bucket struct {
	level float64
	at    time.Time
}

func newThrottle(c clock.Clock) *throttle {
	return &throttle{clock: c, level: make(map[string]bucket)}
}

func accountBucket(blind []byte) string   { return "a" + string(blind) }
func addressBucket(address string) string { return "n" + address }

// now returns the level of a bucket after leaking.
func (t *throttle) now(key string, perHour float64) float64 {
	b := t.level[key]
	return max(0, b.level-t.clock.Now().Sub(b.at).Hours()*perHour)
}

// allow refuses when the account or the address has failed too often. It
// reserves the failure, so that guesses made at the same time count too; a
// success gives it back with forgive.
func (t *throttle) allow(blind []byte, address string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait := time.Duration(0)
	for _, b := range []struct {
		key            string
		limit, perHour float64
	}{
		{accountBucket(blind), guessesPerAccount, guessesPerAccountPerHour},
		{addressBucket(address), guessesPerAddress, guessesPerAddressPerHour},
	} {
		if over := t.now(b.key, b.perHour) + 1 - b.limit; over > 0 {
			wait = max(wait, time.Duration(over/b.perHour*float64(time.Hour)))
		}
	}
	if wait > 0 {
		return &errs.Error{
			Kind: errs.LimitExceeded, Code: "too_many_attempts", RetryAfter: wait.Round(time.Second) + time.Second,
			Message: "too many failed attempts: try again later",
		}
	}
	t.add(accountBucket(blind), guessesPerAccountPerHour, 1)
	t.add(addressBucket(address), guessesPerAddressPerHour, 1)
	return nil
}

// forgive empties the account's bucket and takes one from the address's.
func (t *throttle) forgive(blind []byte, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.level, accountBucket(blind))
	t.add(addressBucket(address), guessesPerAddressPerHour, -1)
}

func (t *throttle) add(key string, perHour, n float64) {
	if len(t.level) >= maxGuessers {
		for k, b := range t.level {
			if b.level-t.clock.Now().Sub(b.at).Hours()*guessesPerAccountPerHour <= 0 {
				delete(t.level, k)
			}
		}
		if len(t.level) >= maxGuessers {
			clear(t.level)
		}
	}
	level := t.now(key, perHour) + n
	if level <= 0 {
		delete(t.level, key)
		return
	}
	t.level[key] = bucket{level: level, at: t.clock.Now()}
}
