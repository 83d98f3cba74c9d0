package smtp

import (
	"context"
	"crypto/tls"
	"errors"

	"rainmaker/internal/email"
	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/egress"
)

// Transport is package email's way out: each mailbox gets a pool of
// connections to its own submission server.
type Transport struct {
	Timeouts  Timeouts
	Reach     egress.Reach
	TLSConfig *tls.Config // nil: system roots
	Pool      PoolOptions // Connections comes from the account
}

// Outlet makes the pool. It connects when the first mail is sent.
func (t *Transport) Outlet(_ context.Context, a email.Account) (email.Outlet, error) {
	o := Options{
		Host: a.Host, Port: a.Port, Username: a.Username, Password: a.Password, TLS: TLSMode(a.TLS), LocalName: a.LocalName,
		Timeouts: t.Timeouts, TLSConfig: t.TLSConfig, Reach: t.Reach,
	}
	pool := t.Pool
	pool.Connections = a.Connections
	return outlet{NewPool(func(ctx context.Context) (*Conn, error) { return Dial(ctx, o) }, pool)}, nil
}

type outlet struct{ pool *Pool }

// Send implements email.Outlet.
func (o outlet) Send(ctx context.Context, env email.Envelope, intent func(ctx context.Context) error) (email.Receipt, error) {
	l := o.Line()
	defer func() { _ = l.Close() }() // no other mail was announced
	return l.Send(ctx, &env, nil, intent)
}

// Line implements email.Outlet.
func (o outlet) Line() email.Line { return &line{Line: o.pool.Line()} }

// Close implements email.Outlet.
func (o outlet) Close() error { return o.pool.Close() }

// line remembers the mail that it was told will come, in wire form.
type line struct {
	*Line
	comes *email.Envelope
	mail  *Mail
}

// Send implements email.Line.
func (l *line) Send(ctx context.Context, env, next *email.Envelope, intent func(ctx context.Context) error) (email.Receipt, error) {
	m := l.mail
	if l.comes != env {
		var failed *Error
		if m, failed = wire(env); failed != nil {
			return email.Receipt{}, sendError(failed)
		}
	}
	l.comes, l.mail = nil, nil
	if next != nil {
		if mail, failed := wire(next); failed == nil { // else it fails when it is sent
			l.comes, l.mail = next, mail
		}
	}
	reply, err := l.Line.Send(ctx, m, l.mail, intent)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return email.Receipt{}, sendError(e)
		}
		return email.Receipt{}, err // intent's own
	}
	return email.Receipt{Code: reply.Code, Text: reply.Text}, nil
}

// wire puts a mail in wire form: international domains as punycode.
func wire(env *email.Envelope) (*Mail, *Error) {
	m := &Mail{Body: env.Body}
	var err error
	if env.From != "" {
		if m.From, err = message.Address("from", env.From); err != nil {
			return nil, refused(PhaseMail, 553, "5.1.7", "the sender's address is malformed")
		}
	}
	if m.To, err = message.Address("to", env.To); err != nil {
		return nil, refused(PhaseRcpt, 553, "5.1.3", "the recipient's address is malformed")
	}
	return m, nil
}

func sendError(e *Error) *email.SendError {
	text := e.Text
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return &email.SendError{
		Phase: string(e.Phase), Code: e.Code, Enhanced: e.Enhanced, Text: text, Temporary: e.Temporary, Doubtful: e.Doubtful,
	}
}
