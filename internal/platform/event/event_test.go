package event_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// fresh returns a database with a tenant table effects, where consumers of these
// tests leave what they did.
func fresh(t testing.TB) *db.DB {
	t.Helper()
	d := dbtest.Fresh(t)
	admin(t, d, `create table effects (org_id uuid not null, seq bigint not null, subject text not null, n int not null);
		select enable_tenant_rls('effects')`)
	return d
}

// admin runs SQL past row-level security.
func admin(t testing.TB, d *db.DB, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// count asks one number past row-level security.
func count(t testing.TB, d *db.DB, sql string, args ...any) (n int) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// write appends one event about subject in a transaction of its own.
func write(ctx context.Context, d *db.DB, org id.ID, subject string, n int) error {
	return d.InTenant(ctx, org, func(tx db.Tx) error {
		e, err := event.New("thing.changed", subject, time.Now(), map[string]any{"n": n})
		if err != nil {
			return err
		}
		return event.Append(ctx, tx, org, e)
	})
}

// record is a Handle that writes each event down.
func record(ctx context.Context, tx db.Tx, org id.ID, events []event.Event) error {
	for _, e := range events {
		n, err := strconv.Atoi(string(e.Data[6 : len(e.Data)-1])) // {"n": 7}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into effects values ($1, $2, $3, $4)`, org, e.Seq, e.Subject, n); err != nil {
			return err
		}
	}
	return nil
}

// start runs a relay until the returned function is called, which waits for it.
func start(ctx context.Context, d *db.DB, consumers ...event.Consumer) (*event.Relay, func()) {
	ctx, cancel := context.WithCancel(ctx)
	r := event.NewRelay(d, slog.New(slog.DiscardHandler))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Run(ctx, consumers...)
	}()
	return r, func() { cancel(); <-done }
}

// eventually polls until ok or the patience ends.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// TestNothingLostNothingTwice: many writers whose transactions commit out of
// order, two processes that publish and consume and are stopped at random
// points. Every event has its effect once, and those of a subject in order.
func TestNothingLostNothingTwice(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	const writers, each = 8, 150
	orgs := []id.ID{id.New(), id.New(), id.New()}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				if err := slowWrite(t.Context(), d, orgs[w%len(orgs)], fmt.Sprint(w), n); err != nil {
					t.Errorf("write: %v", err)
					return
				}
			}
		})
	}
	total := func() int { return count(t, d, `select count(*) from effects`) }
	var processes sync.WaitGroup
	for p := range 2 {
		processes.Go(func() {
			random := rand.New(rand.NewPCG(uint64(p), 7))
			deadline := time.Now().Add(30 * time.Second)
			for total() < writers*each && time.Now().Before(deadline) {
				_, stop := start(t.Context(), d, event.Consumer{Name: "effects", Handle: record, Pause: time.Millisecond})
				<-time.After(time.Duration(5+random.IntN(80)) * time.Millisecond)
				stop()
			}
		})
	}
	writing.Wait()
	processes.Wait()
	if n := total(); n != writers*each {
		t.Errorf("%d effects of %d events", n, writers*each)
	}
	if n := count(t, d, `select count(*) from (select seq from effects group by seq having count(*) > 1) x`); n != 0 {
		t.Errorf("%d events had their effect twice", n)
	}
	if n := count(t, d, `select count(*) from (select n - lag(n) over (partition by subject order by seq) as step from effects) x where step <> 1`); n != 0 {
		t.Errorf("%d events out of order", n)
	}
}

// slowWrite holds its transaction open for a random moment after the event.
func slowWrite(ctx context.Context, d *db.DB, org id.ID, subject string, n int) error {
	return d.InTenant(ctx, org, func(tx db.Tx) error {
		e, err := event.New("thing.changed", subject, time.Now(), map[string]any{"n": n})
		if err != nil {
			return err
		}
		if err := event.Append(ctx, tx, org, e); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `select pg_sleep(random() * 0.004)`)
		return err
	})
}

// TestDeathBetweenEffectAndCursor: the effect of one organisation is committed,
// then the pass dies before the cursor moves.
func TestDeathBetweenEffectAndCursor(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	first, second := id.New(), id.New()
	for n := range 5 {
		for _, org := range []id.ID{first, second} {
			if err := write(t.Context(), d, org, org.String(), n); err != nil {
				t.Fatal(err)
			}
		}
	}
	var died atomic.Bool
	_, stop := start(t.Context(), d, event.Consumer{Name: "effects", Handle: func(ctx context.Context, tx db.Tx, org id.ID, events []event.Event) error {
		if org == second && !died.Load() {
			eventually(t, "the other organisation's effect", func() bool {
				return count(t, d, `select count(*) from effects where org_id = $1`, first) == 5
			})
			died.Store(true)
			return errors.New("died")
		}
		return record(ctx, tx, org, events)
	}})
	eventually(t, "all effects", func() bool { return count(t, d, `select count(*) from effects`) >= 10 })
	eventually(t, "the cursor", func() bool { return count(t, d, `select seq::int from event_cursors`) == 10 })
	stop()
	if n := count(t, d, `select count(*) from effects`); n != 10 {
		t.Errorf("%d effects of 10 events", n)
	}
}

