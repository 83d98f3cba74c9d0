package campaign_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/email/emailtest"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock/clocktest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// sink is a transport that keeps what it is given.
type sink struct {
	mu    sync.Mutex
	mails []email.Envelope
	// answer decides about a mail after its intent; nil takes all.
	answer func(to string) error
}

func (s *sink) Outlet(context.Context, email.Account) (email.Outlet, error) { return s, nil }
func (s *sink) Close() error                                                { return nil }
func (s *sink) Line() email.Line                                            { return emailtest.Line{Outlet: s} }

func (s *sink) Send(ctx context.Context, env email.Envelope, intent func(ctx context.Context) error) (email.Receipt, error) {
	if err := intent(ctx); err != nil {
		return email.Receipt{}, err
	}
	if s.answer != nil {
		if err := s.answer(env.To); err != nil {
			return email.Receipt{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	env.Body = append([]byte(nil), env.Body...)
	s.mails = append(s.mails, env)
	return email.Receipt{Code: 250, Text: "taken"}, nil
}

func (s *sink) to() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{}
	for _, m := range s.mails {
		counts[m.To]++
	}
	return counts
}

// house is everything a campaign needs, on a real database.
type house struct {
	t         *testing.T
	ctx       context.Context
	db        *db.DB
	org       id.ID
	clock     *clocktest.Ahead
	log       *action.Log
	leads     *lead.Service
	rules     *compliance.Service
	email     *email.Service
	campaigns *campaign.Service
	sink      *sink
	mailbox   id.ID
}

type noAnswers struct{}

func (noAnswers) Answered(context.Context, db.Tx, id.ID, email.Answer) error { return nil }

func newHouse(t *testing.T) *house {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h := &house{t: t, ctx: ctx, db: dbtest.Fresh(t), clock: &clocktest.Ahead{}, sink: &sink{}}
	h.org = dbtest.Org(t, h.db)
	logger := slog.New(slog.DiscardHandler)
	keys := leadtest.NewKeyring(t)
	h.rules = compliance.New(compliance.Deps{DB: h.db, Keys: keys, Clock: h.clock})
	h.log = action.New(action.Deps{DB: h.db, Clock: h.clock, Logger: logger})
	h.leads = lead.New(lead.Deps{DB: h.db, Keys: keys, Clock: h.clock, Compliance: h.rules})
	signer, err := message.NewSigner([]byte(strings.Repeat("k", 32)))
	h.must(err)
	h.email = email.New(email.Deps{
		DB: h.db, Clock: h.clock, Logger: logger, Keys: keys, Log: h.log, Compliance: h.rules, Leads: h.leads,
		Egress: egress.New(egress.Reach{Loopback: true}), Users: oneUser{},
		Signer: signer, Transport: h.sink, PublicURL: "http://127.0.0.1:1",
	})
	h.campaigns = campaign.New(campaign.Deps{
		DB: h.db, Clock: h.clock, Logger: logger, Log: h.log, Compliance: h.rules, Leads: h.leads, Email: h.email,
	})
	h.email.Join(h.campaigns, noAnswers{}, h.campaigns)
	h.leads.Join(h.campaigns)
	h.log.Observe(email.KindSend, h.campaigns)
	h.tx(func(tx db.Tx) error {
		_, err := tx.Exec(ctx, `update organizations set postal_address = '{"line1": "1 Market St", "city": "San Francisco"}' where id = $1`, h.org)
		return err
	})
	h.tx(func(tx db.Tx) error {
		m, err := h.email.CreateMailbox(ctx, tx, h.org, email.Mailbox{
			FromName: "Ann", FromAddress: "ann@sender.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}, Connections: 4,
		})
		h.mailbox = m.ID
		return err
	})
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{h.log.Run, h.email.Run, h.campaigns.Run} {
		running.Go(func() { _ = run(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
		h.ctx = context.Background()
		h.dueAgrees()
	})
	return h
}

// dueAgrees checks that exactly the active enrolments stand in enrolment_due, with
// their own step and time.
func (h *house) dueAgrees() {
	h.t.Helper()
	h.tx(func(tx db.Tx) error {
		var active, agree, due int
		err := tx.QueryRow(h.ctx, `select (select count(*) from enrolments where state = 'active'),
			(select count(*) from enrolments e join enrolment_due d on d.enrolment_id = e.id and d.campaign_id = e.campaign_id
				and d.next_at = e.next_at and d.step = e.step where e.state = 'active'),
			(select count(*) from enrolment_due)`).Scan(&active, &agree, &due)
		if active != agree || active != due {
			h.t.Errorf("%d enrolments are active, %d are due, %d agree", active, due, agree)
		}
		return err
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) tx(fn func(tx db.Tx) error) {
	h.t.Helper()
	h.must(h.db.InTenant(h.ctx, h.org, fn))
}

// people creates n leads and returns their ids by address.
func (h *house) people(n int) map[string]id.ID {
	h.t.Helper()
	out := map[string]id.ID{}
	for i := range n {
		address := fmt.Sprintf("p%d@people.test", i)
		l, err := h.leads.Create(h.ctx, h.org, lead.Draft{Email: address, FirstName: fmt.Sprintf("P%d", i), Region: "CA"})
		h.must(err)
		out[address] = l.ID
	}
	return out
}

func mailStep(delay time.Duration, subject string) campaign.Step {
	return campaign.Step{Channel: campaign.ChannelEmail, Delay: delay, Variants: []campaign.Variant{
		{Name: "A", Weight: 100, Subject: subject, Body: "Hello {{first_name | there}}, see https://example.com/offer"},
	}}
}

// start creates and launches a campaign of the steps.
func (h *house) start(steps ...campaign.Step) campaign.Campaign {
	h.t.Helper()
	var c campaign.Campaign
	h.tx(func(tx db.Tx) (err error) {
		c, err = h.campaigns.Create(h.ctx, tx, h.org, campaign.Campaign{Name: "Test", Type: "email_sequence", Steps: steps, MailboxID: h.mailbox})
		return err
	})
	h.tx(func(tx db.Tx) (err error) {
		c, _, err = h.campaigns.Launch(h.ctx, tx, h.org, c.ID, "tester")
		return err
	})
	return c
}

// eventually waits until ok, for ten seconds at most.
func (h *house) eventually(what string, ok func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			h.t.Fatalf("never: %s; mails %v", what, h.sink.to())
		}
		<-time.After(10 * time.Millisecond)
	}
}

func (h *house) mails() int {
	h.sink.mu.Lock()
	defer h.sink.mu.Unlock()
	return len(h.sink.mails)
}

func (h *house) status(c id.ID) campaign.Status {
	h.t.Helper()
	found, err := h.campaigns.Find(h.ctx, h.org, c)
	h.must(err)
	return found.Status
}

func TestSequenceGoesToEverybodyOncePerStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(30)
	c := h.start(mailStep(0, "first"), mailStep(48*time.Hour, "second"))
	h.eventually("30 first mails", func() bool { return h.mails() == 30 })
	h.clock.Pass(47 * time.Hour)
	<-time.After(600 * time.Millisecond) // two polls
	if n := h.mails(); n != 30 {
		t.Fatalf("%d mails before the second step is due", n)
	}
	h.clock.Pass(2 * time.Hour)
	h.eventually("30 second mails", func() bool { return h.mails() == 60 })
	for to, n := range h.sink.to() {
		if n != 2 {
			t.Errorf("%s got %d mails", to, n)
		}
	}
	h.eventually("the campaign completes", func() bool { return h.status(c.ID) == campaign.Completed })
	body := string(h.sink.mails[0].Body)
	for _, want := range []string{"List-Unsubscribe-Post: List-Unsubscribe=One-Click", "1 Market St", "X-Rainmaker-Campaign: " + c.ID.String(), "/t/c/"} {
		if !strings.Contains(strings.ReplaceAll(body, "=\r\n", ""), want) {
			t.Errorf("the mail lacks %q:\n%s", want, body)
		}
	}
}

func TestPausedCampaignSendsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(10)
	c := h.start(mailStep(0, "first"), mailStep(time.Hour, "second"))
	h.eventually("first mails", func() bool { return h.mails() == 10 })
	h.tx(func(tx db.Tx) error { _, err := h.campaigns.Pause(h.ctx, tx, h.org, c.ID, "tester"); return err })
	h.clock.Pass(2 * time.Hour)
	<-time.After(600 * time.Millisecond)
	if n := h.mails(); n != 10 {
		t.Fatalf("a paused campaign sent: %d", n)
	}
	h.tx(func(tx db.Tx) error { _, err := h.campaigns.Resume(h.ctx, tx, h.org, c.ID, "tester"); return err })
	h.eventually("second mails", func() bool { return h.mails() == 20 })
}

func TestDueFollowsItsEnrolment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.people(6)
	c := h.start(mailStep(0, "first"), mailStep(48*time.Hour, "second"))
	h.eventually("settled", func() bool {
		list, err := h.log.List(h.ctx, h.org, action.Filter{State: action.Done, Limit: 10})
		return err == nil && len(list) == 6
	})
	h.dueAgrees()
	h.tx(func(tx db.Tx) error {
		back := h.clock.Now().Add(240 * time.Hour)
		if err := h.campaigns.Answered(h.ctx, tx, h.org, people["p0@people.test"], "out_of_office", &back); err != nil {
			return err
		}
		if err := h.campaigns.Answered(h.ctx, tx, h.org, people["p1@people.test"], "interested", nil); err != nil {
			return err
		}
		return h.campaigns.Stop(h.ctx, tx, h.org, people["p2@people.test"], "opt_out")
	})
	h.dueAgrees()
	h.clock.Pass(50 * time.Hour)
	h.eventually("the second mail of those who go on", func() bool { return h.mails() == 9 })
	h.tx(func(tx db.Tx) error { _, err := h.campaigns.Archive(h.ctx, tx, h.org, c.ID, "tester"); return err })
	h.dueAgrees()
	h.tx(func(tx db.Tx) error {
		var due int
		err := tx.QueryRow(h.ctx, `select count(*) from enrolment_due`).Scan(&due)
		if due != 0 {
			t.Errorf("%d are due in an archived campaign", due)
		}
		return err
	})
}

// TestEnrolmentMeetsTheEnd: somebody is enrolled in the moment in which the last
// of the others leaves, and the campaign would end. It goes on, to its last step.
func TestEnrolmentMeetsTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.people(1)["p0@people.test"]
	c := h.start(mailStep(0, "first"), mailStep(time.Hour, "second"))
	h.eventually("the first mail, and all are enrolled", func() bool {
		found, err := h.campaigns.Find(h.ctx, h.org, c.ID)
		return err == nil && h.mails() == 1 && !found.Enrolling
	})
	late, err := h.leads.Create(h.ctx, h.org, lead.Draft{Email: "late@people.test", Region: "CA"})
	h.must(err)
	h.tx(func(tx db.Tx) error {
		if _, err := h.campaigns.Enrol(h.ctx, tx, h.org, c.ID, []id.ID{late.ID}, nil); err != nil {
			return err
		}
		h.tx(func(tx db.Tx) error { return h.campaigns.Stop(h.ctx, tx, h.org, first, "opt_out") })
		ctx, cancel := context.WithTimeout(h.ctx, 30*time.Second)
		defer cancel()
		return dbtest.Blocked(ctx, h.db, tx) // the end of the campaign waits
	})
	h.eventually("the late one's first mail", func() bool { return h.mails() == 2 })
	h.clock.Pass(2 * time.Hour)
	h.eventually("the late one's second mail", func() bool { return h.sink.to()["late@people.test"] == 2 })
	h.eventually("the campaign completes", func() bool { return h.status(c.ID) == campaign.Completed })
}

