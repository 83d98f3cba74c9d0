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
	from, to, failed := paths(env)
	if failed != nil {
		return email.Receipt{}, sendError(failed)
	}
	reply, err := o.pool.Send(ctx, from, to, env.Body, intent)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return email.Receipt{}, sendError(e)
		}
		return email.Receipt{}, err // intent's own
	}
	return email.Receipt{Code: reply.Code, Text: reply.Text}, nil
}

// Close implements email.Outlet.
func (o outlet) Close() error { return o.pool.Close() }

// paths puts the addresses in wire form: international domains as punycode.
func paths(env email.Envelope) (from, to string, failed *Error) {
	var err error
	if env.From != "" {
		if from, err = message.Address("from", env.From); err != nil {
			return "", "", refused(PhaseMail, 553, "5.1.7", "the sender's address is malformed")
		}
	}
	if to, err = message.Address("to", env.To); err != nil {
		return "", "", refused(PhaseRcpt, 553, "5.1.3", "the recipient's address is malformed")
	}
	return from, to, nil
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
