package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"strconv"
	"strings"
	"time"
)

// capabilities are what the server's EHLO answer offers.
type capabilities struct {
	pipelining bool
	eightBit   bool
	smtpUTF8   bool
	startTLS   bool
	size       int // bytes; 0 no limit; -1 not offered
	auth       []string
}

// establish brings a fresh connection to the point where mail can be sent.
func (c *Conn) establish(ctx context.Context, o Options) *Error {
	if o.TLS == TLSImplicit {
		if failed := c.handshake(ctx, o); failed != nil {
			return failed
		}
	}
	c.deadline(ctx, c.timeouts.Command)
	r, err := c.read()
	if err != nil {
		return c.lost(PhaseGreeting, "no greeting", err)
	}
	if r.code/100 != 2 {
		return unexpected(PhaseGreeting, r)
	}
	if failed := c.hello(ctx, o.LocalName); failed != nil {
		return failed
	}
	if o.TLS == TLSStart {
		if failed := c.startTLS(ctx, o); failed != nil {
			return failed
		}
		if failed := c.hello(ctx, o.LocalName); failed != nil {
			return failed
		}
	}
	if o.Username != "" {
		return c.authenticate(ctx, o)
	}
	return nil
}

// hello greets, and learns what the server can do.
func (c *Conn) hello(ctx context.Context, name string) *Error {
	if name == "" {
		name = c.addressLiteral()
	}
	c.caps = capabilities{size: -1}
	c.deadline(ctx, c.timeouts.Command)
	if _, err := c.nc.Write([]byte("EHLO " + name + "\r\n")); err != nil {
		return c.lost(PhaseGreeting, "write command", err)
	}
	var lines []string
	r, err := readReply(c.br, c.text, func(line string) { lines = append(lines, line) })
	if err != nil {
		return c.lost(PhaseGreeting, "no answer", err)
	}
	if r.code/100 == 5 && r.code != 554 { // a server of before 2001
		if r, failed := c.command(ctx, PhaseGreeting, "HELO "+name); failed != nil || r.code/100 == 2 {
			return failed
		}
	}
	if r.code/100 != 2 {
		return unexpected(PhaseGreeting, r)
	}
	for _, line := range lines[1:] {
		c.caps.learn(line)
	}
	return nil
}

func (caps *capabilities) learn(line string) {
	words := strings.Fields(strings.ToUpper(line))
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "PIPELINING":
		caps.pipelining = true
	case "8BITMIME":
		caps.eightBit = true
	case "SMTPUTF8":
		caps.smtpUTF8 = true
	case "STARTTLS":
		caps.startTLS = true
	case "SIZE":
		caps.size = 0
		if len(words) > 1 {
			if n, err := strconv.Atoi(words[1]); err == nil && n > 0 {
				caps.size = n
			}
		}
	case "AUTH":
		caps.auth = append(caps.auth, words[1:]...)
	}
}

// addressLiteral is our end in RFC 5321 4.1.3 form, for hosts without a name.
func (c *Conn) addressLiteral() string {
	host, _, err := net.SplitHostPort(c.nc.LocalAddr().String())
	if ip := net.ParseIP(host); err == nil && ip != nil {
		if ip.To4() == nil {
			return "[IPv6:" + host + "]"
		}
		return "[" + host + "]"
	}
	return "localhost"
}

// startTLS encrypts the connection. What the server sent in clear text after
// its agreement was put there by somebody in between (CVE-2011-0411): we hang
// up rather than throw it away and go on with such company.
func (c *Conn) startTLS(ctx context.Context, o Options) *Error {
	if !c.caps.startTLS {
		return refused(PhaseStartTLS, 530, "5.7.4", "the server does not offer STARTTLS")
	}
	r, failed := c.command(ctx, PhaseStartTLS, "STARTTLS")
	if failed != nil {
		return failed
	}
	if r.code/100 != 2 {
		return unexpected(PhaseStartTLS, r)
	}
	if c.br.Buffered() > 0 {
		return refused(PhaseStartTLS, 530, "5.7.4", "the server sent clear text after STARTTLS")
	}
	return c.handshake(ctx, o)
}

func (c *Conn) handshake(ctx context.Context, o Options) *Error {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = o.Host
	}
	tc := tls.Client(c.nc, config)
	c.deadline(ctx, c.timeouts.Dial)
	if err := tc.HandshakeContext(ctx); err != nil {
		return c.lost(PhaseStartTLS, "TLS", err)
	}
	c.nc, c.tls = tc, true
	c.br = bufio.NewReaderSize(tc, maxReplyLine)
	return nil
}

// authenticate signs in with PLAIN or LOGIN, the two that every submission
// server has. Both show the password to the server, so the line must be
// encrypted, or lead nowhere but to this machine.
func (c *Conn) authenticate(ctx context.Context, o Options) *Error {
	if !c.tls && !c.loopback {
		return refused(PhaseAuth, 538, "5.7.11", "the password is not sent over an unencrypted connection")
	}
	if strings.ContainsRune(o.Username, 0) || strings.ContainsRune(o.Password.Reveal(), 0) {
		return refused(PhaseAuth, 535, "5.7.8", "user name or password holds NUL")
	}
	offered := func(mechanism string) bool {
		for _, have := range c.caps.auth {
			if have == mechanism {
				return true
			}
		}
		return false
	}
	encode := base64.StdEncoding.EncodeToString
	var steps []string
	switch {
	case offered("PLAIN"): // RFC 4616
		steps = []string{"AUTH PLAIN " + encode([]byte("\x00"+o.Username+"\x00"+o.Password.Reveal()))}
	case offered("LOGIN"):
		steps = []string{"AUTH LOGIN", encode([]byte(o.Username)), encode([]byte(o.Password.Reveal()))}
	default:
		return refused(PhaseAuth, 504, "5.5.4", "the server offers neither AUTH PLAIN nor AUTH LOGIN")
	}
	for i, step := range steps {
		r, failed := c.command(ctx, PhaseAuth, step)
		if failed != nil {
			return failed
		}
		if i < len(steps)-1 && r.code == 334 {
			continue
		}
		if i == len(steps)-1 && r.code/100 == 2 {
			break
		}
		return unexpected(PhaseAuth, r)
	}
	// c.out held the password.
	clear(c.out[:cap(c.out)])
	_ = c.nc.SetDeadline(time.Time{})
	return nil
}
