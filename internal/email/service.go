package email

import (
	"context"
	"log/slog"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Deps are what a Service needs. Planner, Answers and Stopper are joined by app
// after construction: they stand above this package.
type Deps struct {
	DB         *db.DB
	Clock      clock.Clock
	Logger     *slog.Logger
	Keys       secret.Keyring
	Log        *action.Log
	Compliance *compliance.Service
	Leads      *lead.Service
	Signer     *message.Signer
	Transport  Transport
	Users      Users         // who a test goes to
	Egress     *egress.Guard // which mail hosts may be entered; nil: those of the public internet
	PublicURL  string        // base of tracked links and opt-out pages, without a final slash
	Wake       func()        // tells the event relay that something was committed
}

// Service is the e-mail side of one process.
type Service struct {
	Deps
	planner Planner
	answers Answerer
	stopper Stopper
	wake    chan struct{}
	tests   chan struct{}
}

// New returns a Service. Join must be called before it sends or receives.
func New(deps Deps) *Service {
	if deps.Egress == nil {
		deps.Egress = egress.New(egress.Reach{})
	}
	if deps.Wake == nil {
		deps.Wake = func() {}
	}
	return &Service{Deps: deps, wake: make(chan struct{}, 1), tests: make(chan struct{}, 1)}
}

// Join connects the packages above.
func (s *Service) Join(planner Planner, answers Answerer, stopper Stopper) {
	s.planner, s.answers, s.stopper = planner, answers, stopper
}

// Poke makes the sender look for work now instead of at its next poll.
func (s *Service) Poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// TestMailbox sends a mail from the mailbox to its own address, outside any
// campaign, and records what came of it. It is transactional: its reader asked
// for it a moment ago.
func (s *Service) TestMailbox(ctx context.Context, org, mailbox id.ID) (Receipt, error) {
	var m Mailbox
	var sealed sealedMailbox
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		m, sealed, err = findMailbox(ctx, tx, org, mailbox, false)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	account, dkim, err := s.account(ctx, org, m, sealed)
	if err != nil {
		return Receipt{}, err
	}
	receipt, sendErr := s.sendTest(ctx, m, account, dkim)
	reason := ""
	if sendErr != nil {
		reason = sendErr.Error()
	}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		return setMailboxError(ctx, tx, org, mailbox, reason)
	})
	if sendErr != nil {
		return Receipt{}, sendErr
	}
	return receipt, err
}

// sendTest opens an outlet for one mail.
func (s *Service) sendTest(ctx context.Context, m Mailbox, account Account, dkim *message.DKIM) (Receipt, error) {
	subject, err := message.Parse("subject", "Rainmaker can send from this mailbox")
	if err != nil {
		return Receipt{}, err
	}
	body, err := message.Parse("body", "This mail was sent to test the mailbox. Nothing else is needed.")
	if err != nil {
		return Receipt{}, err
	}
	mail, err := message.Compile(message.Draft{
		Subject: subject, Body: body, FromName: m.FromName, FromAddress: m.FromAddress, Transactional: true, DKIM: dkim,
	})
	if err != nil {
		return Receipt{}, err
	}
	raw, err := mail.Compose(nil, &message.Recipient{Action: id.New(), Name: m.FromName, Address: m.FromAddress, Date: s.Clock.Now()})
	if err != nil {
		return Receipt{}, err
	}
	outlet, err := s.Transport.Outlet(ctx, account)
	if err != nil {
		return Receipt{}, err
	}
	defer func() { _ = outlet.Close() }()
	return outlet.Send(ctx, Envelope{From: m.FromAddress, To: m.FromAddress, Body: raw}, func(context.Context) error { return nil })
}
