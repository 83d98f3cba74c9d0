package campaign_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// oneUser is email.Users with one person.
type oneUser struct{}

func (oneUser) User(_ context.Context, _ db.Tx, _, user id.ID) (org.User, error) {
	return org.User{ID: user, Name: "Ann", Email: "ann@here.test"}, nil
}

// draft stores a campaign with the steps and starts nothing.
func (h *house) draft(c campaign.Campaign) campaign.Campaign {
	h.t.Helper()
	c.Name, c.Type, c.MailboxID = "Draft", "email_sequence", h.mailbox
	h.tx(func(tx db.Tx) (err error) {
		c, err = h.campaigns.Create(h.ctx, tx, h.org, c)
		return err
	})
	return c
}

func TestGateSaysWhoAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(3)
	for _, d := range []lead.Draft{{Email: "nameless@people.test"}, {FirstName: "Phoneonly", Phone: "+14155550100"}} {
		_, err := h.leads.Create(h.ctx, h.org, d)
		h.must(err)
	}
	two := []campaign.Variant{{Weight: 50, Subject: "A", Body: "Hi {{first_name | there}} of {{company}}"}, {Weight: 0, Subject: "B", Body: "x"}}
	c := h.draft(campaign.Campaign{Steps: []campaign.Step{{Channel: "email", Variants: two}}, ABTesting: true})
	limit := 2
	h.tx(func(tx db.Tx) error {
		_, err := h.email.UpdateMailbox(h.ctx, tx, h.org, h.mailbox, func(m *email.Mailbox) error { m.DailyLimit = &limit; return nil })
		return err
	})
	verdict, err := h.campaigns.Preflight(h.ctx, h.org, c.ID)
	h.must(err)
	var said []string
	for _, w := range verdict.Warnings {
		said = append(said, w.Location+" "+w.Message)
	}
	want := []string{
		`steps[0].variants[0].body 1 of 4 has no first_name, fallback "there" is used`,
		`steps[0].variants[0].body 4 of 4 have no company, nothing is written in its place`,
		`steps A/B testing is on, but every step has one version only`,
		`mailbox_id the mailbox sends at most 2 mails a day: the first step takes 2 days`,
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	excluded, next, err := h.campaigns.Candidates(h.ctx, h.org, c.ID, verdict.Audience.Excluded[0].Rule, id.Nil, 10)
	h.must(err)
	if len(excluded) != 1 || excluded[0].Name != "Phoneonly" || next != id.Nil {
		t.Errorf("excluded %+v, next %s", excluded, next)
	}
	first, next, err := h.campaigns.Candidates(h.ctx, h.org, c.ID, "allowed", id.Nil, 3)
	h.must(err)
	rest, end, err := h.campaigns.Candidates(h.ctx, h.org, c.ID, "allowed", next, 3)
	h.must(err)
	if len(first) != 3 || len(rest) != 1 || end != id.Nil || next == id.Nil {
		t.Errorf("pages of %d and %d, next %s, end %s", len(first), len(rest), next, end)
	}
}

// TestGateSaysWhenTheFirstMailLeaves: a launch outside the hours is no riddle.
func TestGateSaysWhenTheFirstMailLeaves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(2) // of unknown zone: the organisation's holds
	_, err := h.leads.Create(h.ctx, h.org, lead.Draft{Email: "kiritimati@people.test", FirstName: "Kim", Timezone: "Pacific/Kiritimati"})
	h.must(err)
	home, err := time.LoadLocation("America/Los_Angeles")
	h.must(err)
	// At noon in UTC it is two in the morning of the next day in Kiritimati.
	h.clock.Pass(h.clock.Now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour).Sub(h.clock.Now()))
	now := h.clock.Now().UTC()
	day := func(d int) time.Time { return now.Truncate(24*time.Hour).AddDate(0, 0, d) }
	name := func(at time.Time) string { return strings.ToLower(at.Weekday().String()[:3]) }
	ever := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	for said, schedule := range map[string]campaign.Schedule{
		"": {Days: ever, From: "00:00", To: "24:00", Timezone: "lead"},
		"schedule it is outside the hours of this campaign now: the first mail leaves on " + day(3).Add(9*time.Hour).In(home).Format("Monday, 2 January at 15:04 MST"): {
			Days: []string{name(day(3))}, From: "09:00", To: "17:00", Timezone: "UTC",
		},
		"schedule 1 of 3 are outside the hours of this campaign now: their first mail waits": {
			Days: slices.DeleteFunc(slices.Clone(ever), func(d string) bool { return d == name(day(1)) }), From: "00:00", To: "24:00", Timezone: "lead",
		},
	} {
		c := h.draft(campaign.Campaign{Steps: []campaign.Step{mailStep(0, "First")}, Schedule: schedule})
		verdict, err := h.campaigns.Preflight(h.ctx, h.org, c.ID)
		h.must(err)
		got := ""
		for _, w := range verdict.Warnings {
			got += w.Location + " " + w.Message
		}
		if got != said {
			t.Errorf("%+v\ngot  %q\nwant %q", schedule, got, said)
		}
	}
}

func TestTestGoesToItsUserThroughTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	person := h.people(1)["p0@people.test"]
	c := h.draft(campaign.Campaign{Steps: []campaign.Step{mailStep(0, "Hello {{first_name}}")}})
	send := func(variant id.ID) (sent id.ID, err error) {
		err = h.db.InTenant(h.ctx, h.org, func(tx db.Tx) (err error) {
			sent, err = h.campaigns.TestSend(h.ctx, tx, h.org, c.ID, variant, person, id.New())
			return err
		})
		h.email.PokeTests()
		return sent, err
	}
	sent, err := send(c.Steps[0].Variants[0].ID)
	h.must(err)
	h.eventually("the test is done", func() bool {
		a, err := h.log.Find(h.ctx, h.org, sent)
		h.must(err)
		return a.State == action.Done && a.Kind == email.KindTest && !a.IntentAt.IsZero()
	})
	if got := h.sink.to(); len(got) != 1 || got["ann@here.test"] != 1 {
		t.Errorf("mails %v", got)
	}
	if body := string(h.sink.mails[0].Body); !strings.Contains(body, "Subject: [Test] Hello P0") || !strings.Contains(body, "1 Market St") {
		t.Errorf("the test is not the mail: %s", body)
	}
	if _, err := send(id.New()); err == nil {
		t.Error("a version that is not there was tested")
	}
	h.tx(func(tx db.Tx) error {
		_, err := tx.Exec(h.ctx, `update organizations set paused_at = now() where id = $1`, h.org)
		return err
	})
	if _, err := send(c.Steps[0].Variants[0].ID); err == nil {
		t.Error("the kill switch does not hold for tests")
	}
}

func TestShippedVersionGetsEverybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(2)
	step := mailStep(time.Hour, "A")
	step.Variants = append(step.Variants, campaign.Variant{Name: "B", Weight: 100, Subject: "B", Body: "b"})
	c := h.start(step)
	loser, winner := c.Steps[0].Variants[0].ID, c.Steps[0].Variants[1].ID
	var after campaign.Campaign
	h.tx(func(tx db.Tx) (err error) {
		after, err = h.campaigns.Ship(h.ctx, tx, h.org, c.ID, winner, c.Version, "user:ann")
		return err
	})
	if v := after.Steps[0].Variants; v[0].Weight != 0 || v[1].Weight != 100 || v[0].ID != loser {
		t.Errorf("after shipping %+v", v)
	}
	decisions, err := h.log.Decisions(h.ctx, h.org, id.Nil, c.ID, id.Nil, 10)
	h.must(err)
	if len(decisions) != 2 || decisions[0].Kind != "variant.ship" || decisions[0].Chosen != "B" || !strings.Contains(decisions[0].Reason, "A 100, B 100") {
		t.Errorf("decisions %+v", decisions)
	}
	h.eventually("both are enrolled", func() bool {
		out, err := h.campaigns.Outlook(h.ctx, h.org, c.ID)
		h.must(err)
		return len(out.Upcoming) > 0 && out.Upcoming[0].Count == 2
	})
	h.clock.Pass(2 * time.Hour)
	h.eventually("two mails", func() bool { return h.mails() == 2 })
	for _, m := range h.sink.mails {
		if !strings.Contains(string(m.Body), "Subject: B\r\n") {
			t.Errorf("somebody got the other version: %s", m.Body)
		}
	}
	launches, err := h.campaigns.Launches(h.ctx, h.org, c.ID)
	h.must(err)
	_, counts, steps, err := launches[0].Parse()
	h.must(err)
	if len(launches) != 1 || counts.Reachable != 2 || steps[0].Variants[0].Subject != "A" {
		t.Errorf("launches %+v", launches)
	}
	var copied campaign.Campaign
	h.tx(func(tx db.Tx) (err error) {
		copied, err = h.campaigns.Copy(h.ctx, tx, h.org, c.ID)
		return err
	})
	if copied.Status != campaign.Draft || copied.Name != "Copy of Test" || copied.Steps[0].ID == c.Steps[0].ID || copied.MailboxID != h.mailbox {
		t.Errorf("copy %+v", copied)
	}
}
