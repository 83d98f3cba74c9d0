package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Keys    secret.Keyring
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics *prometheus.Registry // nil: none
	Egress  *egress.Guard
	Reader  Reader
	// Take acts on a mail that came to an address of an organisation; a mail that
	// cannot be read is an error of kind Invalid.
	Take func(ctx context.Context, org id.ID, address string, raw []byte) error
	Wake func() // tells the event relay that something was committed
}

// Service reads inboxes.
type Service struct {
	Deps
	wake  chan struct{}
	mails *prometheus.CounterVec
	reads *prometheus.CounterVec
}

// New returns a Service. Nothing is read before Run.
func New(d Deps) (*Service, error) {
	if d.Wake == nil {
		d.Wake = func() {}
	}
	s := &Service{
		Deps: d, wake: make(chan struct{}, 1),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_inbox_mails_total", Help: "Mails read from inboxes of mailboxes: taken, or unreadable and passed over.",
		}, []string{"outcome"}),
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_inbox_reads_total", Help: "Readings of inboxes, by what came of them.",
		}, []string{"outcome"}),
	}
	if d.Metrics != nil {
		for _, c := range []prometheus.Collector{s.mails, s.reads} {
			if err := d.Metrics.Register(c); err != nil {
				return nil, fmt.Errorf("inbox metrics: %w", err)
			}
		}
	}
	return s, nil
}

// validate checks and completes s.
func (s *Server) validate(guard *egress.Guard) error {
	if err := guard.CheckHost("body.imap.host", s.Host); err != nil {
		return err
	}
	if s.Port < 1 || s.Port > 65535 {
		return errs.InvalidField("body.imap.port", "must be between 1 and 65535")
	}
	switch s.TLS {
	case "":
		s.TLS = "tls"
	case "tls", "starttls":
	case "none":
		if !egress.Here(s.Host) {
			return errs.InvalidField("body.imap.tls", "a password is not sent over an unencrypted connection: choose tls or starttls")
		}
	default:
		return errs.InvalidField("body.imap.tls", "must be none, starttls or tls")
	}
	if s.Username == "" {
		return errs.InvalidField("body.imap.username", "is required")
	}
	return nil
}

// Set says where the inbox of a mailbox is. A password that is left out stays, as
// long as it goes to the same server for the same user. Mail is read from today on.
func (s *Service) Set(ctx context.Context, tx db.Tx, org, mailbox id.ID, at Server) error {
	if err := at.validate(s.Egress); err != nil {
		return err
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	before, sealed, err := find(ctx, tx, org, mailbox, true)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	same := err == nil && before.Server.Host == at.Host && before.Server.Port == at.Port && before.Server.Username == at.Username
	if at.Password != "" {
		if sealed, err = keys.Seal(tableInboxes, "password", mailbox, at.Password.Reveal()); err != nil {
			return err
		}
	} else if !same || sealed == nil {
		return errs.InvalidField("body.imap.password", "is required, and again when the server or the user is another")
	}
	if err := put(ctx, tx, org, mailbox, at, sealed, same, s.Clock.Now()); err != nil {
		return fmt.Errorf("inbox of %s: %w", mailbox, err)
	}
	return nil
}

// Remove ends the reading of a mailbox's inbox, if there is any.
func (s *Service) Remove(ctx context.Context, tx db.Tx, org, mailbox id.ID) error {
	return remove(ctx, tx, org, mailbox)
}

// Of returns the inboxes of mailboxes; those that have none are missing.
func (s *Service) Of(ctx context.Context, tx db.Tx, org id.ID, mailboxes ...id.ID) (map[id.ID]Inbox, error) {
	return list(ctx, tx, org, mailboxes)
}

// Try opens the inbox of a mailbox, reads nothing, and keeps what came of it. The
// error is an *Error when the inbox cannot be opened; a mailbox without an inbox
// has nothing to fail.
func (s *Service) Try(ctx context.Context, org, mailbox id.ID) error {
	var at Server
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		found, sealed, err := find(ctx, tx, org, mailbox, false)
		if err != nil {
			return err
		}
		at = found.Server
		at.Password, err = s.open(ctx, org, mailbox, sealed)
		return err
	})
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	session, err := s.Reader.Open(ctx, at)
	if err == nil {
		err = session.Close()
	}
	if failed := new(Error); err != nil && !errors.As(err, &failed) {
		return err
	}
	keep := s.DB.InTenant(ctx, org, func(tx db.Tx) error { return retry(ctx, tx, org, mailbox, textOf(err), s.Clock.Now()) })
	s.Poke()
	return errors.Join(err, keep)
}

// open opens a sealed password.
func (s *Service) open(ctx context.Context, org, mailbox id.ID, sealed []byte) (secret.String, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return "", err
	}
	password, err := keys.Open(tableInboxes, "password", mailbox, sealed)
	return secret.String(password), err
}

// Poke looks for inboxes that are due now.
func (s *Service) Poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
