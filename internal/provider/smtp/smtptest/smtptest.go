// Package smtptest is an SMTP server to test against: it takes whatever it is
// given, counts it, and misbehaves on request. It spends a few microseconds a
// mail, so that it does not drown what is measured. Nothing of it is part of
// the product.
package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how the server behaves. The zero value accepts everything.
type Options struct {
	Addr string // "127.0.0.1:0" when empty

	NoPipelining bool
	NoSMTPUTF8   bool
	NoEightBit   bool
	Size         int // SIZE limit offered and enforced; 0: none

	// Delay is slept before each reply (to a group of commands: once), as a
	// round trip would take.
	Delay time.Duration
	// Withhold is the fraction of mails, 0 to 1, that are accepted and recorded
	// but never answered. WithholdClose hangs up instead of keeping silent.
	Withhold      float64
	WithholdClose bool
	// Temp is the fraction of mails answered 451 at the final dot.
	Temp float64
	// Reject, when not nil, answers a recipient; "" accepts.
	Reject func(recipient string) (reply string)
	// Final, when not nil, answers a mail at the final dot; "" accepts.
	Final func(m Mail) (reply string)

	// StartTLS offers it with a certificate made on the spot, TLS speaks it from
	// the first byte. Server.CertPool trusts it.
	StartTLS bool
	TLS      bool
	// Username and Password ask for AUTH PLAIN or LOGIN before MAIL.
	Username, Password string

	// Record gets a line "message-id TAB recipient" for each accepted mail and
	// recipient, written before the reply is.
	Record io.Writer
	// KeepRaw keeps the whole mail, KeepMails its envelope and Message-ID.
	// Without either, mails are only counted.
	KeepRaw, KeepMails bool
}

// Mail is what the server accepted.
type Mail struct {
	From       string // argument of MAIL FROM, without brackets
	To         []string
	MessageID  string // without brackets
	Parameters string // of MAIL FROM
	Raw        []byte // with KeepRaw; unstuffed
}

// Server is a running server.
type Server struct {
	o        Options
	listener net.Listener
	config   *tls.Config
	pool     *x509.CertPool

	accepted, withheld, conns, open atomic.Int64
	turns                           atomic.Int64
	seen                            atomic.Uint64 // mails that reached their dot

	mu    sync.Mutex // guards mails, live, Record
	mails []Mail
	live  map[net.Conn]struct{}
	wg    sync.WaitGroup
}

