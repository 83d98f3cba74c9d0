package event

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

const (
	// readEvents and readBytes bound one pass of a consumer.
	readEvents = 1000
	readBytes  = 2 << 20
	// parallelOrgs transactions of different organisations run at once.
	parallelOrgs = 4
	// maxAttempts failures in a row of one organisation's events, about 1.5 s,
	// and the events are tried one by one and the bad ones parked.
	maxAttempts = 5
	// pause is the usual time between passes of a consumer that keeps up.
	pause = 50 * time.Millisecond
	// handleWithin ends a handler that hangs; it counts as a failure.
	handleWithin = time.Minute
	// heldWait is the wait while another process serves the consumer.
	heldWait = 200 * time.Millisecond
)

// Consumer has an effect for events, once for each. Handle gets events of one
// organisation, in order, in that organisation's transaction; the offset moves
// in the same transaction, so an effect that stays in the database happens
// exactly once. An error rolls back and is tried again; an event that fails
// maxAttempts times is parked: logged, counted, stored in event_parked.
//
// A new consumer starts at the oldest event there is. Events are kept until
// every consumer that ever ran has read them, so a consumer that is given up
// needs its row in event_cursors deleted by a migration.
type Consumer struct {
	Name   string
	Wants  func(typ string) bool // nil wants all; others cost nothing
	Handle func(ctx context.Context, tx db.Tx, org id.ID, events []Event) error
	After  func()        // optional: called after commits of Handle; must not block
	Pause  time.Duration // least time between passes while it keeps up; 0: 50 ms
}

// runner serves one consumer in one process.
type runner struct {
	Consumer
	relay *Relay
	seen  int64 // cursor position as last seen

	mu       sync.Mutex
	attempts map[id.ID]int // failures in a row
}

func newRunner(r *Relay, c Consumer) *runner {
	if c.Pause == 0 {
		c.Pause = pause
	}
	if c.After == nil {
		c.After = func() {}
	}
	if c.Wants == nil {
		c.Wants = func(string) bool { return true }
	}
	return &runner{Consumer: c, relay: r, attempts: map[id.ID]int{}}
}

// errHeld says that another process serves the consumer at this moment.
var errHeld = errors.New("cursor held elsewhere")

func (r *runner) run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		if err := ensureCursor(ctx, r.relay.db, r.Name); err == nil {
			break
		}
		failures++
		sleep(ctx, backoff(failures))
	}
	failures = 0
	for ctx.Err() == nil {
		full, err := r.pass(ctx)
		switch {
		case errors.Is(err, errHeld):
			sleep(ctx, heldWait)
		case err != nil:
			failures++
			if ctx.Err() == nil {
				r.relay.logger.Warn("consume events", "consumer", r.Name, "error", err, "failures", failures)
			}
			sleep(ctx, backoff(failures))
		default:
			failures = 0
			if !full {
				sleep(ctx, r.Pause)
				r.relay.WaitPast(ctx, r.seen)
			}
		}
	}
}

// pass handles one batch under the lock of the cursor. full reports that there
// is probably more.
func (r *runner) pass(ctx context.Context) (full bool, err error) {
	var position int64
	err = r.relay.db.InSystem(ctx, func(tx db.Tx) error {
		cursor, err := lockCursor(ctx, tx, r.Name)
		if db.NoRows(err) {
			return errHeld
		}
		if err != nil {
			return err
		}
		events, err := fetch(ctx, tx, cursor, readEvents, readBytes)
		if err != nil {
			return err
		}
		position = cursor
		if len(events) == 0 {
			return nil
		}
		if err := r.deliver(ctx, events); err != nil {
			return err
		}
		position = events[len(events)-1].Seq
		full = position < r.relay.Last()
		return moveCursor(ctx, tx, r.Name, position)
	})
	if err != nil {
		return false, err
	}
	r.seen = position
	return full, nil
}

// deliver gives each organisation its events. An error means that some are not
// settled: the cursor must stay, and offsets keep the others from counting
// twice.
func (r *runner) deliver(ctx context.Context, events []Event) error {
	orgs, batches := r.group(events)
	var (
		work  sync.WaitGroup
		slots = make(chan struct{}, parallelOrgs)
		fails = make([]error, len(orgs))
	)
	for i, org := range orgs {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			fails[i] = r.serve(ctx, org, batches[org])
		})
	}
	work.Wait()
	if len(orgs) > 0 {
		r.After()
		r.relay.Wake() // handlers may have written events
	}
	return errors.Join(fails...)
}

