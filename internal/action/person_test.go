package action

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func connect(t *testing.T, d *db.DB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (h *house) judge(l *Log, action id.ID, verb Verb) error {
	return h.db.InTenant(h.t.Context(), h.org, func(tx db.Tx) error {
		_, err := l.Judge(h.t.Context(), tx, h.org, action, verb, "user:ann")
		return err
	})
}

// events returns the types of the organisation's events about a subject.
func (h *house) events(subject id.ID) (types []string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		rows, err := tx.Query(ctx, `select type from outbox where org_id = $1 and subject = $2 order by occurred_at`, h.org, subject.String())
		if err != nil {
			return err
		}
		types, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return types
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	moves := map[Verb]map[State]State{
		Approve: {Proposed: Queued},
		Reject:  {Proposed: Abandoned},
		Release: {InDoubt: Queued},
		Abandon: {InDoubt: Abandoned, Queued: Abandoned, Proposed: Abandoned},
		"bogus": {},
	}
	told := map[Verb]string{Approve: "action.approved", Reject: "action.rejected", Release: "action.released", Abandon: "action.abandoned"}
	states := []State{Proposed, Queued, Claimed, Sending, Done, Failed, InDoubt, Refused, Abandoned}
	h := alone(t) // rows in states that no process put them in
	l, _ := h.process()
	for verb, allowed := range moves {
		for _, from := range states {
			t.Run(string(verb)+" "+string(from), func(t *testing.T) {
				ears := &ear{}
				l := &Log{Deps: l.Deps, observers: map[string][]Observer{kind: {ears}}, settled: l.settled}
				action := h.offer(l, h.touch(string(verb)+string(from), id.New()))[0]
				h.force(action, from)
				err := h.judge(l, action, verb)
				to, ok := allowed[from]
				if !ok {
					if !errs.Is(err, errs.Conflict) {
						t.Errorf("err = %v", err)
					}
					h.is(l, action, from)
					if heard := ears.heard(); len(heard) != 0 || len(h.events(action)) != 0 {
						t.Errorf("told of what did not happen: %v", heard)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				h.is(l, action, to)
				if diff := cmp.Diff([]State{to}, ears.heard()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff([]string{told[verb]}, h.events(action)); diff != "" {
					t.Error(diff)
				}
				if reason := h.find(l, action).Reason; reason == "" {
					t.Error("no reason is recorded")
				}
			})
		}
	}
	if err := h.judge(l, id.New(), Approve); !errs.Is(err, errs.NotFound) {
		t.Errorf("judged nothing: %v", err)
	}
}

func TestReleaseWhilePersonIsInAnotherTouch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	lead := id.New()
	doubtful := h.offer(l, h.touch("a", lead))[0]
	h.force(doubtful, InDoubt)
	other := h.offer(l, h.touch("b", lead))[0]
	if err := h.judge(l, doubtful, Release); !errs.Is(err, errs.Conflict) {
		t.Errorf("released into another touch: %v", err)
	}
	h.is(l, doubtful, InDoubt)
	h.force(other, Done)
	if err := h.judge(l, doubtful, Release); err != nil {
		t.Error(err)
	}
}

func TestApprovalKeepsTheTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	p := h.touch("a", id.New())
	p.NeedsPerson, p.DueAt = true, h.clock.Now().Add(24*time.Hour).Truncate(time.Microsecond)
	action := h.offer(l, p)[0]
	if err := h.judge(l, action, Approve); err != nil {
		t.Fatal(err)
	}
	if due := h.find(l, action).DueAt; !due.Equal(p.DueAt) {
		t.Errorf("due %s, proposed for %s", due, p.DueAt)
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	h := alone(t) // rows in states that no process put them in
	l, _ := h.process()
	ears := &ear{}
	l.Observe(kind, ears)
	for _, state := range []State{Proposed, Queued, Claimed, Sending, Done, Failed, InDoubt, Refused, Abandoned} {
		action := h.offer(l, h.touch("k"+string(state), id.New()))[0]
		h.force(action, state)
		for range 2 {
			h.tx(func(ctx context.Context, tx db.Tx) error { return l.Evidence(ctx, tx, h.org, action, "a reply") })
		}
		want := state
		if state == InDoubt {
			want = Done
			if a := h.find(l, action); a.Reason != "proved by a reply" || a.FinishedAt.IsZero() {
				t.Errorf("proved as %+v", a)
			}
		}
		h.is(l, action, want)
	}
	if diff := cmp.Diff([]State{Done}, ears.heard()); diff != "" {
		t.Error(diff)
	}
}

func TestCancelAndDelay(t *testing.T) {
	t.Parallel()
	h := alone(t) // rows in states that no process put them in
	l := h.idle()
	states := []State{Proposed, Queued, Claimed, Sending, Done, Failed, InDoubt, Refused, Abandoned}
	at := h.clock.Now().Add(time.Hour).Truncate(time.Microsecond)
	for _, state := range states {
		lead, bystander := id.New(), id.New()
		ids := h.offer(l, h.touch("mine"+string(state), lead), h.touch("other"+string(state), bystander))
		h.force(ids[0], state)
		due := h.find(l, ids[0]).DueAt
		h.tx(func(ctx context.Context, tx db.Tx) error { return l.Delay(ctx, tx, h.org, lead, at) })
		if state == Queued {
			due = at
		}
		if got := h.find(l, ids[0]).DueAt; !got.Equal(due) {
			t.Errorf("%s: due %s, want %s", state, got, due)
		}
		// Never earlier.
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return l.Delay(ctx, tx, h.org, lead, at.Add(-30*time.Minute))
		})
		if got := h.find(l, ids[0]).DueAt; !got.Equal(due) {
			t.Errorf("%s: moved to %s", state, got)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error { return l.Cancel(ctx, tx, h.org, []id.ID{lead}, "opted out") })
		want := state
		if state == Queued || state == Proposed {
			want = Abandoned
		}
		h.is(l, ids[0], want)
		h.is(l, ids[1], Queued)
	}
}

func TestRecentCountsTouchesThatHappened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	lead, other := id.New(), id.New()
	for _, state := range []State{Done, Done, InDoubt, Failed, Refused, Abandoned, Queued} {
		p := h.touch(id.New().String(), lead)
		h.force(h.offer(l, p)[0], state)
	}
	quietly := h.touch("crm", lead)
	quietly.Touch = false
	h.force(h.offer(l, quietly)[0], Done)
	h.force(h.offer(l, h.touch("x", other))[0], Done)
	recent := func(days int) (n int) {
		h.tx(func(ctx context.Context, tx db.Tx) error {
			counts, err := l.Recent(ctx, tx, h.org, []id.ID{lead}, days)
			n = counts[lead]
			return err
		})
		return n
	}
	if n := recent(7); n != 3 {
		t.Errorf("%d touches, want 2 done and 1 in doubt", n)
	}
	h.clock.ahead.Store(int64(8 * 24 * time.Hour))
	if n := recent(7); n != 0 {
		t.Errorf("%d touches within a week, eight days later", n)
	}
}

func TestListFiltersAndPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	campaign, lead := id.New(), id.New()
	var all []id.ID
	for i := range 5 {
		p := h.touch("k"+string(rune('a'+i)), id.New())
		if i == 1 {
			p.LeadID = lead
		}
		if i >= 2 {
			p.CampaignID = campaign
		}
		all = append(all, h.offer(l, p)...)
	}
	h.force(all[4], InDoubt)
	for name, tt := range map[string]struct {
		filter Filter
		want   []id.ID
	}{
		"all":      {Filter{Limit: 10}, []id.ID{all[4], all[3], all[2], all[1], all[0]}},
		"page":     {Filter{Limit: 2, Before: all[3]}, []id.ID{all[2], all[1]}},
		"state":    {Filter{Limit: 10, State: InDoubt}, []id.ID{all[4]}},
		"campaign": {Filter{Limit: 10, CampaignID: campaign, State: Queued}, []id.ID{all[3], all[2]}},
		"lead":     {Filter{Limit: 10, LeadID: lead}, []id.ID{all[1]}},
		"kind":     {Filter{Limit: 10, Kind: "other.kind"}, nil},
	} {
		list, err := l.List(t.Context(), h.org, tt.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []id.ID
		for _, a := range list {
			got = append(got, a.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	var counts map[State]int64
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		counts, err = l.CountStates(ctx, tx, h.org, campaign)
		return err
	})
	if diff := cmp.Diff(map[State]int64{Queued: 2, InDoubt: 1}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.idle()
	lead, campaign, action := id.New(), id.New(), id.New()
	full := Decision{
		Kind: "reply.sort", LeadID: lead, CampaignID: campaign, ActionID: action, Inputs: json.RawMessage(`{"length": 3}`),
		Options: json.RawMessage(`["a", "b"]`), Chosen: "a", Probability: 0.5, Decider: "rules/3", Reason: "said so",
	}
	bare := Decision{Kind: "touch.refuse", LeadID: lead, Chosen: "no", Probability: 1, Decider: "rules/3", Reason: "law"}
	h.tx(func(ctx context.Context, tx db.Tx) error { return l.Decide(ctx, tx, h.org, full, bare) })
	list, err := l.Decisions(t.Context(), h.org, lead, id.Nil, id.Nil, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d decisions, %v", len(list), err)
	}
	full.ID, full.DecidedAt = list[1].ID, list[1].DecidedAt
	if diff := cmp.Diff(full, list[1]); diff != "" {
		t.Error(diff)
	}
	if string(list[0].Inputs) != "{}" || string(list[0].Options) != "[]" || list[0].CampaignID != id.Nil {
		t.Errorf("bare: %+v", list[0])
	}
	if got := h.events(full.ID); len(got) != 1 || got[0] != "decision.made" {
		t.Errorf("events %v", got)
	}
	for name, tt := range map[string]struct {
		org, lead, campaign, before id.ID
		want                        int
	}{
		"campaign": {h.org, id.Nil, campaign, id.Nil, 1}, "both": {h.org, lead, campaign, id.Nil, 1},
		"page": {h.org, lead, id.Nil, list[0].ID, 1}, "nobody": {h.org, id.New(), id.Nil, id.Nil, 0},
		"stranger": {dbtest.Org(t, h.db), lead, id.Nil, id.Nil, 0},
	} {
		got, err := l.Decisions(t.Context(), tt.org, tt.lead, tt.campaign, tt.before, 10)
		if err != nil || len(got) != tt.want {
			t.Errorf("%s: %d decisions, %v", name, len(got), err)
		}
	}
}
