package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/email"
	"rainmaker/internal/email/inbox"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// mailboxes registers the addresses mail is sent from.
func (a *API) mailboxes(o Outreach) {
	h := mailboxHandlers{Outreach: o, clock: a.Clock.Now}
	tags := []string{"Mailboxes"}
	register(a, huma.Operation{
		OperationID: "create-mailbox", Method: http.MethodPost, Path: "/mailboxes", DefaultStatus: http.StatusCreated,
		Summary: "Add a mailbox", Tags: tags, Description: "Passwords and keys are sealed and never shown again. Answers and bounces are read at imap; where mail is delivered to --inbound-smtp, it is not needed.",
	}, h.create)
	register(a, huma.Operation{OperationID: "list-mailboxes", Method: http.MethodGet, Path: "/mailboxes", Summary: "Mailboxes", Tags: tags}, h.list)
	register(a, huma.Operation{OperationID: "show-mailbox", Method: http.MethodGet, Path: "/mailboxes/{id}", Summary: "One mailbox", Tags: tags}, h.show)
	register(a, huma.Operation{
		OperationID: "update-mailbox", Method: http.MethodPatch, Path: "/mailboxes/{id}", Summary: "Change a mailbox", Tags: tags,
		Description: "Fields that are left out stay; smtp, imap and dkim are replaced whole, but a secret that is left out is kept, a password only for the same server and user. imap: null ends the reading.",
	}, h.update)
	register(a, huma.Operation{
		OperationID: "delete-mailbox", Method: http.MethodDelete, Path: "/mailboxes/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Take a mailbox out of use", Tags: tags,
	}, h.remove)
	register(a, huma.Operation{
		OperationID: "test-mailbox", Method: http.MethodPost, Path: "/mailboxes/{id}/test", Tags: tags,
		Summary: "Send a mail from the mailbox to itself", Description: "And open its inbox, when there is one. Answers 200 either way; ok says whether both worked.",
	}, h.test)
}

type mailboxHandlers struct {
	Outreach
	clock func() time.Time
}

// MailboxSMTP says which server takes the mail.
type MailboxSMTP struct {
	Host     string `json:"host" minLength:"1" maxLength:"253"`
	Port     int    `json:"port" minimum:"1" maximum:"65535"`
	Username string `json:"username,omitempty" maxLength:"320"`
	Password string `json:"password,omitempty" maxLength:"1024" writeOnly:"true"`
	TLS      string `json:"tls,omitempty" enum:"none,starttls,tls" default:"starttls"`
}

// MailboxIMAP says where answers and bounces are read.
type MailboxIMAP struct {
	Host     string `json:"host" minLength:"1" maxLength:"253"`
	Port     int    `json:"port" minimum:"1" maximum:"65535"`
	Username string `json:"username" minLength:"1" maxLength:"320"`
	Password string `json:"password,omitempty" maxLength:"1024" writeOnly:"true"`
	TLS      string `json:"tls,omitempty" enum:"none,starttls,tls" default:"tls"`
}

// MailboxDKIM signs mail ourselves, for servers that do not.
type MailboxDKIM struct {
	Domain     string `json:"domain,omitempty" maxLength:"253"`
	Selector   string `json:"selector" minLength:"1" maxLength:"63"`
	PrivateKey string `json:"private_key,omitempty" maxLength:"16384" writeOnly:"true" doc:"PEM, RSA or Ed25519."`
}

// MailboxFields are what a client says of a mailbox.
type MailboxFields struct {
	FromName      *string               `json:"from_name,omitempty" minLength:"1" maxLength:"200"`
	FromAddress   *string               `json:"from_address,omitempty" maxLength:"320"`
	ReplyTo       Optional[string]      `json:"reply_to,omitempty"`
	SMTP          *MailboxSMTP          `json:"smtp,omitempty"`
	IMAP          Optional[MailboxIMAP] `json:"imap,omitempty"`
	DKIM          *MailboxDKIM          `json:"dkim,omitempty"`
	DailyLimit    Optional[int]         `json:"daily_limit,omitempty"`
	RatePerSecond Optional[float64]     `json:"rate_per_second,omitempty"`
	Connections   *int                  `json:"connections,omitempty" minimum:"1" maximum:"100"`
	State         *string               `json:"state,omitempty" enum:"active,paused"`
}

