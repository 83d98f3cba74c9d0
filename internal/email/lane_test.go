package email_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

var down = &email.SendError{Phase: "dial", Text: "connection refused", Temporary: true}

func TestEverybodyGetsOneMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.crowd(40)
	h.run()
	h.run() // a second process
	h.eventually("40 mails settled", func() bool { return h.states()[action.Done] == 40 })
	for n := range 40 {
		if got := h.sink.To()[address(n)]; got != 1 {
			t.Errorf("%s got %d mails", address(n), got)
		}
	}
	if n := h.events()["email.sent"]; n == 0 {
		t.Error("nobody was told")
	}
	mail := h.sink.Mails()[0]
	from, about, ok := h.signer.ParseReturnPath(mail.From)
	if !ok || from != "ann@sender.test" {
		t.Errorf("return path %s", mail.From)
	}
	body := strings.ReplaceAll(string(mail.Body), "=\r\n", "")
	for _, want := range []string{"Message-ID: <" + about.String() + "@sender.test>", "1 Market St", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "/u/", "/t/c/", "/t/o/"} {
		if !strings.Contains(body, want) {
			t.Errorf("the mail lacks %q", want)
		}
	}
}

func TestServerThatIsDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var up atomic.Bool
	h.sink.Before = func(email.Account, email.Envelope) error {
		if up.Load() {
			return nil
		}
		return down
	}
	_, actions := h.crowd(30)
	stop := h.run()
	h.eventually("the mailbox says why", func() bool { return strings.Contains(h.box().LastError, "connection refused") })
	h.eventually("all mail waits", func() bool { return h.states()[action.Queued] == 30 })
	tries := h.sink.Tries()
	if tries > 2 {
		t.Errorf("%d tries over 2 connections", tries)
	}
	h.stays("no busy loop", func() bool { return h.sink.Tries() == tries })
	for _, a := range actions {
		found := h.action(a)
		if found.Attempts != 0 || found.DueAt.Before(h.clock.Now().Add(5*time.Second)) {
			t.Fatalf("waits as %+v", found)
		}
	}
	stop()
	up.Store(true)
	h.clock.forward(time.Minute)
	h.run()
	h.eventually("all is sent", func() bool { return h.states()[action.Done] == 30 })
	h.eventually("the error is gone", func() bool { return h.box().LastError == "" })
}

func TestRetriesOfTemporaryRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sink.Before = func(_ email.Account, env email.Envelope) error {
		return &email.SendError{Phase: "rcpt", Code: 451, Enhanced: "4.7.1", Text: "<" + env.To + ">: greylisted", Temporary: true}
	}
	_, actions := h.crowd(1)
	h.run()
	for attempt, delay := range []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
		24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	} {
		var a action.Action
		h.eventually(fmt.Sprintf("attempt %d", attempt+1), func() bool {
			a = h.action(actions[0])
			return a.State == action.Queued && a.Attempts == attempt+1
		})
		if wait := a.DueAt.Sub(h.clock.Now()); wait > delay || wait < delay-10*time.Second {
			t.Errorf("attempt %d is followed by %s, want %s", attempt+1, wait, delay)
		}
		if strings.Contains(a.Reason, "people.test") || !strings.Contains(a.Reason, "greylisted") {
			t.Errorf("reason %q", a.Reason)
		}
		h.clock.forward(delay)
	}
	h.eventually("it gives up", func() bool { return h.states()[action.Failed] == 1 })
	if len(h.suppressed()) != 0 {
		t.Errorf("suppressed %v", h.suppressed())
	}
}

// TestPutOffsAreNoAttempts: a mail that waited long for its turn has all its
// attempts left.
func TestPutOffsAreNoAttempts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var open atomic.Bool
	h.above.plan = func(*action.Action) email.Plan {
		if open.Load() {
			return email.Plan{Open: true}
		}
		return email.Plan{Rule: email.RuleCampaignPaused, Until: h.clock.Now().Add(time.Minute)}
	}
	h.sink.Before = func(email.Account, email.Envelope) error {
		return &email.SendError{Phase: "rcpt", Code: 451, Text: "greylisted", Temporary: true}
	}
	_, actions := h.crowd(1)
	h.run()
	for range 15 {
		due := h.action(actions[0]).DueAt
		h.clock.forward(time.Minute)
		h.eventually("put off again", func() bool { a := h.action(actions[0]); return a.State == action.Queued && a.DueAt.After(due) })
	}
	if n := h.sink.Tries(); n != 0 {
		t.Fatalf("a paused campaign tried %d times", n)
	}
	open.Store(true)
	h.clock.forward(time.Minute)
	h.eventually("the first attempt", func() bool { a := h.action(actions[0]); return a.State == action.Queued && a.Attempts == 1 })
}

