package smtp_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
	_, err := p.Send(t.Context(), "a@a.example", to, []byte(mail), ready)
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
		_, err := p.Send(t.Context(), "a@a.example", "b@b.example", []byte(mail), func(context.Context) error { intents++; return nil })
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
	if _, err := p.Send(t.Context(), "", "b@b.example", []byte(mail), func(context.Context) error { return refusedIntent }); err != refusedIntent {
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
	_, err := p.Send(t.Context(), "a@a.example", "b@b.example", []byte(mail), func(context.Context) error {
		_, err := p.Send(ctx, "a@a.example", "c@b.example", []byte(mail), ready)
		failure(t, err, smtp.PhaseDial)
		return nil
	})
	if err != nil || s.Count() != 1 || s.Connections() != 1 {
		t.Errorf("%v, %d mails, %d connections", err, s.Count(), s.Connections())
	}
}