// apply changes m by the fields that were sent.
func (f *MailboxFields) apply(m *email.Mailbox) error {
	set(&m.FromName, f.FromName)
	set(&m.FromAddress, f.FromAddress)
	set(&m.Connections, f.Connections)
	set(&m.State, f.State)
	if f.ReplyTo.Sent {
		m.ReplyTo = f.ReplyTo.Value
	}
	if f.SMTP != nil {
		m.SMTP = email.SMTP{Host: f.SMTP.Host, Port: f.SMTP.Port, Username: f.SMTP.Username, Password: secret.String(f.SMTP.Password), TLS: f.SMTP.TLS}
	}
	if f.DKIM != nil {
		m.DKIM = email.DKIM{Domain: f.DKIM.Domain, Selector: f.DKIM.Selector, PrivateKey: secret.String(f.DKIM.PrivateKey)}
	}
	if f.DailyLimit.Sent {
		m.DailyLimit = nil
		if !f.DailyLimit.Null {
			if f.DailyLimit.Value < 1 || f.DailyLimit.Value > 100_000_000 {
				return errs.InvalidField("body.daily_limit", "must be between 1 and 100,000,000; null is no limit")
			}
			m.DailyLimit = &f.DailyLimit.Value
		}
	}
	if f.RatePerSecond.Sent {
		m.RatePerSecond = nil
		if !f.RatePerSecond.Null {
			if f.RatePerSecond.Value < 0.0001 || f.RatePerSecond.Value > 100_000 {
				return errs.InvalidField("body.rate_per_second", "must be between 0.0001 and 100,000; null is no limit")
			}
			m.RatePerSecond = &f.RatePerSecond.Value
		}
	}
	return nil
}

// Mailbox is a mailbox as answers show it, without its secrets.
type Mailbox struct {
	ID            id.ID            `json:"id"`
	FromName      string           `json:"from_name"`
	FromAddress   string           `json:"from_address"`
	ReplyTo       string           `json:"reply_to"`
	SMTP          MailboxServer    `json:"smtp"`
	IMAP          *MailboxInbox    `json:"imap"`
	DKIM          *MailboxSignedBy `json:"dkim"`
	DailyLimit    *int             `json:"daily_limit"`
	RatePerSecond *float64         `json:"rate_per_second"`
	Connections   int              `json:"connections"`
	State         string           `json:"state" enum:"active,paused,archived"`
	LastError     string           `json:"last_error" doc:"Why it could not send the last time; empty when it could."`
	Version       int              `json:"version"`
	CreatedAt     time.Time        `json:"created_at"`
	UpdatedAt     time.Time        `json:"updated_at"`
}

// MailboxServer is the server of a mailbox.
type MailboxServer struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Username string `json:"username"`
	TLS      string `json:"tls" enum:"none,starttls,tls"`
}

// MailboxInbox is where answers and bounces are read, and how that goes.
type MailboxInbox struct {
	MailboxServer
	CheckedAt *time.Time `json:"checked_at" doc:"The last reading that came to its end."`
	LastError string     `json:"last_error" doc:"Why the last one did not; empty when it did."`
}

// MailboxSignedBy says under which name mail is signed.
type MailboxSignedBy struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
}