// TB is the part of testing.TB that New needs; the package stays usable from
// programs without linking testing.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// New starts a server that lives as long as the test.
func New(t TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatalf("smtptest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server. Close ends it.
func Start(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	s := &Server{o: o, live: map[net.Conn]struct{}{}}
	if o.StartTLS || o.TLS {
		var err error
		if s.config, s.pool, err = SelfSigned(); err != nil {
			return nil, fmt.Errorf("make a certificate: %w", err)
		}
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.listener = l
	s.wg.Go(s.accept)
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Host and Port are the halves of Addr.
func (s *Server) Host() string { return s.listener.Addr().(*net.TCPAddr).IP.String() }

// Port is where the server listens.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// CertPool trusts the server's certificate.
func (s *Server) CertPool() *x509.CertPool { return s.pool }

// TLSConfig is the server's side of that certificate, for other test servers.
func (s *Server) TLSConfig() *tls.Config { return s.config }

// Count is how many mails were accepted, withheld ones included.
func (s *Server) Count() int { return int(s.accepted.Load()) }

// Withheld is how many of them were never answered.
func (s *Server) Withheld() int { return int(s.withheld.Load()) }

// Connections is how many were ever made, Open how many there are now.
func (s *Server) Connections() int { return int(s.conns.Load()) }

// Open is how many connections there are now.
func (s *Server) Open() int { return int(s.open.Load()) }

// Turns is how often it answered: a client waits that many round trips.
func (s *Server) Turns() int { return int(s.turns.Load()) }

// Mails returns what was kept, in order of acceptance.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Drop cuts all connections, as a server that restarts.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.live {
		_ = c.Close() // a test server owes no farewell
	}
}

// Close stops the server and waits for its connections to end.
func (s *Server) Close() {
	_ = s.listener.Close() // may be closed already
	s.Drop()
	s.wg.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		s.conns.Add(1)
		s.open.Add(1)
		s.mu.Lock()
		s.live[c] = struct{}{}
		s.mu.Unlock()
		s.wg.Go(func() {
			defer func() {
				_ = c.Close() // the session is over either way
				s.mu.Lock()
				delete(s.live, c)
				s.mu.Unlock()
				s.open.Add(-1)
			}()
			n := &session{s: s, c: c}
			if s.o.TLS {
				n.c = tls.Server(c, s.config)
			}
			n.serve()
		})
	}
}

// pick takes the given fraction of the numbers, evenly and the same each run.
func pick(n uint64, fraction float64) bool {
	return fraction > 0 && uint64(float64(n)*fraction) != uint64(float64(n+1)*fraction)
}

func (s *Server) store(m Mail) {
	if !s.o.KeepMails && !s.o.KeepRaw && s.o.Record == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.KeepMails || s.o.KeepRaw {
		s.mails = append(s.mails, m)
	}
	if s.o.Record != nil {
		var line []byte
		for _, to := range m.To {
			line = append(append(append(append(line, m.MessageID...), '\t'), to...), '\n')
		}
		_, _ = s.o.Record.Write(line) // the reader of the record will miss it
	}
}

// session is one connection.
type session struct {
	s    *Server
	c    net.Conn
	r    *bufio.Reader
	out  []byte
	body []byte

	from, params string
	to           []string
	mail, authed bool
	secure       bool
}

const bufferSize = 16 << 10

func (n *session) serve() {
	n.r = bufio.NewReaderSize(n.c, bufferSize)
	n.secure = n.s.o.TLS
	n.reply("220 sink.test ESMTP")
	for {
		// A group of pipelined commands gets its replies in one go.
		if n.r.Buffered() == 0 && !n.flush() {
			return
		}
		line, err := n.r.ReadSlice('\n')
		if err != nil {
			return
		}
		if !n.command(bytes.TrimRight(line, "\r\n")) {
			n.flush()
			return
		}
	}
}

func (n *session) reply(s string) { n.out = append(append(n.out, s...), '\r', '\n') }

func (n *session) flush() bool {
	if len(n.out) == 0 {
		return true
	}
	if n.s.o.Delay > 0 {
		<-time.After(n.s.o.Delay) // a round trip
	}
	n.s.turns.Add(1)
	_, err := n.c.Write(n.out)
	n.out = n.out[:0]
	return err == nil
}

// command answers one line and reports whether the session goes on.
func (n *session) command(line []byte) bool {
	verb, _, _ := bytes.Cut(line, []byte(" "))
	switch {
	case len(verb) == 4 && fold(verb, "MAIL"):
		n.mailFrom(line)
	case len(verb) == 4 && fold(verb, "RCPT"):
		n.rcptTo(line)
	case fold(verb, "DATA"):
		if len(n.to) == 0 {
			n.reply("554 5.5.1 no valid recipients")
			return true
		}
		n.reply("354 go on")
		return n.flush() && n.data()
	case fold(verb, "EHLO"):
		n.ehlo()
	case fold(verb, "HELO"):
		n.reply("250 sink.test")
	case fold(verb, "RSET"):
		n.reset()
		n.reply("250 2.0.0 ok")
	case fold(verb, "NOOP"):
		n.reply("250 2.0.0 ok")
	case fold(verb, "QUIT"):
		n.reply("221 2.0.0 bye")
		return false
	case fold(verb, "STARTTLS"):
		return n.startTLS()
	case fold(verb, "AUTH"):
		return n.auth(string(line))
	default:
		n.reply("500 5.5.1 what?")
	}
	return true
}

func fold(verb []byte, want string) bool {
	return len(verb) == len(want) && bytes.EqualFold(verb, []byte(want))
}

func (n *session) ehlo() {
	o := &n.s.o
	lines := []string{"sink.test"}
	add := func(yes bool, word string) {
		if yes {
			lines = append(lines, word)
		}
	}
	add(!o.NoPipelining, "PIPELINING")
	add(!o.NoEightBit, "8BITMIME")
	add(!o.NoSMTPUTF8, "SMTPUTF8")
	add(o.StartTLS && !n.secure, "STARTTLS")
	add(o.Username != "", "AUTH PLAIN LOGIN")
	add(true, "ENHANCEDSTATUSCODES")
	add(true, "SIZE "+strconv.Itoa(o.Size))
	for i, line := range lines {
		if i < len(lines)-1 {
			n.reply("250-" + line)
		} else {
			n.reply("250 " + line)
		}
	}
}

// path reads the address between the brackets.
func path(line []byte) (address, rest string, ok bool) {
	open, end := bytes.IndexByte(line, '<'), bytes.IndexByte(line, '>')
	if open < 0 || end < open {
		return "", "", false
	}
	return string(line[open+1 : end]), strings.TrimSpace(string(line[end+1:])), true
}

func (n *session) mailFrom(line []byte) {
	from, params, ok := path(line)
	switch {
	case !ok:
		n.reply("501 5.5.4 syntax")
	case n.s.o.Username != "" && !n.authed:
		n.reply("530 5.7.0 authentication required")
	case n.mail:
		n.reply("503 5.5.1 nested MAIL")
	default:
		n.from, n.params, n.mail = from, params, true
		n.reply("250 2.1.0 ok")
	}
}

func (n *session) rcptTo(line []byte) {
	to, _, ok := path(line)
	if !ok || !n.mail {
		n.reply("503 5.5.1 no")
		return
	}
	if n.s.o.Reject != nil {
		if reply := n.s.o.Reject(to); reply != "" {
			n.reply(reply)
			return
		}
	}
	n.to = append(n.to, to)
	n.reply("250 2.1.5 ok")
}

func (n *session) reset() {
	n.from, n.params, n.to, n.mail = "", "", nil, false
}

// data reads a mail to its dot. It reports whether the session goes on.
func (n *session) data() bool {
	n.body = n.body[:0]
	for start := true; ; {
		line, err := n.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return false // no dot, no mail
		}
		// Only <CRLF>.<CRLF> ends a mail; what follows is never its part.
		if start && line[0] == '.' {
			if string(line) == ".\r\n" {
				break
			}
			line = line[1:]
		}
		n.body = append(n.body, line...)
		start = bytes.HasSuffix(line, []byte("\r\n"))
	}
	return n.accepted()
}

