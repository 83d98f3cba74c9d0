package watch

import (
	"context"
	"time"

	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// flushEvery bounds how late an alert is.
const flushEvery = time.Second

// keepCounts is how far back a normal day is looked for, and a little more.
const keepCounts = 20 * 24 * time.Hour

type noted struct {
	signal.Signal
	at time.Time
}

// Note implements signal.Watcher.
func (s *Service) Note(given signal.Signal) {
	s.signals.WithLabelValues(string(given.Kind)).Add(float64(given.N))
	select {
	case s.queue <- noted{given, s.Clock.Now()}:
	default:
		s.dropped.Inc()
	}
}

// Run counts and judges until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.Flush(context.WithoutCancel(ctx))
		case <-tick.C:
			if err := s.Flush(ctx); err != nil {
				s.Logger.WarnContext(ctx, "watch", "error", err.Error())
			}
		}
	}
}

// slot is one count.
type slot struct {
	kind   signal.Kind
	actor  org.Actor
	minute time.Time
}

// Flush writes what waits and judges it, one transaction an organisation. What
// cannot be written is lost and said so: it must not grow.
func (s *Service) Flush(ctx context.Context) error {
	byOrg := map[id.ID]map[slot]int64{}
	for waiting := len(s.queue); waiting > 0; waiting-- {
		n := <-s.queue
		if byOrg[n.Org] == nil {
			byOrg[n.Org] = map[slot]int64{}
		}
		byOrg[n.Org][slot{n.Kind, n.Actor, n.at.UTC().Truncate(time.Minute)}] += n.N
	}
	var failed error
	for tenant, counts := range byOrg {
		if err := s.judge(ctx, tenant, counts); err != nil {
			s.dropped.Add(float64(len(counts)))
			failed = err
		}
	}
	return failed
}
