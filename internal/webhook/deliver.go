package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

const (
	// pollEvery is how long a due delivery waits at most; Poke shortens it.
	pollEvery = time.Second
	// maxLanes endpoints are served at once, perTenant of one organisation, each
	// with laneWidth requests: a slow receiver holds a lane, never all of them.
	maxLanes  = 64
	perTenant = 8
	laneWidth = 4
	// giveUpAfter this long without a success an endpoint is disabled.
	giveUpAfter = 5 * 24 * time.Hour
	// keepAnswer is how many bytes of an answer are stored.
	keepAnswer = 500
	// retention of deliveries that are over, and of marks of events that came in:
	// senders try for days, and a signature is too old after minutes.
	retention  = 30 * 24 * time.Hour
	pruneEvery = time.Hour
)

// schedule is when an event is tried again, counted from the attempt before:
// Standard Webhooks 1.0.0, ten attempts over 75 h 35 min.
func schedule() []time.Duration {
	return []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// lease is how long a claimed delivery is its process's alone.
func lease(timeout time.Duration) time.Duration { return timeout + 40*time.Second }

// Poke looks for due deliveries now.
func (s *Service) Poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// place is one endpoint.
type place struct{ org, endpoint id.ID }

// Run delivers until ctx ends, and then lets running attempts finish.
func (s *Service) Run(ctx context.Context) error {
	var (
		mu     sync.Mutex
		open   = map[place]bool{}
		busy   = map[id.ID]int{}
		lanes  sync.WaitGroup
		ticker = time.NewTicker(pollEvery)
		pruned time.Time
	)
	defer ticker.Stop()
	defer lanes.Wait()
	for {
		places, err := s.due(ctx)
		if err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "look for due webhooks", "error", err)
		}
		for _, p := range places {
			mu.Lock()
			full := open[p] || len(open) >= maxLanes || busy[p.org] >= perTenant
			if !full {
				open[p] = true
				busy[p.org]++
			}
			mu.Unlock()
			if full {
				continue
			}
			lanes.Go(func() {
				s.lane(ctx, p)
				mu.Lock()
				delete(open, p)
				if busy[p.org]--; busy[p.org] == 0 {
					delete(busy, p.org)
				}
				mu.Unlock()
				s.Poke() // somebody may have waited for the lane
			})
		}
		if now := s.Clock.Now(); now.Sub(pruned) > pruneEvery {
			pruned = now
			if err := s.prune(ctx, now.Add(-retention)); err != nil && ctx.Err() == nil {
				s.Logger.WarnContext(ctx, "prune webhooks", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.wake:
		}
	}
}

func (s *Service) due(ctx context.Context) (places []place, err error) {
	err = s.DB.InSystem(ctx, func(tx db.Tx) error {
		places, err = duePlaces(ctx, tx, s.Clock.Now(), maxLanes*4)
		return err
	})
	return places, err
}

// lane serves one endpoint until nothing of it is due.
func (s *Service) lane(ctx context.Context, p place) {
	for ctx.Err() == nil {
		e, rows, err := s.claim(ctx, p)
		if err != nil {
			if ctx.Err() == nil {
				s.Logger.WarnContext(ctx, "claim webhooks", "org_id", p.org, "endpoint_id", p.endpoint, "error", err)
			}
			return
		}
		if len(rows) == 0 {
			return
		}
		var work sync.WaitGroup
		for i := range rows {
			work.Go(func() {
				// An attempt that has begun is finished, and its outcome kept.
				ctx := context.WithoutCancel(ctx)
				result := s.attempt(ctx, &e, &rows[i])
				if err := s.settle(ctx, p.org, &e, &rows[i], result); err != nil {
					s.Logger.WarnContext(ctx, "settle webhook", "org_id", p.org, "endpoint_id", p.endpoint, "error", err)
				}
			})
		}
		work.Wait()
	}
}

// claim takes a few due deliveries of an active endpoint. Those of a disabled
// one fail.
func (s *Service) claim(ctx context.Context, p place) (e endpoint, rows []delivery, err error) {
	keys, err := s.Keys.Keys(ctx, p.org)
	if err != nil {
		return endpoint{}, nil, err
	}
	now := s.Clock.Now()
	err = s.DB.InTenant(ctx, p.org, func(tx db.Tx) error {
		if e, err = openEndpoint(ctx, tx, keys, p.org, p.endpoint, false); err != nil {
			if errs.Is(err, errs.NotFound) {
				return nil // deleted, and its deliveries with it
			}
			return err
		}
		if e.State != StateActive {
			return failPending(ctx, tx, p.org, p.endpoint, "the endpoint is disabled")
		}
		rows, err = claimDeliveries(ctx, tx, p.org, p.endpoint, now, now.Add(lease(s.Timeout)), laneWidth)
		return err
	})
	return e, rows, err
}

// result is what came of one attempt.
type result struct {
	good       bool
	gone       bool // 410: nobody wants it any more
	status     int  // 0: no answer
	answer     string
	took       time.Duration
	retryAfter time.Duration
}

// attempt sends one delivery once.
func (s *Service) attempt(ctx context.Context, e *endpoint, d *delivery) result {
	began := time.Now()
	ctx, span := telemetry.Span(ctx, "webhook deliver")
	r := s.post(ctx, e, d)
	span.Note(telemetry.Status.Int(r.status))
	span.End(nil)
	r.took = time.Since(began)
	s.seconds.Observe(r.took.Seconds())
	outcome := "failed"
	switch {
	case r.good:
		outcome = "delivered"
	case r.status == 0:
		outcome = "unreachable"
	}
	s.done.WithLabelValues(outcome).Inc()
	return r
}

func (s *Service) post(ctx context.Context, e *endpoint, d *delivery) result {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, strings.NewReader(d.payload))
	if err != nil {
		return result{answer: "the URL cannot be used"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Rainmaker-Webhooks/1")
	now := s.Clock.Now()
	old := e.old
	if e.OldSecretUntil == nil || now.After(*e.OldSecretUntil) {
		old = ""
	}
	if err := sign(request.Header, d.event, now, []byte(d.payload), e.secret, old); err != nil {
		return result{answer: "cannot be signed"}
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return result{answer: explain(err)}
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, keepAnswer)) // half an answer will do
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)            // a connection that was read to its end is used again
	r := result{
		status: answer.StatusCode, good: answer.StatusCode/100 == 2, gone: answer.StatusCode == http.StatusGone, answer: clean(text),
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.retryAfter = min(time.Duration(seconds)*time.Second, 24*time.Hour)
	}
	return r
}