func TestLostConnectionsAreRetriedSlower(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sink.Before = func(email.Account, email.Envelope) error {
		return &email.SendError{Phase: "body", Text: "connection reset", Temporary: true}
	}
	_, actions := h.crowd(1)
	h.run()
	for attempt, delay := range []time.Duration{15 * time.Second, 15 * time.Second, 15 * time.Second, time.Hour} {
		var a action.Action
		h.eventually("another attempt", func() bool {
			a = h.action(actions[0])
			return a.State == action.Queued && a.Attempts == attempt+1
		})
		if wait := a.DueAt.Sub(h.clock.Now()); wait > delay || wait < delay-10*time.Second {
			t.Errorf("attempt %d is followed by %s, want %s", attempt+1, wait, delay)
		}
		h.clock.forward(delay)
	}
}

func TestRefusedContentIsNobodysFault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sink.After = func(env email.Envelope) error {
		return &email.SendError{Phase: "dot", Code: 554, Enhanced: "5.7.1", Text: "<" + env.To + "> spam"}
	}
	people, actions := h.crowd(1)
	h.run()
	h.eventually("it failed", func() bool { return h.states()[action.Failed] == 1 })
	if len(h.suppressed()) != 0 || h.status(people[0].ID) != lead.StatusNew || h.above.stopped(people[0].ID) != "[]" {
		t.Errorf("suppressed %v, status %s", h.suppressed(), h.status(people[0].ID))
	}
	if a := h.action(actions[0]); strings.Contains(a.Reason, "people.test") {
		t.Errorf("the reason names the person: %s", a.Reason)
	}
}

func TestRefusedRecipientIsAHardBounce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sink.Before = func(_ email.Account, env email.Envelope) error {
		if env.To == address(0) {
			return &email.SendError{Phase: "rcpt", Code: 550, Enhanced: "5.1.1", Text: "<" + env.To + "> no such user"}
		}
		return nil
	}
	people, _ := h.crowd(2)
	h.run()
	h.eventually("both are settled", func() bool { s := h.states(); return s[action.Failed] == 1 && s[action.Done] == 1 })
	if h.status(people[0].ID) != lead.StatusInvalid || h.above.stopped(people[0].ID) != "[bounce]" {
		t.Errorf("status %s, stops %s", h.status(people[0].ID), h.above.stopped(people[0].ID))
	}
	if got := h.suppressed(); len(got) != 1 || got[address(0)] != "bounce" {
		t.Errorf("suppressed %v", got)
	}
	if events := h.events(); events["email.failed"] != 1 || events["email.bounced"] != 1 {
		t.Errorf("events %v", events)
	}
}

func TestSuppressedAreRefusedBeforeTheServerIsAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, actions := h.crowd(2)
	h.must(h.rules.PutSuppressions(t.Context(), h.org, []string{"P0@PEOPLE.test", "+14152340001"}, "manual"))
	h.run()
	h.eventually("both are refused", func() bool { return h.states()[action.Refused] == 2 })
	if h.sink.Tries() != 0 || h.action(actions[0]).Rule != string(compliance.Suppressed) {
		t.Errorf("%d tries, %+v", h.sink.Tries(), h.action(actions[0]))
	}
	if h.events()["email.refused"] == 0 {
		t.Error("nobody was told")
	}
}

func TestClosedPlansAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.above.plan = func(*action.Action) email.Plan { return email.Plan{Rule: email.RuleCampaignClosed} }
	_, actions := h.crowd(1)
	h.run()
	h.eventually("refused", func() bool { return h.states()[action.Refused] == 1 })
	if a := h.action(actions[0]); a.Rule != string(email.RuleCampaignClosed) || h.sink.Tries() != 0 {
		t.Errorf("%+v", a)
	}
}

