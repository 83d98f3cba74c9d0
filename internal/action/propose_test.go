package action

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// alone is a house in a database of its own: for tests that sweep or move the
// clock far, which would reach the rows of others.
func alone(t *testing.T) *house {
	d := dbtest.Fresh(t)
	h := &house{t: t, db: d, org: dbtest.Org(t, d), clock: &watch{}}
	h.place = Place{Org: h.org, Account: id.New()}
	return h
}

// idle is a Log that does not run: it proposes and judges, and claims nothing.
func (h *house) idle() *Log { return New(Deps{DB: h.db, Clock: h.clock, Logger: quiet()}) }

// offer proposes in one transaction and returns the ids.
func (h *house) offer(l *Log, proposals ...Proposal) (ids []id.ID) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		ids, err = l.Propose(ctx, tx, h.org, kind, Hold, proposals)
		return err
	})
	return ids
}

func (h *house) touch(key string, lead id.ID) Proposal {
	return Proposal{OnceKey: key, Touch: true, LeadID: lead, AccountID: h.place.Account, DueAt: h.clock.Now()}
}

func (h *house) find(l *Log, action id.ID) Action {
	h.t.Helper()
	a, err := l.Find(h.t.Context(), h.org, action)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func TestProposeTheSameDecisionTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	p := h.touch("step-1", id.New())
	first := h.offer(l, p)
	if first[0] == id.Nil {
		t.Fatal("the first proposal was not written")
	}
	p.ID = id.New()
	if again := h.offer(l, p); again[0] != id.Nil {
		t.Error("the same once key was written twice")
	}
	// Within one call too, and after the first has ended.
	h.tx(func(ctx context.Context, tx db.Tx) error { return l.Cancel(ctx, tx, h.org, []id.ID{p.LeadID}, "test") })
	other := h.touch("step-2", p.LeadID)
	twin := other
	got := h.offer(l, p, other, twin)
	if got[0] != id.Nil || got[1] == id.Nil || got[2] != id.Nil {
		t.Errorf("written: %v", got)
	}
}

func TestOnceKeyIsOfAnOrganisation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := &house{t: t, db: h.db, org: dbtest.Org(t, h.db), clock: h.clock, place: h.place}
	a, b := h.offer(h.idle(), h.touch("same", id.New())), other.offer(h.idle(), other.touch("same", id.New()))
	if a[0] == id.Nil || b[0] == id.Nil {
		t.Error("one organisation's once key took another's")
	}
}

func TestOneTouchInFlightPerPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	lead := id.New()
	got := h.offer(l, h.touch("a", lead), h.touch("b", lead))
	if got[0] == id.Nil || got[1] != id.Nil {
		t.Fatalf("a second touch in flight: %v", got)
	}
	sync := h.touch("crm", lead)
	sync.Touch = false
	wait := h.touch("c", lead)
	wait.NeedsPerson = true
	got = h.offer(l, sync, wait)
	if got[0] == id.Nil {
		t.Error("what reaches nobody was held up by a touch")
	}
	if got[1] == id.Nil {
		t.Error("what waits for a person was held up by a touch")
	}
}

func TestProposalIsStoredWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	p := Proposal{
		ID: id.New(), OnceKey: "k", Touch: true, LeadID: id.New(), CampaignID: id.New(), EnrolmentID: id.New(), StepID: id.New(), VariantID: id.New(),
		Propensity: 0.25, ContentID: id.New(), AccountID: h.place.Account, Payload: json.RawMessage(`{"a": 1}`),
		DueAt: h.clock.Now().Truncate(time.Microsecond), NeedsPerson: true,
	}
	h.offer(l, p)
	got := h.find(l, p.ID)
	want := Action{
		ID: p.ID, Kind: kind, Contract: Hold, State: Proposed, LeadID: p.LeadID, CampaignID: p.CampaignID, EnrolmentID: p.EnrolmentID,
		StepID: p.StepID, VariantID: p.VariantID, Propensity: 0.25, ContentID: p.ContentID, AccountID: p.AccountID,
		Payload: p.Payload, DueAt: p.DueAt, CreatedAt: got.CreatedAt,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Action{})); diff != "" {
		t.Error(diff)
	}
}

func TestProposeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if got := h.offer(h.idle()); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestTwoProcessesClaimNoRowTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, _ := h.process()
	second, _ := h.process()
	const n = 300
	leads := make([]id.ID, n)
	for i := range leads {
		leads[i] = id.New()
	}
	h.propose(first, "step", leads...)
	var mu sync.Mutex
	claimed := map[id.ID]int{}
	var workers sync.WaitGroup
	for _, l := range []*Log{first, second, first, second} {
		workers.Go(func() {
			for {
				got, err := l.Claim(t.Context(), kind, h.place, 7)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, a := range got {
					claimed[a.ID]++
				}
				all := len(claimed) == n
				mu.Unlock()
				if all || len(got) == 0 {
					return
				}
			}
		})
	}
	workers.Wait()
	for action, times := range claimed {
		if times != 1 {
			t.Errorf("%s was claimed %d times", action, times)
		}
	}
	// SKIP LOCKED may let a worker go home early, never lose a row.
	rest := 0
	for got := h.claim(first); len(got) > 0; got = h.claim(first) {
		rest += len(got)
	}
	if len(claimed)+rest != n {
		t.Errorf("claimed %d of %d", len(claimed)+rest, n)
	}
}

func TestClaimTakesOnlyWhatIsDueHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	due, later, elsewhere, waiting := h.touch("due", id.New()), h.touch("later", id.New()), h.touch("elsewhere", id.New()), h.touch("waits", id.New())
	later.DueAt = h.clock.Now().Add(time.Hour)
	elsewhere.AccountID = id.New()
	waiting.NeedsPerson = true
	ids := h.offer(l, due, later, elsewhere, waiting)
	got := h.claim(l)
	if len(got) != 1 || got[0].ID != ids[0] {
		t.Fatalf("claimed %d", len(got))
	}
	if got[0].Attempts != 1 || got[0].State != Claimed || got[0].token == id.Nil {
		t.Errorf("claimed as %+v", got[0])
	}
	h.is(l, ids[3], Proposed)
	if more, err := l.Claim(t.Context(), "other.kind", h.place, 10); err != nil || len(more) != 0 {
		t.Errorf("another kind: %d, %v", len(more), err)
	}
}

func TestClaimTakesTheOldestFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, _ := h.process()
	var want []id.ID
	for i := range 5 {
		p := h.touch(string(rune('a'+i)), id.New())
		p.DueAt = h.clock.Now().Add(-time.Duration(i) * time.Minute)
		want = append(want, h.offer(l, p)...)
	}
	got, err := l.Claim(t.Context(), kind, h.place, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range got {
		if a.ID != want[4] && a.ID != want[3] {
			t.Errorf("claimed one that is due later")
		}
	}
}

func TestClaimNeedsAnIncarnation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.propose(h.idle(), "k", id.New())
	if got, err := h.idle().Claim(t.Context(), kind, h.place, 10); err != ErrNoIncarnation || got != nil {
		t.Errorf("claimed %d without an incarnation: %v", len(got), err)
	}
	l, kill := h.process()
	kill()
	if _, err := l.Claim(t.Context(), kind, h.place, 10); err != ErrNoIncarnation {
		t.Errorf("claimed after the end: %v", err)
	}
}

