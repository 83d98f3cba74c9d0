package action

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// ear remembers what it was told, and fails when told to.
type ear struct {
	mu   sync.Mutex
	told []Outcome
	fail map[id.ID]error // by organisation
}

func (e *ear) ActionsSettled(_ context.Context, _ db.Tx, org id.ID, outcomes []Outcome) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail[org]; err != nil {
		return err
	}
	e.told = append(e.told, outcomes...)
	return nil
}

func (e *ear) heard() []State {
	e.mu.Lock()
	defer e.mu.Unlock()
	var states []State
	for _, o := range e.told {
		states = append(states, o.State)
	}
	return states
}

func (h *house) force(action id.ID, state State) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `update actions set state = $3, phase = action_phase($3) where org_id = $1 and id = $2`, h.org, action, string(state))
		return err
	})
}

func TestBeginAsksForStateAndToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	h.propose(l, "k", id.New())
	held := h.claim(l)
	forged := []Action{held[0]}
	forged[0].token = id.New()
	if h.begin(l, forged) != 0 {
		t.Error("begun with a wrong token")
	}
	empty := []Action{held[0]}
	empty[0].token = id.Nil
	if h.begin(l, empty) != 0 {
		t.Error("begun without a token")
	}
	for _, state := range []State{Proposed, Queued, Sending, Done, Failed, InDoubt, Refused, Abandoned} {
		h.force(held[0].ID, state)
		if h.begin(l, held) != 0 {
			t.Errorf("begun from %s", state)
		}
		h.is(l, held[0].ID, state)
	}
	h.force(held[0].ID, Claimed)
	if h.begin(l, held) != 1 {
		t.Fatal("not begun from claimed with its token")
	}
	a := h.find(l, held[0].ID)
	if a.State != Sending || a.IntentAt.IsZero() || a.Rule != "allowed" {
		t.Errorf("begun as %+v", a)
	}
	if h.begin(l, held) != 0 {
		t.Error("begun twice")
	}
}

func TestSettleAsksForStateAndToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	h.propose(l, "k", id.New())
	held := h.claim(l)
	for _, tt := range []struct {
		from  State
		moves bool
	}{{Proposed, false}, {Queued, false}, {Claimed, true}, {Sending, true}, {InDoubt, true}, {Done, false}, {Failed, false}, {Refused, false}, {Abandoned, false}} {
		h.force(held[0].ID, tt.from)
		forged := held[0]
		forged.token = id.New()
		h.settle(l, Failed, forged)
		h.is(l, held[0].ID, tt.from)
		h.settle(l, Done, held[0])
		want := tt.from
		if tt.moves {
			want = Done
		}
		h.is(l, held[0].ID, want)
	}
}

func TestSettleTwiceTellsOnce(t *testing.T) {
	t.Parallel()
	for _, state := range []State{Done, Failed, Queued, InDoubt, Refused, Abandoned} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			l, _ := h.process()
			ears := &ear{}
			l.Observe(kind, ears)
			h.propose(l, "k", id.New())
			held := h.claim(l)
			h.begin(l, held)
			extra := 0
			outcome := Outcome{Action: &held[0], State: state, DueAt: h.clock.Now().Add(time.Hour), Reason: "because", ProviderRef: "ref", At: h.clock.Now()}
			for range 3 {
				err := l.Settle(t.Context(), h.org, []Outcome{outcome}, func(_ context.Context, _ db.Tx, effective []Outcome) error {
					extra += len(effective)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if len(ears.heard()) != 1 || extra != 1 {
				t.Errorf("told %v, extra %d", ears.heard(), extra)
			}
			a := h.find(l, held[0].ID)
			if a.State != state || a.Reason != "because" || a.ProviderRef != "ref" {
				t.Errorf("settled as %+v", a)
			}
			if open := state == Queued || state == InDoubt; open != a.FinishedAt.IsZero() {
				t.Errorf("finished at %s", a.FinishedAt)
			}
		})
	}
}

func TestSettleIsAllOrNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	broken := errors.New("observer is broken")
	ears := &ear{fail: map[id.ID]error{h.org: broken}}
	l.Observe(kind, ears)
	h.propose(l, "k", id.New())
	held := h.claim(l)
	h.begin(l, held)
	err := l.Settle(t.Context(), h.org, []Outcome{{Action: &held[0], State: Done, At: h.clock.Now()}}, nil)
	if !errors.Is(err, broken) {
		t.Fatalf("settled: %v", err)
	}
	h.is(l, held[0].ID, Sending)
	err = New(Deps{DB: h.db, Clock: h.clock, Logger: quiet()}).Settle(t.Context(), h.org, []Outcome{{Action: &held[0], State: Done, At: h.clock.Now()}},
		func(context.Context, db.Tx, []Outcome) error { return broken })
	if !errors.Is(err, broken) {
		t.Fatalf("settled: %v", err)
	}
	h.is(l, held[0].ID, Sending)
}

func TestObserversHearTheirKindOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	mine, others := &ear{}, &ear{}
	l.Observe(kind, mine)
	l.Observe("other.kind", others)
	h.propose(l, "k", id.New(), id.New())
	held := h.claim(l)
	h.settle(l, Refused, held...)
	if len(mine.heard()) != 2 || len(others.heard()) != 0 {
		t.Errorf("told %v and %v", mine.heard(), others.heard())
	}
}

func TestAttemptsCountWhatTheProviderWasAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	h.propose(l, "k", id.New())
	for _, step := range []struct {
		untried bool
		want    int
	}{{true, 0}, {true, 0}, {false, 1}, {true, 1}, {false, 2}} {
		held := h.claim(l)
		if len(held) != 1 || held[0].Attempts != step.want+map[bool]int{true: 1}[step.untried] {
			t.Fatalf("claimed %+v", held)
		}
		outcome := Outcome{Action: &held[0], State: Queued, DueAt: h.clock.Now(), At: h.clock.Now(), Untried: step.untried}
		if err := l.Settle(t.Context(), h.org, []Outcome{outcome}, nil); err != nil {
			t.Fatal(err)
		}
		if got := h.find(l, held[0].ID).Attempts; got != step.want {
			t.Errorf("%d attempts, want %d", got, step.want)
		}
	}
}

func TestPutOffIsNotClaimedEarly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	h.propose(l, "k", id.New())
	held := h.claim(l)
	outcome := Outcome{Action: &held[0], State: Queued, DueAt: h.clock.Now().Add(time.Minute), At: h.clock.Now()}
	if err := l.Settle(t.Context(), h.org, []Outcome{outcome}, nil); err != nil {
		t.Fatal(err)
	}
	if got := h.claim(l); len(got) != 0 {
		t.Fatal("claimed before it is due")
	}
	h.clock.ahead.Store(int64(2 * time.Minute))
	if got := h.claim(l); len(got) != 1 || got[0].token == held[0].token {
		t.Errorf("claimed %d; every claim has a token of its own", len(got))
	}
}

func TestSweepLeavesTheLivingAlone(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	other, _ := h.process()
	h.propose(l, "k", id.New(), id.New())
	held := h.claim(l)
	h.begin(l, held[:1])
	h.clock.ahead.Store(int64(Deadline + sweepGrace - 2*time.Second))
	h.sweep(other)
	h.sweep(l)
	h.is(l, held[0].ID, Sending)
	h.is(l, held[1].ID, Claimed)
	// Past its deadline and the grace, nobody knows.
	h.clock.ahead.Store(int64(Deadline + sweepGrace + time.Second))
	h.sweep(other)
	h.is(l, held[0].ID, InDoubt)
	h.is(l, held[1].ID, Claimed)
	h.clock.ahead.Store(int64(claimLease + time.Second))
	h.sweep(other)
	h.is(l, held[1].ID, Queued)
	if h.begin(l, held[1:]) != 0 {
		t.Error("begun after the claim was taken back")
	}
}

func TestSweepGivesTheAttemptBack(t *testing.T) {
	t.Parallel()
	h := alone(t)
	first, kill := h.process()
	second, _ := h.process()
	h.propose(first, "k", id.New())
	held := h.claim(first)
	kill()
	h.sweep(second)
	if a := h.find(second, held[0].ID); a.State != Queued || a.Attempts != 0 {
		t.Errorf("swept to %s with %d attempts", a.State, a.Attempts)
	}
}

func TestSweepGoesOnWhereOneOrganisationFails(t *testing.T) {
	t.Parallel()
	h := alone(t)
	first, kill := h.process()
	second, _ := h.process()
	ears := &ear{fail: map[id.ID]error{}}
	second.Observe(kind, ears)
	houses := []*house{h}
	for range 4 {
		org := dbtest.Org(t, h.db)
		houses = append(houses, &house{t: t, db: h.db, org: org, clock: h.clock, place: Place{Org: org, Account: id.New()}})
	}
	held := map[*house][]Action{}
	for _, o := range houses {
		o.propose(first, "k", id.New())
		held[o] = o.claim(first)
		o.begin(first, held[o])
	}
	kill()
	ears.fail[houses[2].org] = errors.New("observer is broken")
	if err := second.Sweep(t.Context()); err == nil {
		t.Error("nobody was told of the failure")
	}
	for _, o := range houses {
		want := InDoubt
		if o == houses[2] {
			want = Sending
		}
		o.is(second, held[o][0].ID, want)
	}
	delete(ears.fail, houses[2].org)
	h.sweep(second)
	houses[2].is(second, held[houses[2]][0].ID, InDoubt)
}

func TestRunSweepsByItself(t *testing.T) {
	t.Parallel()
	h := alone(t)
	first, kill := h.process()
	h.propose(first, "k", id.New())
	held := h.claim(first)
	second := h.idle()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = second.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	kill()
	for deadline := time.Now().Add(10 * time.Second); h.find(second, held[0].ID).State != Queued; pause(ctx, 20*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never swept")
		}
	}
}

// TestIncarnationEndsWithItsConnection: the lock is the proof of life, so a
// process whose connection is cut must claim under a new number.
func TestIncarnationEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	before, _ := l.alive.number()
	admin := connect(t, h.db)
	if _, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2
		and database = (select oid from pg_database where datname = current_database())`, lockClass, before); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; pause(t.Context(), 5*time.Millisecond) {
		if now, alive := l.alive.number(); alive && now != before {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no new incarnation")
		}
	}
}