func TestOrganisationThatIsPaused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, actions := h.crowd(1)
	pause := func(value string) {
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `update organizations set paused_at = `+value+` where id = $1`, h.org)
			return err
		})
	}
	pause("now()")
	h.run()
	h.eventually("put off", func() bool {
		a := h.action(actions[0])
		return a.State == action.Queued && a.Rule == string(compliance.OrgPaused)
	})
	if h.sink.Tries() != 0 {
		t.Error("the kill switch did not hold")
	}
	pause("null")
	h.clock.forward(time.Minute)
	h.eventually("sent", func() bool { return h.states()[action.Done] == 1 })
}

// TestKillSwitchAtTheLastMoment: what is on the wire already is held back too.
func TestKillSwitchAtTheLastMoment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, actions := h.crowd(1)
	h.sink.Before = func(email.Account, email.Envelope) error {
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `update organizations set paused_at = now() where id = $1`, h.org)
			return err
		})
		return nil
	}
	h.run()
	h.eventually("put off", func() bool { return h.action(actions[0]).Rule == string(compliance.OrgPaused) })
	if len(h.sink.Mails()) != 0 {
		t.Error("sent after the kill switch")
	}
}

func TestBudgetIsAskedInTheIntent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var left atomic.Int32
	left.Store(3)
	h.above.reserve = func(_ context.Context, _ db.Tx, actions []*action.Action) map[id.ID]compliance.Verdict {
		over := map[id.ID]compliance.Verdict{}
		for _, a := range actions {
			if left.Add(-1) < 0 {
				over[a.ID] = compliance.Verdict{Rule: email.RuleBudget, Until: h.clock.Now().Add(time.Hour)}
			}
		}
		return over
	}
	h.crowd(10)
	h.run()
	h.eventually("three sent, seven put off", func() bool { s := h.states(); return s[action.Done] == 3 && s[action.Queued] == 7 })
	if n := len(h.sink.Mails()); n != 3 {
		t.Errorf("%d mails", n)
	}
}

func TestAddressThatChangesOnTheWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people, actions := h.crowd(1)
	var once sync.Once
	h.sink.Before = func(email.Account, email.Envelope) error {
		once.Do(func() {
			fresh := "new@people.test"
			_, err := h.leads.Update(context.Background(), h.org, people[0].ID, people[0].Version, lead.Patch{Email: &fresh})
			h.must(err)
		})
		return nil
	}
	h.run()
	h.eventually("put off", func() bool { return h.sink.Tries() == 1 && h.action(actions[0]).State == action.Queued })
	h.clock.forward(5 * time.Second)
	h.eventually("sent to the new address", func() bool { return h.sink.To()["new@people.test"] == 1 })
	if n := h.sink.To()[address(0)]; n != 0 {
		t.Errorf("the old address got %d mails", n)
	}
}

// TestOptOutBeforeTheDot: an opt-out that commits while the mail is on the wire
// wins.
func TestOptOutBeforeTheDot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people, actions := h.crowd(3)
	h.sink.Before = func(_ email.Account, env email.Envelope) error {
		if env.To == address(1) {
			h.tx(func(ctx context.Context, tx db.Tx) error {
				return h.email.OptOutLead(ctx, tx, h.org, people[1].ID, nil, "test")
			})
		}
		return nil
	}
	h.run()
	h.eventually("all are settled", func() bool { s := h.states(); return s[action.Done] == 2 && s[action.Refused] == 1 })
	if a := h.action(actions[1]); a.State != action.Refused || a.Rule != string(compliance.Suppressed) || h.sink.To()[address(1)] != 0 {
		t.Errorf("%+v, mails %v", a, h.sink.To())
	}
}