func (r *runner) group(events []Event) ([]id.ID, map[id.ID][]Event) {
	var orgs []id.ID
	batches := map[id.ID][]Event{}
	for _, e := range events {
		if !r.Wants(e.Type) {
			continue
		}
		if _, known := batches[e.Org]; !known {
			orgs = append(orgs, e.Org)
		}
		batches[e.Org] = append(batches[e.Org], e)
	}
	return orgs, batches
}

// serve applies one organisation's events, or after enough failures parks those
// that cannot be applied.
func (r *runner) serve(ctx context.Context, org id.ID, events []Event) error {
	err := r.apply(ctx, org, events, nil)
	if err == nil {
		r.mu.Lock()
		delete(r.attempts, org)
		r.mu.Unlock()
		return nil
	}
	err = fmt.Errorf("organisation %s, events %d to %d: %w", org, events[0].Seq, events[len(events)-1].Seq, err)
	if ctx.Err() != nil || temporary(err) {
		return err
	}
	r.relay.failed.Add(1)
	r.mu.Lock()
	r.attempts[org]++
	tired := r.attempts[org] >= maxAttempts
	if tired {
		delete(r.attempts, org)
	}
	r.mu.Unlock()
	if !tired {
		return err
	}
	for _, e := range events {
		err := r.apply(ctx, org, []Event{e}, nil)
		if err == nil {
			continue
		}
		if ctx.Err() != nil || temporary(err) {
			return err
		}
		if err := r.apply(ctx, org, []Event{e}, err); err != nil {
			return err
		}
		r.relay.parked.Add(1)
		r.relay.logger.Error("event parked: its consumer cannot handle it", "consumer", r.Name, "org", org, "seq", e.Seq, "event", e.ID, "type", e.Type, "error", err)
	}
	return nil
}

// apply handles events that org's offset has not passed, and moves it, in one
// transaction. With a cause it parks them instead.
func (r *runner) apply(ctx context.Context, org id.ID, events []Event, cause error) (err error) {
	ctx, span := telemetry.Span(ctx, "events", telemetry.Consumer.String(r.Name), telemetry.OrgID.String(org.String()), telemetry.Count.Int(len(events)))
	defer func() { span.End(err) }()
	handled := 0
	err = r.relay.db.InTenant(ctx, org, func(tx db.Tx) error {
		done, err := lockOffset(ctx, tx, org, r.Name)
		if err != nil {
			return err
		}
		for len(events) > 0 && events[0].Seq <= done {
			events = events[1:]
		}
		if len(events) == 0 {
			return nil
		}
		handled = len(events)
		if cause != nil {
			for _, e := range events {
				if err := insertParked(ctx, tx, org, r.Name, e, cause.Error()); err != nil {
					return err
				}
			}
		} else if err := r.guarded(ctx, tx, org, events); err != nil {
			return err
		}
		return moveOffset(ctx, tx, org, r.Name, events[len(events)-1].Seq)
	})
	if err == nil {
		r.relay.handled.Add(int64(handled))
	}
	return err
}

// guarded turns a panic into an error: after a restart it would only come again.
func (r *runner) guarded(ctx context.Context, tx db.Tx, org id.ID, events []Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, handleWithin)
	defer cancel()
	return r.Handle(ctx, tx, org, events)
}

// temporary reports a failure that says nothing about the event: the database is
// away, busy or asks for another try. Such failures never park.
func temporary(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && len(pe.Code) >= 2 {
		switch pe.Code[:2] {
		case "08", "40", "53", "57", "58": // connection, rollback, resources, operator, system
			return true
		}
		return pe.Code == "55P03" || pe.Code == "25P02" || pe.Code == "25P03" // lock or idle time-outs
	}
	var ne net.Error
	var ce *pgconn.ConnectError
	return errors.As(err, &ne) || errors.As(err, &ce) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) ||
		errs.Is(err, errs.Unavailable)
}
