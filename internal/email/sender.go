package email

import (
	"context"
	"sync"
	"time"

	"rainmaker/internal/action"
)

// pollEvery is how long queued mail waits at most for a lane; Poke shortens it.
const pollEvery = 250 * time.Millisecond

// Run opens a lane for every mailbox that has mail due, until ctx ends; then it
// lets the lanes finish what they have begun.
func (s *Service) Run(ctx context.Context) error {
	var (
		mu     sync.Mutex
		open   = map[action.Place]bool{}
		rest   = map[action.Place]time.Time{} // places not worth a look before
		lanes  sync.WaitGroup
		ticker = time.NewTicker(pollEvery)
	)
	defer ticker.Stop()
	defer lanes.Wait()
	lanes.Go(func() { s.runTests(ctx) })
	for {
		places, err := s.Log.Due(ctx, KindSend)
		if err != nil && ctx.Err() == nil {
			s.Logger.Warn("look for due mail", "error", err)
		}
		for _, place := range places {
			mu.Lock()
			busy := open[place] || time.Now().Before(rest[place])
			if !busy {
				open[place] = true
			}
			mu.Unlock()
			if busy {
				continue
			}
			lanes.Go(func() {
				again := s.runLane(ctx, place)
				mu.Lock()
				delete(open, place)
				rest[place] = again
				mu.Unlock()
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.wake:
		}
	}
}
