package event_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// BenchmarkPublish: the rate at which a backlog gets its numbers, and at which a
// consumer without work of its own reads it.
func BenchmarkPublish(b *testing.B) {
	d := fresh(b)
	const backlog = 50_000
	for b.Loop() {
		admin(b, d, `truncate outbox, event_offsets; update outbox_head set last_seq = 0; update event_cursors set seq = 0`)
		admin(b, d, `insert into outbox (id, org_id, type, subject, occurred_at, data)
			select gen_random_uuid(), $1, 'thing.changed', 'x', now(), '{"n": 1}' from generate_series(1, 50000)`, id.New())
		begin := time.Now()
		var handled atomic.Int64
		caught := make(chan struct{})
		_, stop := start(b.Context(), d, event.Consumer{Name: "bench", Handle: func(_ context.Context, _ db.Tx, _ id.ID, events []event.Event) error {
			if handled.Add(int64(len(events))) == backlog {
				close(caught)
			}
			return nil
		}})
		<-caught
		b.ReportMetric(backlog/time.Since(begin).Seconds(), "events/s")
		stop()
	}
}

// BenchmarkCommits: commits with an event by 16 writers, and what waking costs
// them. P10 asks for at least 80 % of the rate without.
func BenchmarkCommits(b *testing.B) {
	for _, woken := range []bool{false, true} {
		name := "polled"
		if woken {
			name = "woken"
		}
		b.Run(name, func(b *testing.B) {
			d := fresh(b)
			r, stop := start(b.Context(), d)
			defer stop()
			org := id.New()
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var writers sync.WaitGroup
			for range 16 {
				writers.Go(func() {
					for left.Add(-1) >= 0 {
						if err := write(b.Context(), d, org, "x", 1); err != nil {
							b.Error(err)
							return
						}
						if woken {
							r.Wake()
						}
					}
				})
			}
			writers.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// BenchmarkLatency: from the commit to the follower at 1,000 commits a second.
func BenchmarkLatency(b *testing.B) {
	d := fresh(b)
	r, stop := start(b.Context(), d)
	defer stop()
	org := id.New()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	took := make([]time.Duration, 0, b.N)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for batch := range r.Follow(ctx, 0) {
			now := time.Now()
			for _, e := range batch {
				took = append(took, now.Sub(e.OccurredAt))
			}
			if len(took) == b.N {
				return
			}
		}
	}()
	b.ResetTimer()
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	var writers sync.WaitGroup
	for n := 0; n < b.N; n++ {
		if n%4 == 0 {
			<-tick.C
		}
		writers.Go(func() {
			if err := write(b.Context(), d, org, "x", n); err != nil {
				b.Error(err)
			}
			r.Wake()
		})
	}
	writers.Wait()
	<-done
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
