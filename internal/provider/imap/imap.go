// Package imap opens inboxes at IMAP servers (RFC 9051 and 3501) for reading:
// the port inbox.Reader of package email/inbox.
//
// Invariants: EXAMINE and BODY.PEEK alone, so nothing in the inbox changes; no
// password over a connection that is neither encrypted nor on this machine;
// STARTTLS is required where it was chosen, not tried; addresses go through
// package egress; a session is bounded in bytes and by the context's deadline,
// whatever the server says.
//
// Files: imap.go (connecting), session.go (reading), conn.go (the bounds).
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"rainmaker/internal/email/inbox"
	"rainmaker/internal/platform/egress"
)

const (
	// dialTime bounds the connection, and the TLS handshake.
	dialTime = 10 * time.Second
	// sessionTime bounds a session whose context has no deadline.
	sessionTime = 5 * time.Minute
	// talkBytes bound what a server may say in one session besides the mails that
	// it is asked for: the numbers of 50,000 mails fit.
	talkBytes = 512 << 10
	// maxText of what a server says is passed on.
	maxText = 200
)

// Reader opens inboxes.
type Reader struct {
	Reach     egress.Reach
	TLSConfig *tls.Config // nil: system roots, TLS 1.2 and later
}

// Open implements inbox.Reader.
func (r *Reader) Open(ctx context.Context, s inbox.Server) (inbox.Session, error) {
	socket, err := egress.New(r.Reach).DialContext(dialTime)(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, failed("dial", "cannot connect", err)
	}
	until, ok := ctx.Deadline()
	if !ok {
		until = time.Now().Add(sessionTime)
	}
	conn := &bounded{Conn: socket, until: until}
	conn.left.Store(talkBytes)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	session, err := r.establish(ctx, conn, s)
	if err != nil {
		stop()
		_ = conn.Close() // the failure says it all
		return nil, err
	}
	session.stop, session.conn = stop, conn
	return session, nil
}

// establish greets, encrypts, signs in and opens the inbox.
func (r *Reader) establish(ctx context.Context, conn net.Conn, s inbox.Server) (*session, error) {
	options := &imapclient.Options{TLSConfig: r.tlsFor(s.Host)}
	var client *imapclient.Client
	switch {
	case s.TLS == "tls":
		secure := tls.Client(conn, options.TLSConfig)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, failed("dial", "the encryption fails: "+short(err.Error()), err)
		}
		client = imapclient.New(secure, options)
	case s.TLS == "starttls":
		var err error
		if client, err = imapclient.NewStartTLS(conn, options); err != nil {
			return nil, failed("dial", "STARTTLS fails: "+short(err.Error()), err)
		}
	case s.TLS == "none" && egress.OverLoopback(conn):
		client = imapclient.New(conn, options)
	default:
		return nil, failed("dial", "the connection would not be encrypted", nil)
	}
	if err := client.WaitGreeting(); err != nil {
		return nil, failed("dial", "the server does not greet as IMAP servers do", err)
	}
	if err := signIn(client, s); err != nil {
		return nil, failed("login", said(err), err)
	}
	selected, err := client.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, failed("select", said(err), err)
	}
	return &session{client: client, at: inbox.Mark{Validity: selected.UIDValidity, Next: uint32(selected.UIDNext)}}, nil
}

// signIn prefers AUTHENTICATE PLAIN, which takes any letters; LOGIN is what old
// servers know.
func signIn(client *imapclient.Client, s inbox.Server) error {
	if client.Caps().Has(imap.AuthCap(sasl.Plain)) {
		return client.Authenticate(sasl.NewPlainClient("", s.Username, s.Password.Reveal()))
	}
	return client.Login(s.Username, s.Password.Reveal()).Wait()
}

func (r *Reader) tlsFor(host string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.TLSConfig != nil {
		config = r.TLSConfig.Clone()
	}
	config.ServerName, config.NextProtos = host, []string{"imap"}
	return config
}

func failed(phase, text string, err error) *inbox.Error {
	return &inbox.Error{Phase: phase, Text: text, Err: err}
}

// said is what a server answered, or that it did not.
func said(err error) string {
	var answer *imap.Error
	if errors.As(err, &answer) && answer.Text != "" {
		return short(answer.Text)
	}
	return "the server ended the conversation"
}

// short makes a stranger's words one bounded line.
func short(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText]) + "…"
	}
	return text
}
