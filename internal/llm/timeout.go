package llm

import (
	"context"
	"errors"
	"iter"
	"time"

	"rainmaker/internal/platform/errs"
)

// Timeout bounds one attempt.
type Timeout struct {
	Whole time.Duration // from the request to the stop; 0 means 90 s
	First time.Duration // to the first event; 0 means 30 s (models may think first)
	Idle  time.Duration // between two events; 0 means 15 s
	// Total bounds all attempts of one question together; 0 means 150 s. Service
	// keeps it.
	Total time.Duration
}

func (t Timeout) defaults() Timeout {
	if t.Whole <= 0 {
		t.Whole = 90 * time.Second
	}
	if t.First <= 0 {
		t.First = 30 * time.Second
	}
	if t.Idle <= 0 {
		t.Idle = 15 * time.Second
	}
	if t.Total <= 0 {
		t.Total = 150 * time.Second
	}
	return t
}

var errTooSlow = errors.New("time limit of the model call")

// WithTimeout ends an attempt of m that is too slow with an Unavailable failure
// of code llm_timeout. The time the caller spends on an event does not count as
// idle, but it counts for the whole.
func WithTimeout(m Model, t Timeout) Model {
	t = t.defaults()
	return StreamFunc(func(parent context.Context, r Request) iter.Seq2[Event, error] {
		return func(yield func(Event, error) bool) {
			ctx, cancel := context.WithCancelCause(parent)
			defer cancel(nil)
			tooSlow := func() { cancel(errTooSlow) }
			whole := time.AfterFunc(t.Whole, tooSlow)
			defer whole.Stop()
			idle := time.AfterFunc(t.First, tooSlow)
			defer idle.Stop()
			for e, err := range m.Stream(ctx, r) {
				idle.Stop()
				if err != nil {
					if parent.Err() == nil && errors.Is(context.Cause(ctx), errTooSlow) {
						err = &errs.Error{Kind: errs.Unavailable, Code: CodeTimeout, Message: "the model is too slow", Cause: err}
					}
					yield(Event{}, err)
					return
				}
				if !yield(e, nil) {
					return
				}
				idle.Reset(t.Idle)
			}
		}
	})
}
