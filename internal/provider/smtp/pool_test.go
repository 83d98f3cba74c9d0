package smtp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/provider/smtp"
	"rainmaker/internal/provider/smtp/smtptest"
)

func pool(t testing.TB, s *smtptest.Server, o smtp.PoolOptions) *smtp.Pool {
	t.Helper()
	p := smtp.NewPool(func(ctx context.Context) (*smtp.Conn, error) { return smtp.Dial(ctx, options(s)) }, o)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func poolSend(t testing.TB, p *smtp.Pool, to string) error {
	t.Helper()
	_, err := p.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: to, Body: []byte(mail)}, ready)
	return err
}

func TestPoolSendsEverythingOnce(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{KeepMails: true, Temp: 0.1})
	p := pool(t, s, smtp.PoolOptions{Connections: 8, MaxMessages: 7})
	var wg sync.WaitGroup
	var sent, deferred atomic.Int64
	for range 16 {
		wg.Go(func() {
			for range 50 {
				switch err := poolSend(t, p, "b@b.example"); {
				case err == nil:
					sent.Add(1)
				default:
					var e *smtp.Error
					if !errors.As(err, &e) || e.Code != 451 {
						t.Errorf("%v", err)
					}
					deferred.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if sent.Load() != 720 || deferred.Load() != 80 || s.Count() != 720 {
		t.Errorf("%d sent, %d deferred, %d arrived", sent.Load(), deferred.Load(), s.Count())
	}
	if p.Idle() > 8 {
		t.Errorf("%d connections", p.Idle())
	}
	if n := s.Connections(); n < 720/7 {
		t.Errorf("%d connections for 720 mails of at most 7 each", n)
	}
}

func TestPoolReplacesAStaleConnection(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	p := pool(t, s, smtp.PoolOptions{})
	for i := range 4 {
		if err := poolSend(t, p, "b@b.example"); err != nil {
			t.Fatalf("mail %d: %v", i, err)
		}
		s.Drop()
		waitFor(t, func() bool { return s.Open() == 0 })
	}
	if s.Count() != 4 || s.Connections() != 4 {
		t.Errorf("%d mails, %d connections", s.Count(), s.Connections())
	}
}

func TestPoolNeverRepeatsAnIntent(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{Withhold: 0.5, WithholdClose: true})
	p := pool(t, s, smtp.PoolOptions{})
	intents, doubts := 0, 0
	for range 10 {
		_, err := p.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, func(context.Context) error { intents++; return nil })
		var e *smtp.Error
		if errors.As(err, &e) && e.Doubtful {
			doubts++
		} else if err != nil {
			t.Error(err)
		}
	}
	if intents != 10 || s.Count() != 10 || doubts != 5 {
		t.Errorf("%d intents, %d arrived, %d in doubt", intents, s.Count(), doubts)
	}
	refusedIntent := errors.New("no")
	if _, err := p.Send(t.Context(), &smtp.Mail{From: "", To: "b@b.example", Body: []byte(mail)}, func(context.Context) error { return refusedIntent }); err != refusedIntent {
		t.Errorf("%v", err)
	}
}

func TestPoolBacksOff(t *testing.T) {
	var dials atomic.Int64
	down := &smtp.Error{Phase: smtp.PhaseDial, Text: "down", Temporary: true}
	s := smtptest.New(t, smtptest.Options{})
	up := atomic.Bool{}
	p := smtp.NewPool(func(ctx context.Context) (*smtp.Conn, error) {
		dials.Add(1)
		if up.Load() {
			return smtp.Dial(ctx, options(s))
		}
		return nil, down
	}, smtp.PoolOptions{BackoffMin: 30 * time.Millisecond, BackoffMax: 60 * time.Millisecond})
	defer p.Close()
	for range 50 {
		if err := poolSend(t, p, "b@b.example"); !errors.Is(err, down) {
			t.Fatal(err)
		}
	}
	if n := dials.Load(); n > 3 {
		t.Errorf("%d dials in a moment", n)
	}
	up.Store(true)
	waitFor(t, func() bool { return poolSend(t, p, "b@b.example") == nil })
}

func TestPoolClosesIdleConnections(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	p := pool(t, s, smtp.PoolOptions{Connections: 3, IdleTimeout: 50 * time.Millisecond})
	if err := poolSend(t, p, "b@b.example"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return s.Open() == 0 && p.Idle() == 0 })
	if err := poolSend(t, p, "b@b.example"); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	waitFor(t, func() bool { return s.Open() == 0 })
	if err := poolSend(t, p, "b@b.example"); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed pool: %v", err)
	}
}

