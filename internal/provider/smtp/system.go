package smtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	gomail "github.com/emersion/go-message/mail"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/secret"
)

// System sends the few mails that the program writes to its own users: reset
// links, invitations, notices. It dials anew for each, for they are rare, and
// the host is the operator's choice, so it may lie in a private network.
//
// A mail whose final answer is lost is an error, and the caller tries again:
// these mails may arrive twice.
type System struct {
	options Options
	from    *mail.Address
	clock   clock.Clock
}

// NewSystem reads smtp://user:password@host:port or smtps://... (TLS from the
// first byte). Without the s STARTTLS is required, except towards this machine
// itself. from is what people see, such as "Rainmaker <noreply@example.com>".
func NewSystem(address, from string, c clock.Clock) (*System, error) {
	u, err := url.Parse(address)
	// The parser's message may quote the password.
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("want smtp://user:password@host:port or smtps://user:password@host:port")
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender %q is no mail address", from)
	}
	o := Options{Host: u.Hostname(), Port: 587, TLS: TLSStart, Username: u.User.Username(), Reach: egress.Reach{Operator: true}}
	password, _ := u.User.Password()
	o.Password = secret.String(password)
	switch {
	case u.Scheme == "smtps":
		o.Port, o.TLS = 465, TLSImplicit
	case o.Host == "localhost" || o.Host == "::1" || strings.HasPrefix(o.Host, "127."):
		o.TLS = TLSNone
	}
	if text := u.Port(); text != "" {
		if o.Port, err = strconv.Atoi(text); err != nil {
			return nil, errors.New("the port is no number")
		}
	}
	return &System{options: o, from: sender, clock: c}, nil
}

// SendSystem sends one plain text.
func (s *System) SendSystem(ctx context.Context, to, subject, text string) error {
	body, err := s.compose(to, subject, text)
	if err != nil {
		return fmt.Errorf("compose system mail: %w", err)
	}
	conn, err := Dial(ctx, s.options)
	if err != nil {
		return fmt.Errorf("system mail: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Send(ctx, &Mail{From: s.from.Address, To: to, Body: body}, nil, func(context.Context) error { return nil }); err != nil {
		return fmt.Errorf("system mail: %w", err)
	}
	return nil
}

func (s *System) compose(to, subject, text string) ([]byte, error) {
	var h gomail.Header
	h.SetDate(s.clock.Now())
	h.SetSubject(subject)
	h.SetAddressList("From", []*gomail.Address{{Name: s.from.Name, Address: s.from.Address}})
	h.SetAddressList("To", []*gomail.Address{{Address: to}})
	if err := h.GenerateMessageIDWithHostname(s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]); err != nil {
		return nil, err
	}
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	// RFC 3834: no machine shall answer it.
	h.Set("Auto-Submitted", "auto-generated")
	var out bytes.Buffer
	w, err := gomail.CreateSingleInlineWriter(&out, h)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
