package action

import (
	"context"
	"testing"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func TestWaitingCountsWhatNeedsAPerson(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	waiting := func() Waiting {
		t.Helper()
		w, err := l.Waiting(t.Context(), h.org)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := waiting(); w.Proposed.Count != 0 || w.Proposed.OldestAt != nil || w.InDoubt.OldestAt != nil || w.InFlight != 0 {
		t.Fatalf("an empty log waits for %+v", w)
	}
	var first Action
	for i, state := range []State{Proposed, Proposed, InDoubt, Sending, Claimed, Queued, Done, Abandoned} {
		action := h.offer(l, h.touch(string(state)+string(rune('a'+i)), id.New()))[0]
		switch state {
		case Claimed, Sending: // counted by their claim
			if held := h.claim(l); state == Sending {
				h.begin(l, held)
			}
		default:
			h.force(action, state)
		}
		if i == 0 {
			first = h.find(l, action)
		}
	}
	w := waiting()
	if w.Proposed.Count != 2 || w.InDoubt.Count != 1 || w.InFlight != 2 {
		t.Errorf("waiting %+v", w)
	}
	if w.Proposed.OldestAt == nil || !w.Proposed.OldestAt.Equal(first.CreatedAt) {
		t.Errorf("the oldest waits since %v, not %v", w.Proposed.OldestAt, first.CreatedAt)
	}
}

func TestRewordOnlyWhatWaitsForApproval(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	action := h.offer(l, h.touch("draft", id.New()))[0]
	words := id.New()
	reword := func() error {
		return h.db.InTenant(t.Context(), h.org, func(tx db.Tx) error {
			_, err := l.Reword(t.Context(), tx, h.org, action, words, "user:ann")
			return err
		})
	}
	h.force(action, Proposed)
	if err := reword(); err != nil {
		t.Fatal(err)
	}
	if got := h.find(l, action); got.ContentID != words || got.State != Proposed {
		t.Errorf("after: %+v", got)
	}
	if told := h.events(action); len(told) != 1 || told[0] != "action.reworded" {
		t.Errorf("told %v", told)
	}
	words = id.New()
	for _, state := range []State{Queued, Sending, Done, InDoubt} {
		h.force(action, state)
		if err := reword(); !errs.Is(err, errs.Conflict) {
			t.Errorf("%s: err = %v", state, err)
		}
	}
	if got := h.find(l, action); got.ContentID == words {
		t.Error("words of what has left were changed")
	}
}

func TestProposedIsToldOnce(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	ask := h.touch("ask", id.New())
	ask.NeedsPerson = true
	h.offer(l, ask, h.touch("go", id.New()))
	h.offer(l, h.touch("on", id.New()))
	if told := h.events(h.org); len(told) != 1 || told[0] != "action.proposed" {
		t.Errorf("told %v", told)
	}
}

func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	h := alone(t)
	l, _ := h.process()
	for i := range 3 {
		h.force(h.offer(l, h.touch(string(rune('a'+i)), id.New()))[0], Proposed)
	}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		w, err := countWaiting(ctx, tx, h.org, 2)
		if w.Proposed.Count != 2 {
			t.Errorf("counted %d of at most 2", w.Proposed.Count)
		}
		return err
	})
}