func (n *session) accepted() bool {
	o := &n.s.o
	m := Mail{From: n.from, To: n.to, Parameters: n.params}
	if o.Record != nil || o.KeepMails || o.KeepRaw || o.Final != nil {
		m.MessageID = messageID(n.body)
	}
	if o.KeepRaw {
		m.Raw = bytes.Clone(n.body)
	}
	defer n.reset()
	if o.Size > 0 && len(n.body) > o.Size {
		n.reply("552 5.3.4 too big")
		return true
	}
	if o.Final != nil {
		if reply := o.Final(m); reply != "" {
			n.reply(reply)
			return !strings.HasPrefix(reply, "421")
		}
	}
	if pick(n.s.seen.Add(1)-1, o.Temp) {
		n.reply("451 4.3.0 try again later")
		return true
	}
	n.s.store(m)
	if pick(uint64(n.s.accepted.Add(1)-1), o.Withhold) {
		n.s.withheld.Add(1)
		if !o.WithholdClose {
			_, _ = io.Copy(io.Discard, n.c) // until the client gives up
		}
		return false
	}
	n.reply("250 2.0.0 queued")
	return true
}

// messageID finds the header without parsing the mail.
func messageID(body []byte) string {
	const name = "\nMessage-ID:"
	i := bytes.Index(body, []byte(name))
	if i < 0 {
		return ""
	}
	line, _, _ := bytes.Cut(body[i+len(name):], []byte("\n"))
	return string(bytes.Trim(line, " \t\r<>"))
}