func mailboxOf(m email.Mailbox, inboxes map[id.ID]inbox.Inbox) Mailbox {
	out := Mailbox{
		ID: m.ID, FromName: m.FromName, FromAddress: m.FromAddress, ReplyTo: m.ReplyTo,
		SMTP:       MailboxServer{m.SMTP.Host, m.SMTP.Port, m.SMTP.Username, m.SMTP.TLS},
		DailyLimit: m.DailyLimit, RatePerSecond: m.RatePerSecond, Connections: m.Connections, State: m.State, LastError: m.LastError,
		Version: m.Version, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}
	if at, ok := inboxes[m.ID]; ok {
		server := MailboxServer{at.Server.Host, at.Server.Port, at.Server.Username, at.Server.TLS}
		out.IMAP = &MailboxInbox{MailboxServer: server, CheckedAt: at.CheckedAt, LastError: at.LastError}
	}
	if m.DKIM.Selector != "" {
		out.DKIM = &MailboxSignedBy{m.DKIM.Domain, m.DKIM.Selector}
	}
	return out
}

// change runs fn and its audit entry in one transaction, and returns the mailbox
// as it is then.
func (h mailboxHandlers) change(ctx context.Context, what string, fn func(tx db.Tx, tenant id.ID) (email.Mailbox, error)) (out Mailbox, err error) {
	who := From(ctx)
	err = h.DB.InTenant(ctx, who.Org, func(tx db.Tx) error {
		m, err := fn(tx, who.Org)
		if err != nil {
			return err
		}
		inboxes, err := h.Inbox.Of(ctx, tx, who.Org, m.ID)
		if err != nil {
			return err
		}
		out = mailboxOf(m, inboxes)
		return org.Audit(ctx, tx, who.Org, h.clock(), who.Actor(), what, org.Target("mailbox", m.ID), nil)
	})
	return out, err
}

// place says where the inbox of a mailbox is, when that was sent.
func (h mailboxHandlers) place(ctx context.Context, tx db.Tx, tenant, mailbox id.ID, f Optional[MailboxIMAP]) error {
	switch {
	case f.Null:
		return h.Inbox.Remove(ctx, tx, tenant, mailbox)
	case f.Sent:
		at := inbox.Server{Host: f.Value.Host, Port: f.Value.Port, Username: f.Value.Username, Password: secret.String(f.Value.Password), TLS: f.Value.TLS}
		return h.Inbox.Set(ctx, tx, tenant, mailbox, at)
	}
	return nil
}

type createMailboxInput struct{ Body MailboxFields }

func (h mailboxHandlers) create(ctx context.Context, in *createMailboxInput) (*tagged[Mailbox], error) {
	for location, missing := range map[string]bool{
		"body.from_name": in.Body.FromName == nil, "body.from_address": in.Body.FromAddress == nil, "body.smtp": in.Body.SMTP == nil,
	} {
		if missing {
			return nil, errs.InvalidField(location, "is required")
		}
	}
	var m email.Mailbox
	if err := in.Body.apply(&m); err != nil {
		return nil, err
	}
	out, err := h.change(ctx, "mailbox.created", func(tx db.Tx, tenant id.ID) (email.Mailbox, error) {
		made, err := h.Email.CreateMailbox(ctx, tx, tenant, m)
		if err != nil {
			return email.Mailbox{}, err
		}
		return made, h.place(ctx, tx, tenant, made.ID, in.Body.IMAP)
	})
	if err != nil {
		return nil, err
	}
	h.Inbox.Poke()
	return withTag(out, out.Version), nil
}

