package action

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// kind of the actions of these tests.
const kind = "test.touch"

// watch is a clock that tests set ahead.
type watch struct{ ahead atomic.Int64 }

func (w *watch) Now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())).UTC() }

// house is an organisation with one account.
type house struct {
	t     *testing.T
	db    *db.DB
	org   id.ID
	place Place
	clock *watch
}

func newHouse(t *testing.T) *house {
	d := dbtest.New(t)
	h := &house{t: t, db: d, org: dbtest.Org(t, d), clock: &watch{}}
	h.place = Place{Org: h.org, Account: id.New()}
	return h
}

// process starts a Log; the returned function ends it as a crash would: nothing
// is put back.
func (h *house) process() (*Log, func()) {
	l := New(Deps{DB: h.db, Clock: h.clock, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.alive.keep(ctx) // without its own sweeper: the test says when
	}()
	end := func() {
		cancel()
		<-ended
	}
	h.t.Cleanup(end)
	for {
		if number, alive := l.alive.number(); alive {
			return l, func() {
				end()
				h.buried(number)
			}
		}
		pause(ctx, time.Millisecond)
	}
}

// buried waits until the server has noticed that an incarnation's connection is
// closed.
func (h *house) buried(number int32) {
	h.t.Helper()
	for dead := false; !dead; pause(h.t.Context(), time.Millisecond) {
		err := h.db.InSystem(h.t.Context(), func(tx db.Tx) (err error) {
			dead, err = lockIncarnation(h.t.Context(), tx, number)
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTenant(h.t.Context(), h.org, func(tx db.Tx) error { return fn(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// propose writes a touch of each lead.
func (h *house) propose(l *Log, key string, leads ...id.ID) {
	h.t.Helper()
	proposals := make([]Proposal, len(leads))
	for i, lead := range leads {
		proposals[i] = Proposal{OnceKey: key + lead.String(), Touch: true, LeadID: lead, AccountID: h.place.Account, DueAt: h.clock.Now()}
	}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := l.Propose(ctx, tx, h.org, kind, Hold, proposals)
		return err
	})
}

func (h *house) claim(l *Log) []Action {
	h.t.Helper()
	claimed, err := l.Claim(h.t.Context(), kind, h.place, 10)
	if err != nil {
		h.t.Fatal(err)
	}
	return claimed
}

// begin reports how many of the actions may happen.
func (h *house) begin(l *Log, actions []Action) (n int) {
	h.t.Helper()
	pointers := make([]*Action, len(actions))
	for i := range actions {
		pointers[i] = &actions[i]
	}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		begun, err := l.Begin(ctx, tx, h.org, pointers, "allowed", 1)
		n = len(begun)
		return err
	})
	return n
}

func (h *house) settle(l *Log, state State, actions ...Action) {
	h.t.Helper()
	outcomes := make([]Outcome, len(actions))
	for i := range actions {
		outcomes[i] = Outcome{Action: &actions[i], State: state, DueAt: h.clock.Now(), At: h.clock.Now()}
	}
	if err := l.Settle(h.t.Context(), h.org, outcomes, nil); err != nil {
		h.t.Fatalf("settle as %s: %v", state, err)
	}
}

func (h *house) sweep(l *Log) {
	h.t.Helper()
	if err := l.Sweep(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) is(l *Log, action id.ID, want State) {
	h.t.Helper()
	a, err := l.Find(h.t.Context(), h.org, action)
	if err != nil {
		h.t.Fatal(err)
	}
	if a.State != want {
		h.t.Errorf("the action is %s, want %s", a.State, want)
	}
}

// claims counts the claims that are remembered.
func (h *house) claims() (n int) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from action_claims`).Scan(&n)
	})
	return n
}

func TestClaimIsForgottenWhenNothingIsHeld(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	h.propose(l, "k", id.New(), id.New())
	held := h.claim(l)
	h.begin(l, held)
	h.settle(l, Done, held[0])
	h.clock.ahead.Store(int64(2 * claimKept))
	h.sweep(l)
	if h.claims() != 1 {
		t.Fatal("a claim was forgotten although a mail of it is being sent")
	}
	h.settle(l, Queued, held[1])
	h.sweep(l)
	if h.claims() != 0 {
		t.Error("the claim is still there although nothing is held")
	}
	if again := h.claim(l); len(again) != 1 || h.claims() != 1 {
		t.Errorf("claimed %d, %d claims", len(again), h.claims())
	}
}

func TestSweepOfTheDead(t *testing.T) {
	h := newHouse(t)
	first, kill := h.process()
	second, _ := h.process()
	h.propose(first, "step", id.New(), id.New())
	held := h.claim(first)
	if len(held) != 2 || h.begin(first, held[:1]) != 1 {
		t.Fatal("not claimed and begun")
	}
	h.sweep(second)
	h.is(second, held[0].ID, Sending)
	h.is(second, held[1].ID, Claimed)

	kill()
	h.sweep(second)
	h.is(second, held[0].ID, InDoubt)
	h.is(second, held[1].ID, Queued)
	again := h.claim(second)
	if len(again) != 1 || again[0].ID != held[1].ID {
		t.Fatalf("claimed %d actions, want the one that was only claimed", len(again))
	}
	// The first process was only cut off: its word counts where nobody took over.
	if n := h.begin(first, held[1:]); n != 0 {
		t.Error("an action that somebody else has claimed was begun")
	}
	h.settle(first, Queued, held[1])
	h.is(second, held[1].ID, Claimed)
	h.settle(first, Done, held[0])
	h.is(second, held[0].ID, Done)
}

func TestSettleDoubtWhilePersonIsInAnotherTouch(t *testing.T) {
	h := newHouse(t)
	first, kill := h.process()
	second, _ := h.process()
	busy, free := id.New(), id.New()
	h.propose(first, "step", busy, free)
	held := h.claim(first)
	h.begin(first, held)
	kill()
	h.sweep(second)
	h.propose(second, "other", busy)

	// Neither was sent, as their holder knows now.
	h.settle(first, Queued, held...)
	for _, a := range held {
		want := Queued
		if a.LeadID == busy {
			want = InDoubt
		}
		h.is(second, a.ID, want)
	}
}

func TestReleaseWaitsForTheLastWord(t *testing.T) {
	h := newHouse(t)
	first, kill := h.process()
	second, _ := h.process()
	h.propose(first, "step", id.New())
	held := h.claim(first)
	h.begin(first, held)
	kill()
	h.sweep(second)
	release := func() error {
		return h.db.InTenant(t.Context(), h.org, func(tx db.Tx) error {
			_, err := second.Judge(t.Context(), tx, h.org, held[0].ID, Release, "user:ann")
			return err
		})
	}
	if err := release(); errs.KindOf(err) != errs.Conflict {
		t.Fatalf("released while its holder may still send it: %v", err)
	}
	h.clock.ahead.Store(int64(lastWord))
	if err := release(); err != nil {
		t.Fatal(err)
	}
	h.is(second, held[0].ID, Queued)
	h.settle(first, Done, held[0]) // too late: it was taken away
	h.is(second, held[0].ID, Queued)
}
