package campaign_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign"
	"rainmaker/internal/campaign/recall"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// enrol puts the leads of a filter in a campaign.
func (h *house) enrol(c id.ID, filter lead.Filter) campaign.Enrolled {
	h.t.Helper()
	var done campaign.Enrolled
	h.tx(func(tx db.Tx) (err error) {
		done, err = h.campaigns.Enrol(h.ctx, tx, h.org, c, nil, &filter)
		return err
	})
	return done
}

// TestEnrolmentByHandIsTakenBack: all that match are enrolled by one request, which
// says who is not and why; taking it back takes out exactly those of the request
// whom nothing has reached.
func TestEnrolmentByHandIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(3)
	c := h.start(mailStep(0, "First"), mailStep(72*time.Hour, "Second"))
	h.eventually("the audience is written to", func() bool { return h.mails() == 3 })
	h.launchOver(c.ID)
	for _, d := range []lead.Draft{
		{Email: "new1@people.test", Company: "Later"}, {Email: "new2@people.test", Company: "Later"}, {FirstName: "Phoneonly", Company: "Later", Phone: "+14155550100"},
	} {
		_, err := h.leads.Create(h.ctx, h.org, d)
		h.must(err)
	}
	h.tx(func(tx db.Tx) error {
		_, err := h.campaigns.Pause(h.ctx, tx, h.org, c.ID, "user:test")
		return err
	})
	done := h.enrol(c.ID, lead.Filter{})
	if done.Matched != 6 || done.Enrolled != 2 || len(done.Excluded) != 2 || done.Excluded[0].Rule != "already_enrolled" || done.Excluded[0].Count != 3 || done.Excluded[1].Count != 1 {
		t.Fatalf("enrolled %+v", done)
	}
	undo := recall.New(h.db, h.clock, h.leads, h.log)
	by := org.Actor("user:test")
	report, err := undo.Undo(h.ctx, h.org, c.ID, done.BatchID, by)
	h.must(err)
	if diff := cmp.Diff(recall.Report{Withdrawn: 2, KeptReasons: map[string]int{}}, report); diff != "" {
		t.Errorf("report:\n%s", diff)
	}
	if n := h.enrolled(c.ID); n != 3 {
		t.Errorf("%d are left in the campaign, want the 3 of the launch", n)
	}
	if _, err := undo.Undo(h.ctx, h.org, c.ID, done.BatchID, by); !errs.Is(err, errs.NotFound) {
		t.Errorf("again: %v", err)
	}

	// The same people once more: one is written to before it is taken back.
	h.must(h.leads.Delete(h.ctx, h.org, h.byEmail("new2@people.test"), 0))
	h.tx(func(tx db.Tx) error {
		_, err := h.campaigns.Resume(h.ctx, tx, h.org, c.ID, "user:test")
		return err
	})
	done = h.enrol(c.ID, lead.Filter{Company: []string{"Later"}})
	h.eventually("the newcomer is written to", func() bool { return h.sink.to()["new1@people.test"] == 1 })
	report, err = undo.Undo(h.ctx, h.org, c.ID, done.BatchID, by)
	h.must(err)
	if diff := cmp.Diff(recall.Report{Kept: 1, KeptReasons: map[string]int{"contacted": 1}}, report); diff != "" {
		t.Errorf("report:\n%s", diff)
	}
	if n := h.enrolled(c.ID); n != 4 {
		t.Errorf("%d are in the campaign, want 4: who was written to stays", n)
	}
	h.dueAgrees()
	if got := h.sink.to()["new2@people.test"]; got != 0 {
		t.Errorf("%d mails to somebody whose enrolment was taken back", got)
	}
}

// launchOver waits until a launch has enrolled all it will: who comes later is
// not of its audience.
func (h *house) launchOver(c id.ID) {
	h.t.Helper()
	h.eventually("the launch has enrolled all", func() (over bool) {
		h.tx(func(tx db.Tx) error {
			return tx.QueryRow(h.ctx, `select not enrolling from campaigns where id = $1`, c).Scan(&over)
		})
		return over
	})
}

func (h *house) enrolled(c id.ID) int {
	h.t.Helper()
	list, err := h.campaigns.Enrolments(h.ctx, h.org, c, "", id.Nil, 100)
	h.must(err)
	return len(list)
}

func (h *house) byEmail(email string) (who id.ID) {
	h.t.Helper()
	h.tx(func(tx db.Tx) (err error) {
		who, err = h.leads.FindByEmail(h.ctx, tx, h.org, email)
		return err
	})
	return who
}

// TestWaitingMailsGoWithTheirEnrolment: what waits for a person's approval is
// abandoned with the enrolment it was made for, and with no other.
func TestWaitingMailsGoWithTheirEnrolment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(1)
	c := h.draft(campaign.Campaign{Steps: []campaign.Step{mailStep(0, "First")}, AI: campaign.AI{Autonomy: campaign.AutonomyApprove}})
	h.tx(func(tx db.Tx) error {
		_, _, err := h.campaigns.Launch(h.ctx, tx, h.org, c.ID, "tester")
		return err
	})
	proposed := func() int {
		list, err := h.log.List(h.ctx, h.org, action.Filter{State: action.Proposed, Limit: 10})
		h.must(err)
		return len(list)
	}
	h.eventually("the mail of the launch waits", func() bool { return proposed() == 1 })
	h.launchOver(c.ID)
	for _, e := range []string{"q1@people.test", "q2@people.test"} {
		_, err := h.leads.Create(h.ctx, h.org, lead.Draft{Email: e, Company: "Later"})
		h.must(err)
	}
	done := h.enrol(c.ID, lead.Filter{Company: []string{"Later"}})
	h.eventually("theirs wait, too", func() bool { return proposed() == 3 })
	report, err := recall.New(h.db, h.clock, h.leads, h.log).Undo(h.ctx, h.org, c.ID, done.BatchID, org.Actor("user:test"))
	h.must(err)
	if diff := cmp.Diff(recall.Report{Withdrawn: 2, KeptReasons: map[string]int{}}, report); diff != "" {
		t.Errorf("report:\n%s", diff)
	}
	if n := proposed(); n != 1 {
		t.Errorf("%d mails wait, want the one of the launch", n)
	}
	// They can be enrolled anew.
	if again := h.enrol(c.ID, lead.Filter{Company: []string{"Later"}}); again.Enrolled != 2 {
		t.Errorf("again: %+v", again)
	}
}