// TestOptOutDuringTheGate: the gate holds the person's lock, so an opt-out that
// comes while it runs commits after the intent, never between its check and it.
func TestOptOutDuringTheGate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people, actions := h.crowd(1)
	var optOut sync.WaitGroup
	var begun atomic.Bool // the opt-out committed after the intent
	h.above.reserve = func(ctx context.Context, tx db.Tx, _ []*action.Action) map[id.ID]compliance.Verdict {
		optOut.Go(func() {
			h.tx(func(ctx context.Context, tx db.Tx) error {
				return h.email.OptOutLead(ctx, tx, h.org, people[0].ID, nil, "test")
			})
			begun.Store(!h.action(actions[0]).IntentAt.IsZero())
		})
		// Go on only when the opt-out waits for the lock that this gate holds.
		for waiting := 0; waiting == 0 && ctx.Err() == nil; {
			if err := tx.QueryRow(ctx, `select count(*) from pg_locks where not granted`).Scan(&waiting); err != nil {
				t.Error(err)
				break
			}
		}
		return nil
	}
	h.run()
	h.eventually("sent", func() bool { return h.states()[action.Done] == 1 })
	optOut.Wait()
	if !begun.Load() {
		t.Error("the opt-out committed before the intent of a mail that was sent")
	}
	if h.status(people[0].ID) != lead.StatusUnsubscribed {
		t.Errorf("status %s", h.status(people[0].ID))
	}
}

func TestDailyLimitOverTwoProcesses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	limit := 7
	h.edit(func(m *email.Mailbox) { m.DailyLimit = &limit })
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `update organizations set timezone = 'Pacific/Honolulu' where id = $1`, h.org)
		return err
	})
	h.crowd(16)
	h.run()
	h.run()
	h.eventually("seven", func() bool { return h.states()[action.Done] == 7 })
	h.stays("seven a day", func() bool { return len(h.sink.Mails()) == 7 })
	honolulu, err := time.LoadLocation("Pacific/Honolulu")
	h.must(err)
	now := h.clock.Now().In(honolulu)
	midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, honolulu)
	h.clock.forward(midnight.Sub(now) - 5*time.Second)
	h.stays("seven before midnight", func() bool { return len(h.sink.Mails()) == 7 })
	h.clock.forward(10 * time.Second)
	h.run() // the others rest until their own clock says so
	h.eventually("fourteen on the second day", func() bool { return h.states()[action.Done] == 14 })
	h.stays("fourteen", func() bool { return len(h.sink.Mails()) == 14 })
}

// TestLimitCountsWhatTheServerWasAsked: a server that is down costs nothing.
func TestLimitCountsWhatTheServerWasAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	limit := 5
	h.edit(func(m *email.Mailbox) { m.DailyLimit = &limit })
	var up atomic.Bool
	h.sink.Before = func(email.Account, email.Envelope) error {
		if up.Load() {
			return nil
		}
		return down
	}
	h.crowd(8)
	stop := h.run()
	h.eventually("it is known to be down", func() bool { return h.box().LastError != "" })
	h.eventually("all mail waits", func() bool { return h.states()[action.Queued] == 8 })
	stop()
	up.Store(true)
	h.clock.forward(time.Minute)
	h.run()
	h.eventually("five", func() bool { return h.states()[action.Done] == 5 })
	h.stays("five", func() bool { return len(h.sink.Mails()) == 5 })
}

func TestRateIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rate := 20.0
	h.edit(func(m *email.Mailbox) { m.RatePerSecond = &rate })
	h.crowd(36)
	begun := time.Now()
	h.run()
	h.run()
	h.eventually("all", func() bool { return len(h.sink.Mails()) == 36 })
	// A burst of a second's worth, then 20 a second.
	if took := time.Since(begun); took < 750*time.Millisecond {
		t.Errorf("36 mails at 20/s took %s", took)
	}
}

func TestDoubtfulMailIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sink.After = func(email.Envelope) error { return &email.SendError{Phase: "dot", Text: "no answer", Doubtful: true} }
	_, actions := h.crowd(1)
	h.run()
	h.eventually("in doubt", func() bool { return h.states()[action.InDoubt] == 1 })
	h.clock.forward(24 * time.Hour)
	h.stays("held", func() bool { return h.sink.Tries() == 1 && h.action(actions[0]).State == action.InDoubt })
}

