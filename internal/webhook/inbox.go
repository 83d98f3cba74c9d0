package webhook

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/secret"
)

// States of an event that came in.
const (
	StateReceived = "received"
	StateDone     = "done"
)

// maxInbound addresses of one organisation.
const maxInbound = 20

// Inbound is an address at which an organisation's own systems report.
type Inbound struct {
	ID             id.ID      `json:"id"`
	Provider       string     `json:"provider" enum:"standard"`
	Description    string     `json:"description"`
	CreatedAt      time.Time  `json:"created_at"`
	LastReceivedAt *time.Time `json:"last_received_at"`
}

// Received is an event that came in.
type Received struct {
	ID         id.ID      `json:"id"`
	EventID    string     `json:"event_id"`
	Type       string     `json:"type"`
	State      string     `json:"state" enum:"received,done,failed"`
	Result     string     `json:"result" doc:"What was done, or why nothing was."`
	ReceivedAt time.Time  `json:"received_at"`
	ActedAt    *time.Time `json:"acted_at"`
}

// Jobs queues work in a transaction: job.Client.
type Jobs interface {
	Insert(ctx context.Context, tx pgx.Tx, args job.Args) error
}

// Leads is what an event changes: lead.Service.
type Leads interface {
	CreateIn(ctx context.Context, tx db.Tx, org id.ID, d lead.Draft) (lead.Lead, error)
	UpdateIn(ctx context.Context, tx db.Tx, org, which id.ID, version int, p lead.Patch) (lead.Lead, error)
	FindByEmail(ctx context.Context, tx db.Tx, org id.ID, email string) (id.ID, error)
}

// InboxArgs asks for the effect of one event.
type InboxArgs struct {
	Org   id.ID `json:"org_id"`
	Event id.ID `json:"event_id"`
}

// Kind implements job.Args.
func (InboxArgs) Kind() string { return "webhook.inbox" }

// Handle adds this package's jobs to the table of a process.
func (s *Service) Handle(set *job.Set) {
	job.Handle(set, job.Options{Attempts: 10}, func(ctx context.Context, a InboxArgs) error { return s.Act(ctx, a.Org, a.Event) })
}

// CreateInbound makes an address. The token in it and the secret are shown once.
func (s *Service) CreateInbound(ctx context.Context, tenant id.ID, by org.Actor, description string) (in Inbound, token, key secret.String, err error) {
	token, key = secret.String(org.NewToken()), newSecret()
	in = Inbound{ID: id.New(), Provider: ProviderStandard, Description: description, CreatedAt: s.Clock.Now().UTC()}
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return Inbound{}, "", "", err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		list, err := listInbound(ctx, tx, tenant)
		if err != nil {
			return err
		}
		if len(list) >= maxInbound {
			return errs.New(errs.Conflict, "there are %d inbound webhooks, which is as many as there may be", len(list))
		}
		if err := insertInbound(ctx, tx, keys, tenant, in, org.HashToken(token.Reveal()), key); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, in.CreatedAt, by, "inbound_webhook.created", org.Target("inbound_webhook", in.ID), nil)
	})
	return in, token, key, err
}

// Inbounds lists them, oldest first.
func (s *Service) Inbounds(ctx context.Context, tenant id.ID) (list []Inbound, err error) {
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		list, err = listInbound(ctx, tx, tenant)
		return err
	})
	return list, err
}

// DeleteInbound ends an address: what comes to it is not found.
func (s *Service) DeleteInbound(ctx context.Context, tenant, which id.ID, by org.Actor) error {
	return s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := deleteInbound(ctx, tx, tenant, which); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, s.Clock.Now(), by, "inbound_webhook.deleted", org.Target("inbound_webhook", which), nil)
	})
}

// Inbox lists what came to one address, newest first, before the given id.
func (s *Service) Inbox(ctx context.Context, tenant, which, before id.ID, limit int) (list []Received, err error) {
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if _, err := lockInbound(ctx, tx, tenant, which); err != nil {
			return err
		}
		list, err = listInbox(ctx, tx, tenant, which, before, limit)
		return err
	})
	return list, err
}

