// Package emailtest has what tests of mail need: a transport that keeps mails in
// memory, and the conformance suite that every transport must pass.
//
// Files: sink.go (the transport), conform.go (the suite).
package emailtest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"rainmaker/internal/email"
)

// Sink is an email.Transport that keeps mails in memory. The zero value takes
// everything; its hooks are set before it is used.
type Sink struct {
	// Before answers a mail before its intent, as a server does up to the last
	// byte of the body; nil goes on.
	Before func(account email.Account, env email.Envelope) error
	// After answers a mail at its final dot; nil takes it.
	After func(env email.Envelope) error

	mu    sync.Mutex
	mails []email.Envelope // guarded by mu
	tries int              // guarded by mu
}

// Outlet implements email.Transport.
func (s *Sink) Outlet(_ context.Context, account email.Account) (email.Outlet, error) {
	return &outlet{sink: s, account: account}, nil
}

// Mails returns what was taken, in order.
func (s *Sink) Mails() []email.Envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Tries is how often somebody began to send.
func (s *Sink) Tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

// To counts the mails taken by recipient.
func (s *Sink) To() map[string]int {
	counts := map[string]int{}
	for _, m := range s.Mails() {
		counts[m.To]++
	}
	return counts
}

type outlet struct {
	sink    *Sink
	account email.Account
	mu      sync.Mutex
	closed  bool // guarded by mu
}

// Send implements email.Outlet.
func (o *outlet) Send(ctx context.Context, env email.Envelope, intent func(ctx context.Context) error) (email.Receipt, error) {
	if err := o.begin(ctx, env); err != nil {
		return email.Receipt{}, err
	}
	if err := intent(ctx); err != nil {
		return email.Receipt{}, err
	}
	s := o.sink
	if s.After != nil {
		if err := s.After(env); err != nil {
			return email.Receipt{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	env.Body = slices.Clone(env.Body) // the caller uses its buffer again
	s.mails = append(s.mails, env)
	return email.Receipt{Code: 250, Text: "taken"}, nil
}

// begin is everything before the intent.
func (o *outlet) begin(ctx context.Context, env email.Envelope) error {
	o.mu.Lock()
	closed := o.closed
	o.mu.Unlock()
	if closed {
		return &email.SendError{Phase: "dial", Text: "closed", Temporary: true}
	}
	if err := ctx.Err(); err != nil {
		return &email.SendError{Phase: "dial", Text: err.Error(), Temporary: true}
	}
	o.sink.mu.Lock()
	o.sink.tries++
	o.sink.mu.Unlock()
	if strings.ContainsAny(env.To, "\r\n<> ") {
		return &email.SendError{Phase: "rcpt", Code: 553, Enhanced: "5.1.3", Text: "the recipient's address is malformed"}
	}
	if o.sink.Before != nil {
		return o.sink.Before(o.account, env)
	}
	return nil
}

// Line implements email.Outlet.
func (o *outlet) Line() email.Line { return Line{o} }

// Line is an email.Line that sends each mail by itself.
type Line struct{ Outlet email.Outlet }

// Send implements email.Line.
func (l Line) Send(ctx context.Context, env, _ *email.Envelope, intent func(ctx context.Context) error) (email.Receipt, error) {
	return l.Outlet.Send(ctx, *env, intent)
}

// Close implements email.Line.
func (Line) Close() error { return nil }

// Close implements email.Outlet.
func (o *outlet) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return nil
}