func TestOptOutStopsEveryPlan(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.people(3)
	h.start(mailStep(0, "first"), mailStep(time.Hour, "second"))
	h.start(mailStep(2*time.Hour, "other campaign"))
	h.eventually("first mails", func() bool { return h.mails() == 3 })
	h.eventually("settled", func() bool {
		list, err := h.log.List(h.ctx, h.org, action.Filter{State: action.Done, Limit: 10})
		return err == nil && len(list) == 3
	})
	h.tx(func(tx db.Tx) error {
		return h.email.OptOutLead(h.ctx, tx, h.org, people["p1@people.test"], nil, "test")
	})
	h.clock.Pass(4 * time.Hour)
	// Both campaigns are due at once; a person is in one touch at a time.
	h.eventually("others get one", func() bool { return h.mails() == 5 })
	h.clock.Pass(time.Minute)
	h.eventually("others get the rest", func() bool {
		to := h.sink.to()
		return to["p0@people.test"] == 3 && to["p2@people.test"] == 3
	})
	if n := h.sink.to()["p1@people.test"]; n != 1 {
		t.Errorf("who opted out got %d mails", n)
	}
}

// A demo agreed on the telephone ends the sequence like one booked by a click.
func TestStatusByHandEndsPlans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.people(5)
	h.start(mailStep(0, "first"), mailStep(time.Hour, "second"))
	h.eventually("first mails", func() bool { return h.mails() == 5 })
	status := func(s lead.Status) lead.Patch { return lead.Patch{Status: &s} }
	_, err := h.leads.Update(h.ctx, h.org, people["p0@people.test"], 0, status(lead.StatusMeetingBooked))
	h.must(err)
	_, err = h.leads.Update(h.ctx, h.org, people["p1@people.test"], 0, status(lead.StatusQualified))
	h.must(err)
	_, err = h.leads.Do(h.ctx, h.org, lead.Bulk{
		Action: "set_status", Status: lead.StatusCustomer, IDs: []id.ID{people["p2@people.test"], people["p3@people.test"]},
	})
	h.must(err)
	h.clock.Pass(2 * time.Hour)
	h.eventually("second mails", func() bool { return h.mails() == 7 })
	h.eventually("nobody is left", func() bool {
		var left int
		h.tx(func(tx db.Tx) error {
			return tx.QueryRow(h.ctx, `select count(*) from enrolments where state in ('active', 'waiting')`).Scan(&left)
		})
		return left == 0
	})
	want := map[string]int{"p0": 1, "p1": 2, "p2": 1, "p3": 1, "p4": 2}
	for who, n := range want {
		if got := h.sink.to()[who+"@people.test"]; got != n {
			t.Errorf("%s got %d mails, not %d", who, got, n)
		}
	}
	for who, why := range map[string]string{"p0": "meeting_booked", "p2": "customer"} {
		var state, reason string
		h.tx(func(tx db.Tx) error {
			return tx.QueryRow(h.ctx, `select state, reason from enrolments where lead_id = $1`, people[who+"@people.test"]).Scan(&state, &reason)
		})
		if state != "stopped" || reason != why {
			t.Errorf("%s: %s because of %q", who, state, reason)
		}
	}
}