// explain says why there was no answer, without addresses of our network.
func explain(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, egress.ErrRefused):
		return "the address may not be reached from here"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	return "cannot connect"
}

// clean makes a stranger's bytes fit for a text column.
func clean(text []byte) string {
	out := strings.ToValidUTF8(string(bytes.ReplaceAll(text, []byte{0}, nil)), "")
	for len(out) > keepAnswer || !utf8.ValidString(out) {
		out = out[:len(out)-1]
	}
	return out
}

// settle stores what came of an attempt, and what it means for the endpoint.
func (s *Service) settle(ctx context.Context, tenant id.ID, e *endpoint, d *delivery, r result) error {
	now := s.Clock.Now()
	plan := schedule()
	after := delivery{id: d.id, state: StatePending, attempts: d.attempts}
	switch {
	case r.good:
		after.state = StateDelivered
	case r.gone || d.attempts >= len(plan):
		after.state = StateFailed
	default:
		wait := plan[d.attempts]
		// A tenth more or less, so that what failed together does not come back
		// together.
		wait += time.Duration((rand.Float64() - 0.5) * 0.2 * float64(wait)) //nolint:gosec // spreads retries, hides nothing
		after.due = now.Add(max(wait, r.retryAfter))
	}
	because := ""
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := settleDelivery(ctx, tx, keys, tenant, after, r, now); err != nil {
			return err
		}
		if r.good {
			return endpointWorks(ctx, tx, tenant, e.ID)
		}
		since, err := endpointFails(ctx, tx, tenant, e.ID, now)
		if err != nil {
			return err
		}
		switch {
		case r.gone:
			because = "it answered 410 Gone"
		case now.Sub(since) >= giveUpAfter:
			because = "nothing got through for five days"
		default:
			return nil
		}
		changed, err := disableEndpoint(ctx, tx, tenant, e.ID, because, now)
		if err != nil || !changed {
			return err
		}
		if err := failPending(ctx, tx, tenant, e.ID, "the endpoint is disabled"); err != nil {
			return err
		}
		return s.tell(ctx, tx, tenant, org.SystemActor("webhooks"), EventDisabled, e.ID, map[string]any{"reason": because})
	})
	if err == nil && because != "" {
		s.Logger.WarnContext(ctx, "webhook endpoint disabled", "org_id", tenant, "endpoint_id", e.ID, "reason", because)
		s.Wake()
	}
	return err
}

func (s *Service) prune(ctx context.Context, before time.Time) error {
	return s.DB.InSystem(ctx, func(tx db.Tx) error { return pruneDeliveries(ctx, tx, before) })
}