func TestPoolWaitsForItsTurn(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	p := pool(t, s, smtp.PoolOptions{Connections: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := p.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, func(context.Context) error {
		_, err := p.Send(ctx, &smtp.Mail{From: "a@a.example", To: "c@b.example", Body: []byte(mail)}, ready)
		failure(t, err, smtp.PhaseDial)
		return nil
	})
	if err != nil || s.Count() != 1 || s.Connections() != 1 {
		t.Errorf("%v, %d mails, %d connections", err, s.Count(), s.Connections())
	}
}

// announcing are the lines of a server that takes pipelined commands and reads
// the envelope of the second mail before it answers the first.
func announcing(rest ...string) []string {
	lines := append(hello("PIPELINING"), "< MAIL", "< RCPT", "< DATA", "> 250 ok", "> 250 ok", "> 354 go on", "body", "< MAIL", "< RCPT TO:<two@b.example>", "< DATA")
	return append(lines, rest...)
}

// unannounced are the lines of a server that takes pipelined commands and gets a
// mail with nothing behind it.
var unannounced = append(hello("PIPELINING"), "< MAIL", "< RCPT", "< DATA", "> 250 ok", "> 250 ok", "> 354 go on", "body", "nothing", "> 250 second", "close")

func lineTo(t testing.TB, servers ...smtp.Options) *smtp.Line {
	t.Helper()
	dials := 0
	p := smtp.NewPool(func(ctx context.Context) (*smtp.Conn, error) {
		dials++
		return smtp.Dial(ctx, servers[min(dials, len(servers))-1])
	}, smtp.PoolOptions{})
	line := p.Line()
	t.Cleanup(func() { _, _ = line.Close(), p.Close() })
	return line
}

func mailTo(to string) *smtp.Mail {
	return &smtp.Mail{From: "a@a.example", To: to, Body: []byte(mail)}
}

func TestLineAsksForTheNextMailWithTheDot(t *testing.T) {
	o, _ := scripted(t, announcing("> 250 first", "> 250 ok", "> 250 ok", "> 354 go on", "body", "> 250 second", "< QUIT")...)
	line, one, two := lineTo(t, o), mailTo("one@b.example"), mailTo("two@b.example")
	for _, step := range []struct {
		mail, next *smtp.Mail
		want       string
	}{{one, two, "first"}, {two, nil, "second"}} {
		intents := 0
		r, err := line.Send(t.Context(), step.mail, step.next, func(context.Context) error { intents++; return nil })
		if err != nil || r.Text != step.want || intents != 1 {
			t.Fatalf("%s: %+v, %v, %d intents", step.want, r, err, intents)
		}
	}
}

// TestLineWhenTheFirstIsInDoubt: the answer to the first mail's dot is lost. It is
// in doubt, once; the mail that was announced with it has not begun and goes over
// another connection.
func TestLineWhenTheFirstIsInDoubt(t *testing.T) {
	hasty, _ := scripted(t, announcing("close")...)
	other, read := scripted(t, unannounced...)
	line, one, two := lineTo(t, hasty, other), mailTo("one@b.example"), mailTo("two@b.example")
	_, err := line.Send(t.Context(), one, two, ready)
	if e := failure(t, err, smtp.PhaseDot); !e.Doubtful {
		t.Errorf("%+v, want doubt", e)
	}
	// It may have been the announcement that the server could not bear: no more.
	if _, err := line.Send(t.Context(), two, mailTo("three@b.example"), ready); err != nil {
		t.Error(err)
	}
	if got := read(); !slices.Contains(got, "RCPT TO:<two@b.example>") {
		t.Errorf("the second server read %q", got)
	}
}

// TestLineWithAServerThatDropsWhatIsAhead: it throws away what comes with a dot.
// The mail goes over another connection, and the pool stops asking.
func TestLineWithAServerThatDropsWhatIsAhead(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	deaf, _ := scripted(t, announcing("> 250 first", "silence")...)
	deaf.Timeouts.Command = 50 * time.Millisecond
	// On the second connection the dot comes without company.
	polite, read := scripted(t, unannounced...)
	line := lineTo(t, deaf, polite, options(s))
	mails := []*smtp.Mail{mailTo("one@b.example"), mailTo("two@b.example"), mailTo("three@b.example"), nil}
	for i, m := range mails[:3] {
		intents := 0
		if _, err := line.Send(t.Context(), m, mails[i+1], func(context.Context) error { intents++; return nil }); err != nil || intents != 1 {
			t.Fatalf("mail %d: %v, %d intents", i, err, intents)
		}
	}
	if s.Count() != 1 {
		t.Errorf("%d mails at the third server", s.Count())
	}
	if got := read(); !slices.Contains(got, "RCPT TO:<two@b.example>") {
		t.Errorf("the second server read %q", got)
	}
}

func TestLineGoesOnAfterRefusals(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{KeepMails: true, Reject: func(to string) string {
		return map[string]string{"gone@b.example": "550 5.1.1 nobody"}[to]
	}})
	line := lineTo(t, options(s))
	refusal := errors.New("paused")
	mails := []*smtp.Mail{mailTo("one@b.example"), mailTo("gone@b.example"), mailTo("bad one@b.example"), mailTo("four@b.example"), mailTo("paused@b.example"), mailTo("six@b.example"), nil}
	for i, m := range mails[:6] {
		intents := 0
		_, err := line.Send(t.Context(), m, mails[i+1], func(context.Context) error {
			if intents++; m.To == "paused@b.example" {
				return refusal
			}
			return nil
		})
		switch m.To {
		case "gone@b.example", "bad one@b.example":
			if e := failure(t, err, smtp.PhaseRcpt); e.Temporary || intents != 0 {
				t.Errorf("%s: %+v, %d intents", m.To, e, intents)
			}
		case "paused@b.example":
			if !errors.Is(err, refusal) {
				t.Errorf("%s: %v", m.To, err)
			}
		default:
			if err != nil || intents != 1 {
				t.Errorf("%s: %v, %d intents", m.To, err, intents)
			}
		}
	}
	var got []string
	for _, m := range s.Mails() {
		got = append(got, m.To...)
	}
	if diff := cmp.Diff([]string{"one@b.example", "four@b.example", "six@b.example"}, got); diff != "" {
		t.Errorf("arrived:\n%s", diff)
	}
	// Only the refused intent, which leaves a mail without its end, costs a connection.
	if s.Connections() != 2 {
		t.Errorf("%d connections", s.Connections())
	}
}

// TestLineWhoseNextMailDoesNotCome: what was announced and is not sent never
// arrives, and no farewell becomes its text.
func TestLineWhoseNextMailDoesNotCome(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{KeepMails: true})
	line, one, two := lineTo(t, options(s)), mailTo("one@b.example"), mailTo("two@b.example")
	if _, err := line.Send(t.Context(), one, two, ready); err != nil {
		t.Fatal(err)
	}
	if _, err := line.Send(t.Context(), mailTo("three@b.example"), two, ready); err != nil {
		t.Fatal(err)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return s.Open() == 0 })
	if s.Count() != 2 || s.Mails()[1].To[0] != "three@b.example" {
		t.Errorf("%d mails: %+v", s.Count(), s.Mails())
	}
	if _, err := line.Send(t.Context(), two, nil, ready); err != nil { // its place in the pool was given back
		t.Error(err)
	}
}