// TestPoison: an event that cannot be handled is parked, blocks neither its
// organisation nor others, and a panic is no more than that.
func TestPoison(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	sick, well := id.New(), id.New()
	for n := range 6 {
		for _, org := range []id.ID{sick, well} {
			if err := write(t.Context(), d, org, org.String(), n); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, stop := start(t.Context(), d, event.Consumer{Name: "effects", Handle: func(ctx context.Context, tx db.Tx, org id.ID, events []event.Event) error {
		for _, e := range events {
			if org == sick && string(e.Data) == `{"n": 2}` {
				return errors.New("indigestible")
			}
			if org == sick && string(e.Data) == `{"n": 4}` {
				panic("worse")
			}
		}
		return record(ctx, tx, org, events)
	}})
	defer stop()
	eventually(t, "the rest", func() bool { return count(t, d, `select count(*) from effects`) == 10 })
	if n := count(t, d, `select count(*) from event_parked where org_id = $1 and error in ('indigestible', 'panic: worse')`, sick); n != 2 {
		t.Errorf("%d events parked, want 2", n)
	}
	eventually(t, "the counters", func() bool { return r.Stats().Parked == 2 })
	if err := write(t.Context(), d, sick, "later", 9); err != nil {
		t.Fatal(err)
	}
	r.Wake()
	eventually(t, "a later event", func() bool { return count(t, d, `select count(*) from effects`) == 11 })
}

// TestFollow: a follower sees every event of every organisation once and in
// order, from where it asked.
func TestFollow(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	r, stop := start(t.Context(), d)
	defer stop()
	orgs := []id.ID{id.New(), id.New()}
	const events = 300
	go func() {
		for n := range events {
			if err := write(t.Context(), d, orgs[n%2], "x", n); err != nil {
				return
			}
			r.Wake()
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := int64(10)
	for batch, err := range r.Follow(ctx, seen) {
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch {
			if e.Seq != seen+1 || e.Org != orgs[(e.Seq-1)%2] {
				t.Fatalf("event %d of %s after %d", e.Seq, e.Org, seen)
			}
			seen = e.Seq
		}
		if seen == events {
			break
		}
	}
	if seen != events {
		t.Errorf("saw %d of %d", seen, events)
	}
}

// TestWakeIsQuick: a woken relay publishes long before the poll would.
func TestWakeIsQuick(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	r, stop := start(t.Context(), d)
	defer stop()
	org := id.New()
	var best time.Duration = time.Hour
	for n := range 20 {
		begin := time.Now()
		if err := write(t.Context(), d, org, "x", n); err != nil {
			t.Fatal(err)
		}
		r.Wake()
		if !r.WaitPast(t.Context(), int64(n)) {
			t.Fatal("ended")
		}
		best = min(best, time.Since(begin))
	}
	if best > 100*time.Millisecond {
		t.Errorf("best of 20 took %v", best)
	}
}

// TestPrune: only a prefix that is old and read by every consumer goes, and
// Bounds tells a follower that it missed something.
func TestPrune(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	org := id.New()
	for n := range 10 {
		if err := write(t.Context(), d, org, "x", n); err != nil {
			t.Fatal(err)
		}
	}
	r, stop := start(t.Context(), d, event.Consumer{Name: "effects", Handle: record})
	defer stop()
	eventually(t, "the cursor", func() bool { return count(t, d, `select coalesce(max(seq), 0)::int from event_cursors`) == 10 })
	admin(t, d, `insert into event_cursors values ('slow', 6)`)
	if gone, err := event.PruneBefore(t.Context(), r, time.Now().Add(-time.Hour)); err != nil || gone != 0 {
		t.Errorf("pruned %d young events, %v", gone, err)
	}
	if gone, err := event.PruneBefore(t.Context(), r, time.Now().Add(time.Minute)); err != nil || gone != 6 {
		t.Errorf("pruned %d events, want the 6 that all have read, %v", gone, err)
	}
	if floor, last, err := event.Bounds(t.Context(), d); err != nil || floor != 6 || last != 10 {
		t.Errorf("bounds %d..%d, %v", floor, last, err)
	}
	admin(t, d, `update event_cursors set seq = 10`)
	if _, err := event.PruneBefore(t.Context(), r, time.Now().Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if floor, last, err := event.Bounds(t.Context(), d); err != nil || floor != 10 || last != 10 {
		t.Errorf("bounds %d..%d of an empty outbox, %v", floor, last, err)
	}
}

// TestTenantOnly: the program's role sees no other tenant's events except through
// the relay.
func TestTenantOnly(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	mine, other := id.New(), id.New()
	if err := write(t.Context(), d, other, "x", 1); err != nil {
		t.Fatal(err)
	}
	r, stop := start(t.Context(), d)
	defer stop()
	r.Wake()
	if !r.WaitPast(t.Context(), 0) {
		t.Fatal("ended")
	}
	err := d.InTenant(t.Context(), mine, func(tx db.Tx) error {
		events, err := event.ReadOrg(t.Context(), tx, other, 0, 100, 10)
		if len(events) != 0 {
			t.Errorf("saw %d events of another tenant", len(events))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