func TestGateNamesEveryObstacle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tx(func(tx db.Tx) error {
		_, err := tx.Exec(h.ctx, `update organizations set postal_address = '{}' where id = $1`, h.org)
		return err
	})
	var c campaign.Campaign
	h.tx(func(tx db.Tx) (err error) {
		c, err = h.campaigns.Create(h.ctx, tx, h.org, campaign.Campaign{Name: "Test", Type: "email_sequence", Steps: []campaign.Step{mailStep(0, "x")}})
		return err
	})
	err := h.db.InTenant(h.ctx, h.org, func(tx db.Tx) error {
		_, _, err := h.campaigns.Launch(h.ctx, tx, h.org, c.ID, "tester")
		return err
	})
	if !errs.Is(err, errs.Conflict) {
		t.Fatalf("launch = %v", err)
	}
	verdict, err := h.campaigns.Preflight(h.ctx, h.org, c.ID)
	h.must(err)
	var codes []string
	for _, r := range verdict.Reasons {
		codes = append(codes, r.Code)
	}
	if got := strings.Join(codes, " "); got != "no_postal_address no_mailbox empty_audience" {
		t.Errorf("obstacles: %s", got)
	}
}

func TestLaunchCountsWhoIsExcluded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(4)
	_, err := h.leads.Create(h.ctx, h.org, lead.Draft{FirstName: "No", LastName: "Address", Company: "Acme"})
	h.must(err)
	h.must(h.rules.PutSuppressions(h.ctx, h.org, []string{"P3@people.test"}, "manual"))
	var c campaign.Campaign
	h.tx(func(tx db.Tx) (err error) {
		c, err = h.campaigns.Create(h.ctx, tx, h.org, campaign.Campaign{Name: "Test", Type: "email_sequence", Steps: []campaign.Step{mailStep(0, "x")}, MailboxID: h.mailbox})
		return err
	})
	verdict, err := h.campaigns.Preflight(h.ctx, h.org, c.ID)
	h.must(err)
	got := fmt.Sprint(verdict.Ready, verdict.Audience.Total, verdict.Audience.Reachable, verdict.Audience.Excluded)
	want := "true 5 3 [{no_address 1 no address for this channel} {suppressed 1 on the suppression list}]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDoubtfulMailIsHeld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people(2)
	h.sink.answer = func(to string) error {
		if to == "p1@people.test" {
			return &email.SendError{Phase: "dot", Text: "no answer", Doubtful: true}
		}
		return nil
	}
	h.start(mailStep(0, "first"), mailStep(time.Hour, "second"))
	h.eventually("one in doubt", func() bool {
		list, err := h.log.List(h.ctx, h.org, action.Filter{State: action.InDoubt, Limit: 10})
		return err == nil && len(list) == 1
	})
	h.clock.Pass(2 * time.Hour)
	h.eventually("the other goes on", func() bool { return h.sink.to()["p0@people.test"] == 2 })
	if n := h.sink.to()["p1@people.test"]; n != 0 {
		t.Errorf("a mail in doubt was sent again: %d", n)
	}
}