func (h mailboxHandlers) list(ctx context.Context, _ *PageQuery) (*bodyOf[Page[Mailbox]], error) {
	tenant := From(ctx).Org
	var list []email.Mailbox
	var inboxes map[id.ID]inbox.Inbox
	err := h.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		if list, err = h.Email.Mailboxes(ctx, tx, tenant); err != nil {
			return err
		}
		all := make([]id.ID, len(list))
		for i, m := range list {
			all[i] = m.ID
		}
		inboxes, err = h.Inbox.Of(ctx, tx, tenant, all...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return mapPage(list, "", func(m email.Mailbox) Mailbox { return mailboxOf(m, inboxes) }), nil
}

func (h mailboxHandlers) show(ctx context.Context, in *IDPath) (*tagged[Mailbox], error) {
	tenant := From(ctx).Org
	var m email.Mailbox
	var inboxes map[id.ID]inbox.Inbox
	err := h.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		if m, err = h.Email.Mailbox(ctx, tx, tenant, in.ID); err != nil {
			return err
		}
		inboxes, err = h.Inbox.Of(ctx, tx, tenant, m.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return withTag(mailboxOf(m, inboxes), m.Version), nil
}

type updateMailboxInput struct {
	IDPath
	MatchHeader
	Body MailboxFields
}

func (h mailboxHandlers) update(ctx context.Context, in *updateMailboxInput) (*tagged[Mailbox], error) {
	out, err := h.change(ctx, "mailbox.updated", func(tx db.Tx, tenant id.ID) (email.Mailbox, error) {
		m, err := h.Email.UpdateMailbox(ctx, tx, tenant, in.ID, func(m *email.Mailbox) error {
			if want := in.want(); want != nil && *want != m.Version {
				return errs.New(errs.PreconditionFailed, "the mailbox was changed by somebody else")
			}
			return in.Body.apply(m)
		})
		if err != nil {
			return email.Mailbox{}, err
		}
		return m, h.place(ctx, tx, tenant, in.ID, in.Body.IMAP)
	})
	if err != nil {
		return nil, err
	}
	h.Email.Poke()
	h.Inbox.Poke()
	return withTag(out, out.Version), nil
}

func (h mailboxHandlers) remove(ctx context.Context, in *IDPath) (*empty, error) {
	_, err := h.change(ctx, "mailbox.archived", func(tx db.Tx, tenant id.ID) (email.Mailbox, error) {
		used, err := h.Campaigns.UsesMailbox(ctx, tx, tenant, in.ID)
		if err != nil {
			return email.Mailbox{}, err
		}
		if used != "" {
			return email.Mailbox{}, errs.New(errs.Conflict, "the campaign %q sends from this mailbox: pause or archive it first", used)
		}
		m, err := h.Email.UpdateMailbox(ctx, tx, tenant, in.ID, func(m *email.Mailbox) error {
			m.State = "archived"
			return nil
		})
		if err != nil {
			return email.Mailbox{}, err
		}
		return m, h.Inbox.Remove(ctx, tx, tenant, in.ID)
	})
	return &empty{}, err
}

// MailboxTest is what came of a test mail.
type MailboxTest struct {
	OK      bool   `json:"ok"`
	Phase   string `json:"phase,omitempty" doc:"How far it got: dial, greeting, starttls, auth, mail, rcpt, data, body, dot; of the inbox: imap_dial, imap_login, imap_select."`
	Code    int    `json:"code,omitempty"`
	Message string `json:"message" doc:"What the server said, or why it could not be reached."`
}

func (h mailboxHandlers) test(ctx context.Context, in *IDPath) (*bodyOf[MailboxTest], error) {
	tenant := From(ctx).Org
	receipt, err := h.Email.TestMailbox(ctx, tenant, in.ID)
	var unsent *email.SendError
	if errors.As(err, &unsent) {
		return answer(MailboxTest{Phase: unsent.Phase, Code: unsent.Code, Message: unsent.Text}), nil
	}
	if err != nil {
		return nil, err
	}
	err = h.Inbox.Try(ctx, tenant, in.ID)
	var unread *inbox.Error
	if errors.As(err, &unread) {
		return answer(MailboxTest{Phase: "imap_" + unread.Phase, Message: "mail is sent, but the inbox cannot be read: " + unread.Text}), nil
	}
	if err != nil {
		return nil, err
	}
	return answer(MailboxTest{OK: true, Code: receipt.Code, Message: receipt.Text}), nil
}