// TestClaimWhoseAnswerIsLost: the claim commits, but its process is told to stop
// while it waits for the answer. It must learn what it holds.
func TestClaimWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	h.propose(l, "step", id.New(), id.New())
	admin, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, h.db))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	// Commits of claims now take until they are cancelled, and happen all the same.
	_, err = admin.Exec(t.Context(), `
		create function slow_commit() returns trigger language plpgsql as $$
		begin
			perform pg_sleep(60);
			return null;
		exception when query_canceled then
			return null;
		end $$;
		create constraint trigger slow_commit after update on actions deferrable initially deferred
			for each row when (new.state = 'claimed') execute function slow_commit()`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for asleep := 0; asleep == 0 && t.Context().Err() == nil; {
			err := admin.QueryRow(t.Context(), `select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`).Scan(&asleep)
			if err != nil {
				break
			}
		}
		cancel()
		// One trigger a row: cancel those that follow too.
		for held := 0; held == 0 && t.Context().Err() == nil; {
			err := admin.QueryRow(t.Context(), `with c as (select pg_cancel_backend(pid) from pg_stat_activity
					where wait_event = 'PgSleep' and datname = current_database())
				select (select count(*) from actions where state = 'claimed') + 0 * (select count(*) from c)`).Scan(&held)
			if err != nil {
				break
			}
		}
	}()
	got, err := l.Claim(ctx, kind, h.place, 10)
	if err != nil || len(got) != 2 {
		t.Fatalf("learnt of %d claimed actions: %v", len(got), err)
	}
	if h.begin(l, got) != 2 {
		t.Error("the token it learnt is not the right one")
	}
}

func TestClaimThatFailedSaysSo(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	h.propose(l, "step", id.New())
	admin, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, h.db))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	if _, err := admin.Exec(t.Context(), `revoke update on actions from rainmaker_app`); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Claim(t.Context(), kind, h.place, 10); err == nil {
		t.Errorf("a claim that was refused returned %d and no error", len(got))
	}
}

func TestDuePlaces(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l := h.idle()
	var want []Place
	for range 3 {
		org := dbtest.Org(t, h.db)
		for account := range 3 {
			o := &house{t: t, db: h.db, org: org, clock: h.clock, place: Place{Org: org, Account: id.New()}}
			late := o.touch("late", id.New())
			late.DueAt = h.clock.Now().Add(time.Hour)
			o.offer(l, late)
			if account < 2 { // the third has nothing due
				o.offer(l, o.touch("due"+string(rune('a'+account)), id.New()), o.touch("more"+string(rune('a'+account)), id.New()))
				want = append(want, o.place)
			}
		}
	}
	got, err := l.Due(t.Context(), kind)
	if err != nil {
		t.Fatal(err)
	}
	order := func(a, b Place) int {
		return slices.Compare(append(a.Org[:], a.Account[:]...), append(b.Org[:], b.Account[:]...))
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := l.Due(t.Context(), "other.kind"); err != nil || len(got) != 0 {
		t.Errorf("another kind is due in %d places: %v", len(got), err)
	}
}

func TestOtherOrganisationsSeeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	ids := h.offer(l, h.touch("k", id.New()))
	stranger := dbtest.Org(t, h.db)
	if _, err := l.Find(t.Context(), stranger, ids[0]); !errs.Is(err, errs.NotFound) {
		t.Errorf("found: %v", err)
	}
	if list, err := l.List(t.Context(), stranger, Filter{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("listed %d: %v", len(list), err)
	}
	// Row-level security holds even where a query forgets the organisation.
	var n int
	err := h.db.InTenant(t.Context(), stranger, func(tx db.Tx) error {
		if _, err := l.Judge(t.Context(), tx, stranger, ids[0], Abandon, "x"); !errs.Is(err, errs.NotFound) {
			t.Errorf("judged: %v", err)
		}
		if _, err := tx.Exec(t.Context(), `update actions set state = 'abandoned', phase = 0`); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), `select count(*) from actions`).Scan(&n)
	})
	if err != nil || n != 0 {
		t.Errorf("a stranger counts %d actions: %v", n, err)
	}
	err = h.db.InTenant(t.Context(), stranger, func(tx db.Tx) error {
		_, err := l.Propose(t.Context(), tx, h.org, kind, Hold, []Proposal{h.touch("foreign", id.New())})
		return err
	})
	if err == nil {
		t.Error("an action was written into another organisation")
	}
	h.is(l, ids[0], Queued)
	if org, err := l.OrgOf(t.Context(), ids[0]); err != nil || org != h.org {
		t.Errorf("organisation of the action: %s, %v", org, err)
	}
	if _, err := l.OrgOf(t.Context(), id.New()); !errs.Is(err, errs.NotFound) {
		t.Errorf("organisation of nothing: %v", err)
	}
}
