package llm

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"rainmaker/internal/platform/errs"
)

// Retry says how often and how patiently to ask again.
type Retry struct {
	Attempts int           // all together; 0 means 3
	Base     time.Duration // first wait before jitter; 0 means 500 ms
	Max      time.Duration // longest wait; a vendor that asks for more ends the tries; 0 means 20 s
}

func (p Retry) defaults() Retry {
	if p.Attempts <= 0 {
		p.Attempts = 3
	}
	if p.Base <= 0 {
		p.Base = 500 * time.Millisecond
	}
	if p.Max <= 0 {
		p.Max = 20 * time.Second
	}
	return p
}

// wait is the pause after the n-th failed attempt (from 0): between half and
// the whole of the doubled base, but never less than the vendor asked for.
func (p Retry) wait(n int, err error) time.Duration {
	d := min(p.Base<<n, p.Max)
	d = d/2 + rand.N(d/2+1) //nolint:gosec // spreads retries, hides nothing
	var e *errs.Error
	if errors.As(err, &e) && e.RetryAfter > d {
		d = e.RetryAfter
	}
	return d
}

// WithRetry asks m again after a failure worth another try (errs.Unavailable),
// but only while no event has been handed on: what the caller has seen or
// spoken cannot be unsaid. It waits as long as Retry-After asks.
func WithRetry(m Model, p Retry) Model {
	p = p.defaults()
	return StreamFunc(func(ctx context.Context, r Request) iter.Seq2[Event, error] {
		return func(yield func(Event, error) bool) {
			for n := 0; ; n++ {
				var failed error
				started := false
				for e, err := range m.Stream(ctx, r) {
					if err != nil {
						failed = err
						break
					}
					started = true
					if !yield(e, nil) {
						return
					}
				}
				if failed == nil {
					return
				}
				wait := p.wait(n, failed)
				final := started || n+1 >= p.Attempts || !errs.Is(failed, errs.Unavailable) || wait > p.Max
				if final || !pause(ctx, wait) {
					yield(Event{}, failed)
					return
				}
			}
		}
	})
}

// pause waits for d; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
