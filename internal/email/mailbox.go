package email

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// SMTP says which server takes a mailbox's mail.
type SMTP struct {
	Host     string        `json:"host" maxLength:"253"`
	Port     int           `json:"port" minimum:"1" maximum:"65535"`
	Username string        `json:"username,omitempty" maxLength:"320"`
	Password secret.String `json:"-"`
	TLS      string        `json:"tls" enum:"none,starttls,tls"`
}

// DKIM signs mail ourselves, for servers that do not.
type DKIM struct {
	Domain     string        `json:"domain"`
	Selector   string        `json:"selector"`
	PrivateKey secret.String `json:"-"`
}

// Mailbox is an address we send from.
type Mailbox struct {
	ID            id.ID
	FromName      string
	FromAddress   string
	ReplyTo       string
	SMTP          SMTP
	DKIM          DKIM
	DailyLimit    *int
	RatePerSecond *float64
	Connections   int
	State         string
	LastError     string
	Version       int
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// SandboxHost is the mail server of mailboxes for practice: simulated people take
// the mail and answer, and nothing leaves this machine. app joins it to
// provider/sandbox. (RFC 6761: .invalid is nobody's.)
const SandboxHost = "sandbox.invalid"

// Sandbox returns a mailbox for practice; address is unique in its organisation.
func Sandbox(org id.ID, name string) Mailbox {
	return Mailbox{
		FromName: name, FromAddress: "practice-" + org.String()[24:] + "@sandbox.example", Connections: 2,
		SMTP: SMTP{Host: SandboxHost, Port: 25, TLS: "none"},
	}
}

// defaultConnections is polite to submission servers: Gmail and Microsoft 365
// take a handful at a time from one account.
const defaultConnections = 4

// maxConnections is a check of the table too.
const maxConnections = 100

// validate checks and normalises m. guard says which hosts may be reached.
func (m *Mailbox) validate(guard *egress.Guard) error {
	address, err := compliance.NormalEmail(m.FromAddress)
	if err != nil {
		return errs.InvalidField("body.from_address", "not an e-mail address")
	}
	m.FromAddress = address
	if m.ReplyTo != "" {
		if m.ReplyTo, err = compliance.NormalEmail(m.ReplyTo); err != nil {
			return errs.InvalidField("body.reply_to", "not an e-mail address")
		}
	}
	if strings.ContainsFunc(m.FromName, func(r rune) bool { return r < ' ' || r == 0x7f }) || strings.TrimSpace(m.FromName) == "" {
		return errs.InvalidField("body.from_name", "must be a name without line breaks")
	}
	if m.SMTP.Host != SandboxHost {
		if err := guard.CheckHost("body.smtp.host", m.SMTP.Host); err != nil {
			return err
		}
	}
	if m.SMTP.Port < 1 || m.SMTP.Port > 65535 {
		return errs.InvalidField("body.smtp.port", "must be between 1 and 65535")
	}
	switch m.SMTP.TLS {
	case "":
		m.SMTP.TLS = "starttls"
	case "none", "starttls", "tls":
	default:
		return errs.InvalidField("body.smtp.tls", "must be none, starttls or tls")
	}
	if m.SMTP.Password != "" && m.plain() {
		return errPlain()
	}
	if m.Connections == 0 {
		m.Connections = defaultConnections
	}
	if m.Connections < 1 || m.Connections > maxConnections {
		return errs.InvalidField("body.connections", "must be between 1 and %d", maxConnections)
	}
	if m.DailyLimit != nil && *m.DailyLimit < 1 {
		return errs.InvalidField("body.daily_limit", "must be at least 1")
	}
	if m.RatePerSecond != nil && !(*m.RatePerSecond > 0) {
		return errs.InvalidField("body.rate_per_second", "must be more than 0")
	}
	if m.DKIM.PrivateKey != "" {
		if m.DKIM.Domain == "" {
			m.DKIM.Domain = compliance.EmailDomain(m.FromAddress)
		}
		key, err := message.ParseDKIMKey([]byte(m.DKIM.PrivateKey.Reveal()))
		if err != nil {
			return errs.InvalidField("body.dkim.private_key", "not a PEM private key (RSA or Ed25519)")
		}
		if _, err := message.NewDKIM(m.DKIM.Domain, m.DKIM.Selector, key); err != nil {
			return errs.InvalidField("body.dkim", "%v", err)
		}
	}
	return nil
}

// plain reports whether what we say to the server can be read on the way.
func (m *Mailbox) plain() bool { return m.SMTP.TLS == "none" && !egress.Here(m.SMTP.Host) }

func errPlain() error {
	return errs.InvalidField("body.smtp.tls", "a password is not sent over an unencrypted connection: choose starttls or tls")
}

// CreateMailbox stores a new mailbox; nothing is sent until it is tested or a
// campaign uses it.
func (s *Service) CreateMailbox(ctx context.Context, tx db.Tx, org id.ID, m Mailbox) (Mailbox, error) {
	if err := m.validate(s.Egress); err != nil {
		return Mailbox{}, err
	}
	m.ID, m.State, m.Version, m.CreatedAt = id.New(), "active", 1, s.Clock.Now()
	m.UpdatedAt = m.CreatedAt
	sealed, err := s.sealMailbox(ctx, org, m)
	if err != nil {
		return Mailbox{}, err
	}
	if err := insertMailbox(ctx, tx, org, m, sealed); err != nil {
		if db.Violates(err, "mailboxes_address") {
			return Mailbox{}, errs.InvalidField("body.from_address", "there is a mailbox with this address already")
		}
		return Mailbox{}, fmt.Errorf("create mailbox: %w", err)
	}
	return m, s.tellMailbox(ctx, tx, org, m)
}

// UpdateMailbox changes the mailbox by edit, which gets the current one with its
// secrets empty: a secret that stays empty is kept, a password only for the same
// server and user, or whoever may edit could have it sent to a server of theirs.
func (s *Service) UpdateMailbox(ctx context.Context, tx db.Tx, org, mailbox id.ID, edit func(*Mailbox) error) (Mailbox, error) {
	m, sealed, err := findMailbox(ctx, tx, org, mailbox, true)
	if err != nil {
		return Mailbox{}, err
	}
	before := m.SMTP
	if err := edit(&m); err != nil {
		return Mailbox{}, err
	}
	if err := m.validate(s.Egress); err != nil {
		return Mailbox{}, err
	}
	fresh, err := s.sealMailbox(ctx, org, m)
	if err != nil {
		return Mailbox{}, err
	}
	if fresh.password == nil {
		fresh.password = sealed.password
		if fresh.password != nil && m.plain() {
			return Mailbox{}, errPlain()
		}
		if fresh.password != nil && (before.Host != m.SMTP.Host || before.Port != m.SMTP.Port || before.Username != m.SMTP.Username) {
			return Mailbox{}, errs.InvalidField("body.smtp.password", "is required again when the server or the user is another")
		}
	}
	if fresh.dkimKey == nil {
		fresh.dkimKey = sealed.dkimKey
	}
	m.Version++
	m.UpdatedAt = s.Clock.Now()
	if err := updateMailbox(ctx, tx, org, m, fresh); err != nil {
		if db.Violates(err, "mailboxes_address") {
			return Mailbox{}, errs.InvalidField("body.from_address", "there is a mailbox with this address already")
		}
		return Mailbox{}, fmt.Errorf("update mailbox %s: %w", mailbox, err)
	}
	return m, s.tellMailbox(ctx, tx, org, m)
}

// Mailbox returns one mailbox, without its secrets.
func (s *Service) Mailbox(ctx context.Context, tx db.Tx, org, mailbox id.ID) (Mailbox, error) {
	m, _, err := findMailbox(ctx, tx, org, mailbox, false)
	return m, err
}

// Mailboxes lists the mailboxes that are not archived, oldest first.
func (s *Service) Mailboxes(ctx context.Context, tx db.Tx, org id.ID) ([]Mailbox, error) {
	return listMailboxes(ctx, tx, org)
}

// tellMailbox announces a change of m.
func (s *Service) tellMailbox(ctx context.Context, tx db.Tx, org id.ID, m Mailbox) error {
	e, err := event.New("mailbox.changed", m.ID.String(), s.Clock.Now(), map[string]any{"id": m.ID, "state": m.State})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// sealedMailbox are a mailbox's secrets as stored.
type sealedMailbox struct {
	password []byte
	dkimKey  []byte
}

func (s *Service) sealMailbox(ctx context.Context, org id.ID, m Mailbox) (sealedMailbox, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return sealedMailbox{}, err
	}
	var sealed sealedMailbox
	if sealed.password, err = keys.Seal("mailboxes", "smtp_password", m.ID, m.SMTP.Password.Reveal()); err != nil {
		return sealedMailbox{}, err
	}
	sealed.dkimKey, err = keys.Seal("mailboxes", "dkim_key", m.ID, m.DKIM.PrivateKey.Reveal())
	return sealed, err
}

// account opens a mailbox for its transport, and its DKIM signer when it has
// one.
func (s *Service) account(ctx context.Context, org id.ID, m Mailbox, sealed sealedMailbox) (Account, *message.DKIM, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Account{}, nil, err
	}
	password, err := keys.Open("mailboxes", "smtp_password", m.ID, sealed.password)
	if err != nil {
		return Account{}, nil, err
	}
	account := Account{
		ID: m.ID, Host: m.SMTP.Host, Port: m.SMTP.Port, Username: m.SMTP.Username, Password: secret.String(password),
		TLS: m.SMTP.TLS, LocalName: compliance.EmailDomain(m.FromAddress), Connections: m.Connections,
	}
	pem, err := keys.Open("mailboxes", "dkim_key", m.ID, sealed.dkimKey)
	if err != nil || pem == "" {
		return account, nil, err
	}
	key, err := message.ParseDKIMKey([]byte(pem))
	if err != nil {
		return Account{}, nil, fmt.Errorf("DKIM key of %s: %w", m.ID, err)
	}
	signer, err := message.NewDKIM(m.DKIM.Domain, m.DKIM.Selector, key)
	return account, signer, err
}