// TestDrain: a process that is told to stop in the middle leaves nothing claimed
// and nothing in doubt.
func TestDrain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var n atomic.Int32
	h.sink.Before = func(email.Account, email.Envelope) error {
		if n.Add(1) > 10 {
			once.Do(func() { close(reached) })
			<-release
		}
		return nil
	}
	h.crowd(60)
	stop := h.run()
	<-reached
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(release)
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not stop")
	}
	states := h.states()
	if states[action.Claimed] != 0 || states[action.Sending] != 0 || states[action.InDoubt] != 0 {
		t.Errorf("left behind: %v", states)
	}
	if sent := len(h.sink.Mails()); states[action.Done] != sent || states[action.Queued] != 60-sent {
		t.Errorf("%d mails, %v", sent, states)
	}
	h.sink.Before = nil
	h.run()
	h.eventually("the rest", func() bool { return h.states()[action.Done] == 60 })
	for to, n := range h.sink.To() {
		if n != 1 {
			t.Errorf("%s got %d", to, n)
		}
	}
}

// TestPausedMailboxStopsItsLane: also the mails that its lane has claimed.
func TestPausedMailboxStopsItsLane(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.edit(func(m *email.Mailbox) { m.Connections = 1 })
	var once sync.Once
	h.sink.Before = func(email.Account, email.Envelope) error {
		once.Do(func() {
			h.edit(func(m *email.Mailbox) { m.State = "paused" })
			<-time.After(1500 * time.Millisecond) // this mail is slow; the lane looks at its mailbox each second
		})
		return nil
	}
	h.crowd(20)
	h.run()
	h.eventually("the slow mail is gone", func() bool { return h.states()[action.Done] == 1 })
	h.eventually("the others are put back", func() bool { return h.states()[action.Queued] == 19 })
	h.stays("paused", func() bool { return len(h.sink.Mails()) == 1 })
}

func TestWordsThatCannotBeRendered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	good := h.content
	h.content = id.New() // no such row
	people, _ := h.crowd(1)
	h.content = good
	h.run()
	h.eventually("failed", func() bool { return h.states()[action.Failed] == 1 })
	if h.sink.Tries() != 0 || len(h.suppressed()) != 0 || h.status(people[0].ID) != lead.StatusNew {
		t.Error("it went further than it may")
	}
}

// TestIntentThatFails: the database says no at the last moment; nothing is sent,
// and it is tried again.
func TestIntentThatFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var failed atomic.Bool
	h.above.reserve = func(ctx context.Context, tx db.Tx, _ []*action.Action) map[id.ID]compliance.Verdict {
		if failed.CompareAndSwap(false, true) {
			_, _ = tx.Exec(ctx, `select 1 / 0`)
		}
		return nil
	}
	_, actions := h.crowd(1)
	h.run()
	h.eventually("tried", func() bool { return failed.Load() && h.action(actions[0]).State == action.Queued })
	if n := len(h.sink.Mails()); n != 0 {
		t.Fatalf("%d mails without an intent", n)
	}
	h.clock.forward(2 * time.Second)
	h.eventually("sent", func() bool { return h.states()[action.Done] == 1 })
	if a := h.action(actions[0]); a.Attempts != 1 {
		t.Errorf("%d attempts", a.Attempts)
	}
}

func TestTestMailbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	receipt, err := h.email.TestMailbox(t.Context(), h.org, h.mailbox)
	if err != nil || receipt.Code != 250 || h.sink.To()["ann@sender.test"] != 1 {
		t.Fatalf("%+v, %v, %v", receipt, err, h.sink.To())
	}
	h.sink.Before = func(email.Account, email.Envelope) error { return down }
	var failed *email.SendError
	if _, err := h.email.TestMailbox(t.Context(), h.org, h.mailbox); !errors.As(err, &failed) || failed.Phase != "dial" {
		t.Errorf("err %v", err)
	}
	if h.box().LastError == "" {
		t.Error("the mailbox does not say why")
	}
	h.sink.Before = nil
	if _, err := h.email.TestMailbox(t.Context(), h.org, h.mailbox); err != nil || h.box().LastError != "" {
		t.Errorf("%v, last error %q", err, h.box().LastError)
	}
	if _, err := h.email.TestMailbox(t.Context(), h.org, id.New()); !isNotFound(err) {
		t.Errorf("no mailbox: %v", err)
	}
}
