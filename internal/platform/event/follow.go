package event

import (
	"context"
	"iter"
)

// Follow tails the published events of all organisations after seq, in order,
// without an offset: for live updates of this process. It yields batches, and an
// error when a read failed; it then tries again. It ends with ctx. Run must be
// running.
func (r *Relay) Follow(ctx context.Context, after int64) iter.Seq2[[]Event, error] {
	return func(yield func([]Event, error) bool) {
		failures := 0
		for r.WaitPast(ctx, after) {
			events, err := fetch(ctx, r.db.Pool(), after, readEvents, readBytes)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				failures++
				if !yield(nil, err) || !sleep(ctx, backoff(failures)) {
					return
				}
				continue
			}
			failures = 0
			if len(events) == 0 {
				// Pruned before we came: there is nothing up to the last number.
				after = max(after, r.Last())
				continue
			}
			after = events[len(events)-1].Seq
			if !yield(events, nil) {
				return
			}
		}
	}
}
