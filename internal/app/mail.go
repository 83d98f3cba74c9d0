package app

import (
	"context"
	"fmt"
	"log/slog"

	"rainmaker/internal/auth"
	"rainmaker/internal/campaign"
	"rainmaker/internal/conversation"
	"rainmaker/internal/email"
	"rainmaker/internal/email/inbox"
	"rainmaker/internal/email/message"
	"rainmaker/internal/llm"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/provider/imap"
	"rainmaker/internal/provider/smtp"
)

// mail builds what writes to people and understands their answers, and joins
// what looks up the import order: email asks campaign and conversation through
// interfaces of its own.
func (a *App) mail(s *services) error {
	key, err := a.in.Vault.Derive("mail-tokens", 32)
	if err != nil {
		return err
	}
	signer, err := message.NewSigner(key)
	if err != nil {
		return fmt.Errorf("mail tokens: %w", err)
	}
	a.practice = &practice{Transport: &smtp.Transport{Reach: a.reach()}, app: a}
	s.email = email.New(email.Deps{
		DB: a.in.DB, Clock: a.clock, Logger: a.log, Keys: s.org, Log: s.actions, Compliance: s.compliance, Leads: s.leads, Users: s.org,
		Signer: signer, Transport: a.practice, Egress: egress.New(a.reach()), PublicURL: a.PublicURL(), Wake: s.relay.Wake,
	})
	s.inbox, err = inbox.New(inbox.Deps{
		DB: a.in.DB, Keys: s.org, Clock: a.clock, Logger: a.log, Metrics: a.metrics, Egress: egress.New(a.reach()),
		Reader: &imap.Reader{Reach: a.reach()}, Wake: s.relay.Wake,
		Take: func(ctx context.Context, org id.ID, address string, raw []byte) error {
			return s.email.Receive(ctx, email.Incoming{Org: org, To: []string{address}, Raw: raw})
		},
	})
	if err != nil {
		return err
	}
	s.conversation = conversation.New(conversation.Deps{
		DB: a.in.DB, Keys: s.org, Clock: a.clock, Log: s.actions, Leads: s.leads, Stop: s.email, Model: s.llm, Logger: a.log,
	})
	s.campaigns = campaign.New(campaign.Deps{
		DB: a.in.DB, Clock: a.clock, Logger: a.log, Log: s.actions, Compliance: s.compliance, Leads: s.leads, Email: s.email,
		Writer: writer{s.llm, s.org}, Heard: a.heard, MailMicros: a.cfg.Email.PriceMicros, Wake: s.relay.Wake,
	})
	s.email.Join(s.campaigns, s.conversation, s.campaigns)
	s.conversation.Join(s.campaigns)
	s.leads.Join(s.campaigns)
	s.actions.Observe(email.KindSend, s.campaigns)
	return nil
}

// heard reports whether what comes back to a mailbox is read: from its inbox, by
// the simulated people themselves, or by SMTP. Which addresses workers take mail
// on, a process beside them does not know, and warns of nothing.
func (a *App) heard(ctx context.Context, tx db.Tx, tenant id.ID, box email.Mailbox) (bool, error) {
	if box.SMTP.Host == email.SandboxHost || a.cfg.InboundSMTP != "" || !a.targets.has(targetWorker) {
		return true, nil
	}
	inboxes, err := a.services.inbox.Of(ctx, tx, tenant, box.ID)
	return len(inboxes) > 0, err
}

// reach says where addresses that users enter may lead besides the public
// internet.
func (a *App) reach() egress.Reach { return egress.Reach{Loopback: a.cfg.DevAllowLoopback} }

// systemMailer is how mails to users of the program leave: the operator's server;
// in development the log; else nothing, and an admin hands links over.
func (a *App) systemMailer() (auth.Mailer, error) {
	if a.cfg.SystemSMTP != "" {
		mailer, err := smtp.NewSystem(a.cfg.SystemSMTP.Reveal(), a.cfg.SystemFrom, a.clock)
		if err != nil {
			return nil, errs.Wrap(errs.Invalid, err, "system_smtp")
		}
		return mailer, nil
	}
	if a.cfg.Dev {
		return loggedMail{a.log}, nil
	}
	return nil, nil
}

// loggedMail writes what would be mailed into the log. Only in development: the
// text holds links that let people in.
type loggedMail struct{ log *slog.Logger }

// SendSystem implements auth.Mailer.
func (l loggedMail) SendSystem(ctx context.Context, _, subject, text string) error {
	l.log.InfoContext(ctx, "mail to a user, not sent in development", "subject", subject, "text", text)
	return nil
}

// openInbound starts to take mail that comes back, when that is configured.
func (a *App) openInbound() error {
	if a.cfg.InboundSMTP == "" || !a.targets.has(targetWorker) {
		return nil
	}
	server, err := a.listenInbound(a.cfg.InboundSMTP)
	if err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot take mail on %s: choose another address with --inbound-smtp", a.cfg.InboundSMTP)
	}
	a.inbound = server
	a.log.Info("taking mail", "addr", server.Addr())
	return nil
}

// listenInbound takes mail that comes back, on addr.
func (a *App) listenInbound(addr string) (*smtp.Inbound, error) {
	return smtp.ListenInbound(addr, smtp.InboundOptions{
		Accept: a.services.email.Accepts,
		Handler: func(ctx context.Context, env smtp.Envelope) error {
			return a.services.email.Receive(ctx, email.Incoming{From: env.From, To: env.To, Raw: env.Raw})
		},
		Log: a.log,
	})
}

// runInbound lets mails that are being taken finish when ctx ends.
func (a *App) runInbound(ctx context.Context) error {
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return a.inbound.Shutdown(drain)
}

// writer lets campaign ask the model port for the words of a step.
type writer struct {
	llm *llm.Service
	org *org.Service
}

// draftSteps is how many steps a draft assumes to come: nobody knows yet.
const draftSteps = 3

// WriteStep implements campaign.Writer. What the user wrote as prompt is the one
// fact about the offer; nothing else is claimed. Where a model is configured its
// failure is told: templates are not passed off as what was asked for.
func (w writer) WriteStep(ctx context.Context, tenant id.ID, ask campaign.Ask) (subject, body string, err error) {
	organization, err := w.org.Organization(ctx, tenant)
	if err != nil {
		return "", "", err
	}
	model := ask.Model
	if !w.llm.Configured() {
		model = "" // a model that was configured once
	}
	draft, err := w.llm.Draft(ctx, tenant, llm.Ref{Purpose: "campaign.write"}, model, llm.Brief{
		Goal: goalOf(ask.Goal), Step: ask.Step + 1, Steps: max(draftSteps, ask.Step+1), Seed: int64(ask.Step),
		Sender: llm.SenderFacts{Organization: organization.Name, Offer: ask.Prompt},
	})
	switch {
	case llm.CodeOf(err) == llm.CodeUnknownModel:
		return "", "", errs.InvalidField("body.ai.model", "is not one of the configured models")
	case err != nil:
		return "", "", err
	case draft.Note != "":
		return "", "", errs.New(errs.Unavailable, "the language model did not write step %d (%s); nothing was saved. Try again, or write the words yourself", ask.Step+1, draft.Note)
	}
	return draft.Subject, draft.Body, nil
}

// goalOf maps what the user wrote as a goal to what the composer knows.
func goalOf(text string) llm.Goal {
	switch llm.Goal(text) {
	case llm.Reactivate, llm.FollowUp:
		return llm.Goal(text)
	default:
		return llm.BookDemo
	}
}