func TestRefusedMailboxIsAHardBounce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.people(1)
	h.sink.answer = func(string) error {
		return &email.SendError{Phase: "rcpt", Code: 550, Enhanced: "5.1.1", Text: "No such user"}
	}
	h.start(mailStep(0, "first"), mailStep(time.Hour, "second"))
	h.eventually("the lead is invalid", func() bool {
		l, err := h.leads.Find(h.ctx, h.org, people["p0@people.test"])
		return err == nil && l.Status == lead.StatusInvalid
	})
}

func TestHoursAreTheLeadsOwn(t *testing.T) {
	t.Parallel()
	window, err := compliance.ParseWindow("s", []string{"mon", "tue", "wed", "thu", "fri"}, "09:00", "17:00")
	if err != nil {
		t.Fatal(err)
	}
	var zones compliance.Zones
	honolulu, newYork := zones.Load("Pacific/Honolulu"), zones.Load("America/New_York")
	friday := time.Date(2026, 11, 20, 16, 0, 0, 0, newYork)
	if opens, _ := window.Next(friday, []*time.Location{newYork}); !opens.Equal(friday) {
		t.Errorf("New York at 16:00 opens %s", opens)
	}
	// In both zones at once: 14:00 to 17:00 in New York, from Monday on.
	opens, ok := window.Next(friday.Add(2*time.Hour), []*time.Location{newYork, honolulu})
	if want := time.Date(2026, 11, 23, 14, 0, 0, 0, newYork); !ok || !opens.Equal(want) {
		t.Errorf("both open %s, want %s", opens.In(newYork), want)
	}
}
