// Package throttle slows guessing down: leaking buckets of failures, per account
// and per network address, in Redis where there is one, so that an account takes no
// more guesses from many processes than from one; else, and as long as Redis does
// not answer, in the memory of the process.
//
// Names in Redis are hashes: it learns neither accounts nor addresses.
//
// Files: throttle.go (this process), shared.go (all processes).
//
// Only failures count, so nobody who knows the password is slowed down. A guess
// is reserved before it is judged, so that guesses made at the same time count
// too.
package throttle

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/limit"
)

// ASVS 5.0 6.3.1; the figures keep an account under 20 guesses an hour however
// many addresses they come from.
const (
	guessesPerAccount        = 10 // at once
	guessesPerAccountPerHour = 10 // after that
	guessesPerAddress        = 60
	guessesPerAddressPerHour = 600
	maxGuessers              = 100_000
)

// Quota is one leaking bucket: so many at once, so many an hour.
type Quota struct {
	Key     string
	AtOnce  float64
	PerHour float64
}

// Of is the quota of any other thing.
func Of(what string, whose []byte, atOnce, perHour float64) Quota {
	return Quota{Key: what + "\x00" + string(whose), AtOnce: atOnce, PerHour: perHour}
}

// PerAccount is the quota of guesses at one thing of one account.
func PerAccount(what string, account []byte) Quota {
	return Of(what, account, guessesPerAccount, guessesPerAccountPerHour)
}

// PerAddress is the quota of guesses from one network address.
func PerAddress(address string) Quota {
	return Of("address", []byte(address), guessesPerAddress, guessesPerAddressPerHour)
}

// Throttle counts failures. An unknown account has a bucket like any other.
type Throttle struct {
	clock  clock.Clock
	shared *limit.Redis // nil: this process alone
	log    *slog.Logger
	mu     sync.Mutex
	level  map[string]bucket
}

type bucket struct {
	level   float64
	perHour float64
	at      time.Time
}

// New returns an empty Throttle; shared may be nil.
func New(c clock.Clock, shared *limit.Redis, log *slog.Logger) *Throttle {
	return &Throttle{clock: c, shared: shared, log: log, level: make(map[string]bucket)}
}

// now is the level of a bucket after leaking.
func (b bucket) now(at time.Time) float64 { return max(0, b.level-at.Sub(b.at).Hours()*b.perHour) }

// Take counts a failure in every quota, or refuses when one is full. It reserves
// the failure, so that guesses made at the same time count too; a success gives
// it back with Empty or GiveBack.
func (t *Throttle) Take(ctx context.Context, quotas ...Quota) error {
	wait, answered := t.takeShared(ctx, quotas)
	if !answered {
		wait = t.take(quotas)
	}
	if wait > 0 {
		return &errs.Error{
			Kind: errs.LimitExceeded, Code: "too_many_attempts", RetryAfter: wait.Round(time.Second) + time.Second,
			Message: "too many failed attempts: try again later",
		}
	}
	return nil
}

// take is Take in this process; it returns how long to wait.
func (t *Throttle) take(quotas []Quota) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, wait := t.clock.Now(), time.Duration(0)
	for _, q := range quotas {
		if over := t.level[q.Key].now(now) + 1 - q.AtOnce; over > 0 {
			wait = max(wait, time.Duration(over/q.PerHour*float64(time.Hour)))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, q := range quotas {
		t.add(q, now, 1)
	}
	return 0
}

// Spend is Take for what is dropped without a word: it reports whether there was
// room.
func (t *Throttle) Spend(ctx context.Context, quotas ...Quota) bool {
	return t.Take(ctx, quotas...) == nil
}

// Empty forgets the failures of a quota.
func (t *Throttle) Empty(ctx context.Context, q Quota) {
	t.fillShared(ctx, q)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.level, q.Key)
}

// GiveBack takes one failure back.
func (t *Throttle) GiveBack(ctx context.Context, q Quota) {
	t.giveBackShared(ctx, q)
	t.giveBack(q)
}

func (t *Throttle) giveBack(q Quota) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(q, t.clock.Now(), -1)
}

func (t *Throttle) add(q Quota, now time.Time, n float64) {
	if len(t.level) >= maxGuessers {
		for k, b := range t.level {
			// Single failures go with the empty ones: whoever fills the table with
			// them must not free those who guess in earnest.
			if b.now(now) <= 1 {
				delete(t.level, k)
			}
		}
		if len(t.level) >= maxGuessers {
			clear(t.level)
		}
	}
	level := t.level[q.Key].now(now) + n
	if level <= 0 {
		delete(t.level, q.Key)
		return
	}
	t.level[q.Key] = bucket{level: level, perHour: q.PerHour, at: now}
}

// Allow counts a sign-in as failed until Forgive.
func (t *Throttle) Allow(ctx context.Context, account []byte, address string) error {
	return t.Take(ctx, PerAccount("sign-in", account), PerAddress(address))
}

// Forgive empties the account's bucket and takes one from the address's.
func (t *Throttle) Forgive(ctx context.Context, account []byte, address string) {
	t.Empty(ctx, PerAccount("sign-in", account))
	t.GiveBack(ctx, PerAddress(address))
}