// Receive stores an event that came to the address of token, and queues its
// effect in the same transaction. fresh is false for a repetition. Whose it is
// says the token, never the body. check judges the JSON of a body whose
// signature is good, as for any other request.
func (s *Service) Receive(ctx context.Context, provider, token string, h http.Header, body []byte, check func([]byte) error) (event id.ID, fresh bool, err error) {
	verifier, known := verifiers()[provider]
	if !known || token == "" {
		return id.Nil, false, errs.New(errs.NotFound, "there is no such webhook")
	}
	var at place
	err = s.DB.InSystem(ctx, func(tx db.Tx) error {
		at, err = inboundByToken(ctx, tx, org.HashToken(token), provider)
		return err
	})
	if err != nil {
		return id.Nil, false, err
	}
	keys, err := s.Keys.Keys(ctx, at.org)
	if err != nil {
		return id.Nil, false, err
	}
	err = s.DB.InTenant(ctx, at.org, func(tx db.Tx) error {
		sealed, err := lockInbound(ctx, tx, at.org, at.endpoint)
		if err != nil {
			return err
		}
		key, err := keys.Open("inbound_webhooks", "secret", at.endpoint, sealed)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		message, err := verifier.Verify(secret.String(key), h, body, now)
		if err != nil {
			return err
		}
		if err := check(body); err != nil {
			return errs.InvalidField("body", "%v", err)
		}
		in, err := readIncoming(body)
		if err != nil {
			return err
		}
		event = id.New()
		sum := sha256.Sum256(body)
		payload, err := keys.Seal("webhook_inbox", "payload", event, string(body))
		if err != nil {
			return err
		}
		fresh, err = insertInbox(ctx, tx, at, inboxRow{id: event, provider: provider, message: message, typ: in.Type, payload: payload, sum: sum[:]}, now)
		if err != nil {
			return err
		}
		if !fresh {
			event, err = sameInbox(ctx, tx, at, provider, message, sum[:])
			return err
		}
		return s.Jobs.Insert(ctx, tx, InboxArgs{Org: at.org, Event: event})
	})
	if err != nil {
		return id.Nil, false, err
	}
	return event, fresh, nil
}

// Act has the effect of a received event, in the transaction that marks it as
// done: however often it is called, there is one.
func (s *Service) Act(ctx context.Context, tenant, event id.ID) error {
	keys, err := s.Keys.Keys(ctx, tenant)
	if err != nil {
		return err
	}
	err = s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		sealed, err := lockReceived(ctx, tx, tenant, event)
		if err != nil || sealed == nil {
			return err // done already, or deleted with its address
		}
		body, err := keys.Open("webhook_inbox", "payload", event, sealed)
		if err != nil {
			return err
		}
		in, err := readIncoming([]byte(body))
		if err != nil {
			return err
		}
		result, err := s.apply(ctx, tx, tenant, in)
		if err != nil {
			return err
		}
		return settleInbox(ctx, tx, tenant, event, StateDone, result, s.Clock.Now())
	})
	if err == nil {
		s.Wake()
		return nil
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Conflict, errs.NotFound, errs.TooLarge:
	default:
		return err // tried again
	}
	// Said by the rules of leads: another attempt would hear the same. A message
	// may name fields and ids, never values.
	return s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		return settleInbox(ctx, tx, tenant, event, StateFailed, asError(err).Message, s.Clock.Now())
	})
}

func (s *Service) apply(ctx context.Context, tx db.Tx, tenant id.ID, in incoming) (string, error) {
	which, err := s.Leads.FindByEmail(ctx, tx, tenant, in.Data.Email)
	switch {
	case err == nil:
		_, err = s.Leads.UpdateIn(ctx, tx, tenant, which, 0, in.Data.patch())
		return "updated lead " + which.String(), err
	case !errs.Is(err, errs.NotFound):
		return "", err
	case in.Type == typeLeadUpdated:
		return "", errs.New(errs.NotFound, "there is no lead with this address")
	}
	l, err := s.Leads.CreateIn(ctx, tx, tenant, in.Data.draft())
	return "created lead " + l.ID.String(), err
}

func (t *told) patch() lead.Patch {
	return lead.Patch{
		Phone: t.Phone, FirstName: t.FirstName, LastName: t.LastName, Company: t.Company, Title: t.Title, Region: t.Region,
		Timezone: t.Timezone, Source: t.Source, ExternalID: t.ExternalID, Tags: t.Tags, Custom: t.Custom,
	}
}

func (t *told) draft() lead.Draft {
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return strings.TrimSpace(*p)
	}
	d := lead.Draft{
		Email: t.Email, Phone: text(t.Phone), FirstName: text(t.FirstName), LastName: text(t.LastName), Company: text(t.Company), Title: text(t.Title),
		Region: text(t.Region), Timezone: text(t.Timezone), Source: text(t.Source), ExternalID: text(t.ExternalID), Custom: t.Custom,
	}
	if t.Tags != nil {
		d.Tags = *t.Tags
	}
	return d
}
