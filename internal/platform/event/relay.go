package event

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

const (
	// publishBatch events get their numbers in one transaction.
	publishBatch = 2000
	// pollEvery bounds how late an event is seen whose writer did not call Wake
	// or lives in another process.
	pollEvery = 200 * time.Millisecond
	// debounce is the shortest time between two rounds. Measured: a wake-up in
	// every transaction costs most of the commits, one each 5 ms about a tenth.
	debounce = 5 * time.Millisecond
	// Published events are kept this long for followers that were away.
	retention  = 7 * 24 * time.Hour
	pruneEvery = time.Hour
	pruneBatch = 5000
)

// Relay publishes what transactions have put into the outbox: it gives each
// event its sequence number, in the order of insertion. Any number of processes
// may run one; the row outbox_head lets one publish at a time.
type Relay struct {
	db     *db.DB
	logger *slog.Logger
	wake   chan struct{}

	mu      sync.Mutex
	last    int64         // highest sequence number known to be published
	changed chan struct{} // closed and replaced when last grows

	published, handled, failed, parked atomic.Int64
}

// Stats are the relay's counters since the start of this process.
type Stats struct {
	Published int64 // events given a number here
	Handled   int64 // events given to consumers, their effect committed
	Failed    int64 // failed attempts of consumers
	Parked    int64 // events a consumer gave up on: somebody should look
}

// NewRelay returns a relay that does nothing until Run.
func NewRelay(d *db.DB, logger *slog.Logger) *Relay {
	return &Relay{db: d, logger: logger, wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// Wake says that events were committed just now. It never blocks and may be
// called after every commit: rounds are at least 5 ms apart, and a call during
// that pause starts the next round.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Stats returns the counters.
func (r *Relay) Stats() Stats {
	return Stats{r.published.Load(), r.handled.Load(), r.failed.Load(), r.parked.Load()}
}

// Describe implements prometheus.Collector.
func (r *Relay) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(r, out) }

// Collect implements prometheus.Collector.
func (r *Relay) Collect(out chan<- prometheus.Metric) {
	stats := r.Stats()
	for _, c := range []struct {
		name, help string
		value      int64
	}{
		{"rainmaker_events_published_total", "Events given their number by this process.", stats.Published},
		{"rainmaker_events_handled_total", "Events given to consumers by this process, their effect committed.", stats.Handled},
		{"rainmaker_events_failed_total", "Failed attempts of consumers.", stats.Failed},
		{"rainmaker_events_parked_total", "Events a consumer gave up on: somebody should look.", stats.Parked},
	} {
		desc := prometheus.NewDesc(c.name, c.help, nil, nil)
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(c.value))
	}
}

// Run publishes and feeds the consumers until ctx ends. Failures are logged and
// tried again.
func (r *Relay) Run(ctx context.Context, consumers ...Consumer) error {
	var work sync.WaitGroup
	defer work.Wait()
	for _, c := range consumers {
		work.Go(func() { newRunner(r, c).run(ctx) })
	}
	work.Go(func() { r.prune(ctx) })

	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	failures := 0
	for {
		err := r.drain(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			failures++
			r.logger.Warn("publish events", "error", err, "failures", failures)
		default:
			failures = 0
		}
		if !sleep(ctx, max(debounce, backoff(failures))) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-poll.C:
		}
	}
}

// drain publishes until nothing is left.
func (r *Relay) drain(ctx context.Context) error {
	for {
		moved, last, err := publish(ctx, r.db, publishBatch)
		if err != nil {
			return err
		}
		r.published.Add(int64(moved))
		r.advance(last)
		if moved < publishBatch {
			return nil
		}
	}
}

// advance tells everybody who waits that events up to last are there.
func (r *Relay) advance(last int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last <= r.last {
		return
	}
	r.last = last
	close(r.changed)
	r.changed = make(chan struct{})
}

// Last returns the highest sequence number this process knows of; 0 before the
// first round of Run.
func (r *Relay) Last() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// WaitPast blocks until events after seq are published and reports true, or
// false when ctx ends. Run must be running.
func (r *Relay) WaitPast(ctx context.Context, seq int64) bool {
	for {
		r.mu.Lock()
		there, changed := r.last > seq, r.changed
		r.mu.Unlock()
		if there {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// prune deletes published events past their retention, hourly.
func (r *Relay) prune(ctx context.Context) {
	for sleep(ctx, pruneEvery) {
		for ctx.Err() == nil {
			gone, err := r.pruneBefore(ctx, time.Now().Add(-retention))
			if err != nil {
				r.logger.Warn("prune events", "error", err)
			}
			if gone < pruneBatch {
				break
			}
		}
	}
}

// pruneBefore deletes one batch of events made before t. An event's age is that
// of its id: occurred_at may be shifted or imported.
func (r *Relay) pruneBefore(ctx context.Context, t time.Time) (int, error) {
	var gone int
	err := r.db.Pool().QueryRow(ctx, `select outbox_prune($1, $2)`, firstID(t), pruneBatch).Scan(&gone)
	if err != nil {
		return 0, fmt.Errorf("prune events: %w", err)
	}
	return gone, nil
}

// firstID is the smallest UUIDv7 of the millisecond t: RFC 9562 5.7.
func firstID(t time.Time) id.ID {
	var v uuid.UUID
	ms := t.UnixMilli()
	for i := range 6 {
		v[i] = byte(ms >> (8 * (5 - i)))
	}
	v[6], v[8] = 0x70, 0x80
	return v
}

// backoff is how long to wait after so many failures in a row: nothing, 100 ms,
// doubling up to 5 s.
func backoff(failures int) time.Duration {
	if failures == 0 {
		return 0
	}
	return min(100*time.Millisecond<<min(failures-1, 10), 5*time.Second)
}

// sleep waits and reports whether ctx still runs.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
