package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"time"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/secret"
)

// TLSMode is how a connection is encrypted.
type TLSMode string

// The modes. StartTLS is required, not tried: a server that does not offer it
// is not spoken to.
const (
	TLSNone     TLSMode = "none"
	TLSStart    TLSMode = "starttls"
	TLSImplicit TLSMode = "tls"
)

// Timeouts bound each phase. Zero values mean the defaults.
type Timeouts struct {
	Dial    time.Duration // 10 s: connect and TLS handshake, each
	Command time.Duration // 30 s: any reply but the last
	Body    time.Duration // 60 s: writing the mail
	// Final bounds the wait for the answer to the final dot, 5 s. After it the
	// mail is in doubt; RFC 5321 4.5.3.2.6 has 10 minutes, which would keep
	// every reconciler waiting as long.
	Final time.Duration
}

func (t Timeouts) withDefaults() Timeouts {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&t.Dial, 10*time.Second)
	set(&t.Command, 30*time.Second)
	set(&t.Body, 60*time.Second)
	set(&t.Final, 5*time.Second)
	return t
}

// Options say how to reach a submission server.
type Options struct {
	Host      string
	Port      int
	Username  string // empty: no authentication
	Password  secret.String
	TLS       TLSMode
	LocalName string // said in EHLO; empty: the address of our end
	Timeouts  Timeouts
	TLSConfig *tls.Config  // nil: system roots, TLS 1.2 and later
	Reach     egress.Reach // what besides the public internet may be reached
	// DialContext replaces the guarded dialer; Reach is then ignored.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Conn is a connection that has been greeted and authenticated. It carries one
// mail at a time and is not safe for concurrent use.
type Conn struct {
	nc       net.Conn
	socket   net.Conn // under TLS, if any
	br       *bufio.Reader
	timeouts Timeouts
	host     string
	tls      bool
	loopback bool
	caps     capabilities

	out       []byte // commands and stuffed bodies on their way
	text      []byte // of the reply being read
	sent      int    // mails accepted
	idleSince time.Time
	needReset bool      // a transaction was refused half way
	asked     questions // for the next mail, written with the dot of the last
	dead      bool
}

// Dial connects, greets, encrypts and authenticates. The error is an *Error.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	o.Timeouts = o.Timeouts.withDefaults()
	dial := o.DialContext
	if dial == nil {
		dial = egress.New(o.Reach).DialContext(o.Timeouts.Dial)
	}
	if !validPath(o.LocalName) || !validPath(o.Host) || o.Host == "" {
		return nil, refused(PhaseDial, 501, "5.5.2", "the host name is not one")
	}
	if o.TLS != TLSNone && o.TLS != TLSStart && o.TLS != TLSImplicit {
		return nil, refused(PhaseDial, 501, "5.5.4", "the encryption is neither none, starttls nor tls")
	}
	nc, err := dial(ctx, "tcp", net.JoinHostPort(o.Host, strconv.Itoa(o.Port)))
	if err != nil {
		return nil, broken(PhaseDial, "cannot connect", err)
	}
	c := &Conn{nc: nc, socket: nc, timeouts: o.Timeouts, host: o.Host, loopback: egress.OverLoopback(nc)}
	c.br = bufio.NewReaderSize(nc, maxReplyLine)
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	failed := c.establish(ctx, o)
	if !stop() && failed == nil {
		failed = broken(PhaseGreeting, "given up", ctx.Err())
	}
	if failed != nil {
		_ = nc.Close() // the failure says it all
		return nil, failed
	}
	c.idleSince = time.Now()
	return c, nil
}

// Usable reports whether the connection can carry another mail.
func (c *Conn) Usable() bool { return !c.dead }

// Sent returns how many mails the server accepted on this connection.
func (c *Conn) Sent() int { return c.sent }

// Mail is one mail in wire form. Body is the complete message with CRLF line
// ends, not dot-stuffed.
type Mail struct {
	From, To string
	Body     []byte
}

// Send transmits one mail. When everything but the final dot is written (a short
// mail stays with its dot), intent is called: it commits what must be known
// before the mail can exist. Only when it returns nil, and ctx has not ended, the
// dot is written and the answer awaited; from then on ctx has no say, only
// Timeouts.Final. When intent fails its error is returned as it is, and the
// connection is dropped without dot.
//
// next, unless nil, is the mail that the next call will bring, neither of them
// changed until then. A server that takes pipelined commands is asked for it
// together with the final dot of m (RFC 2920 3.1), which saves a round trip a
// mail; Awaits says whether it was.
//
// Every other error is an *Error. After one the connection may still be Usable.
func (c *Conn) Send(ctx context.Context, m, next *Mail, intent func(ctx context.Context) error) (Reply, error) {
	if c.dead {
		return Reply{}, broken(PhaseMail, "the connection is closed", net.ErrClosed)
	}
	asked, failed := c.asked, (*Error)(nil)
	c.asked = questions{}
	if asked.mail == nil {
		asked, failed = c.ask(c.out[:0], m)
	} else if asked.mail != m {
		failed = c.lost(PhaseMail, "another mail was announced", errNotUnderstood)
	}
	if failed != nil {
		return Reply{}, failed
	}
	// From here on the end of ctx interrupts whatever waits.
	stop := context.AfterFunc(ctx, func() { _ = c.nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if failed := c.hear(ctx, &asked); failed != nil {
		return Reply{}, failed
	}
	rest, failed := c.body(ctx, m.Body, asked.shape.dots)
	if failed != nil {
		return Reply{}, failed
	}
	begun := time.Now()
	if err := intent(ctx); err != nil {
		c.drop()
		return Reply{}, err
	}
	// While intent was slow the server may have hung up; seen now, the mail is
	// plainly not sent instead of in doubt.
	slow := time.Since(begun) > slowIntent
	if !stop() {
		c.drop()
		return Reply{}, broken(PhaseDot, "given up before the final dot", context.Cause(ctx))
	}
	return c.dot(rest, next, slow && spoke(c.socket))
}

// Awaits reports whether the server was asked for the mail already.
func (c *Conn) Awaits(m *Mail) bool { return !c.dead && m != nil && c.asked.mail == m }

// prepare refuses what this server would have to refuse, without asking it.
func (c *Conn) prepare(m *Mail) (shape, *Error) {
	if !validPath(m.From) {
		return shape{}, refused(PhaseMail, 553, "5.1.7", "the sender's address is malformed")
	}
	if m.To == "" || !validPath(m.To) {
		return shape{}, refused(PhaseRcpt, 553, "5.1.3", "the recipient's address is malformed")
	}
	s, failed := inspect(m.Body)
	if failed != nil {
		return s, failed
	}
	s.utf8Header = s.utf8Header || !isASCII(m.From) || !isASCII(m.To)
	switch {
	case s.utf8Header && !c.caps.smtpUTF8:
		return s, refused(PhaseMail, 553, "5.6.7", "the server does not take international addresses")
	case s.eightBit && !c.caps.eightBit:
		return s, refused(PhaseMail, 554, "5.6.3", "the server does not take 8-bit mail")
	case c.caps.size > 0 && len(m.Body) > c.caps.size:
		return s, refused(PhaseMail, 552, "5.3.4", "the mail has %d bytes, the server takes %d", len(m.Body), c.caps.size)
	}
	return s, nil
}

// question is one command of those that open a transaction.
type question struct {
	phase Phase
	want  int // first digit of the reply, or the reply
	end   int // of the command in questions.text
}

// questions are the commands that lead to the point where a mail is awaited.
type questions struct {
	mail    *Mail
	shape   shape
	text    []byte
	list    [4]question
	n       int
	written int // of text
}

// ask puts the questions for a mail behind text, for what cannot be refused
// without them.
func (c *Conn) ask(text []byte, m *Mail) (questions, *Error) {
	s, failed := c.prepare(m)
	if failed != nil {
		return questions{}, failed
	}
	q := questions{mail: m, shape: s, written: len(text)}
	add := func(phase Phase, want int) {
		text = append(text, '\r', '\n')
		q.list[q.n] = question{phase, want, len(text)}
		q.n++
	}
	if c.needReset {
		text = append(text, "RSET"...)
		add(PhaseMail, 2)
	}
	text = append(append(append(text, "MAIL FROM:<"...), m.From...), '>')
	if c.caps.size >= 0 {
		text = strconv.AppendInt(append(text, " SIZE="...), int64(len(m.Body)), 10)
	}
	if s.eightBit {
		text = append(text, " BODY=8BITMIME"...)
	}
	if s.utf8Header {
		text = append(text, " SMTPUTF8"...)
	}
	add(PhaseMail, 2)
	text = append(append(append(text, "RCPT TO:<"...), m.To...), '>')
	add(PhaseRcpt, 2)
	text = append(text, "DATA"...)
	add(PhaseData, 354)
	q.text, c.out = text, text
	return q, nil
}

// hear puts the questions that were not put yet, and takes the answers. Without
// error the server awaits the mail.
func (c *Conn) hear(ctx context.Context, q *questions) *Error {
	var failed *Error
	c.deadline(ctx, c.timeouts.Command)
	for i, st := range q.list[:q.n] {
		if q.written < st.end {
			end := st.end
			if c.caps.pipelining {
				end = len(q.text)
			}
			c.deadline(ctx, c.timeouts.Command)
			if _, err := c.nc.Write(q.text[q.written:end]); err != nil {
				return c.lost(st.phase, "write command", err)
			}
			q.written = end
		}
		r, err := c.read()
		if err != nil {
			return c.lost(st.phase, "no answer", err)
		}
		good := r.code == st.want || r.code/100 == st.want
		switch {
		case r.code == 421: // RFC 5321 3.8: the server closes
			c.drop()
			if failed == nil {
				failed = rejected(st.phase, r.reply())
			}
			return failed
		case good && st.want == 354 && failed != nil:
			// DATA was accepted without a recipient. The way back would be a
			// lone dot, an empty mail to nobody: rather hang up.
			c.drop()
		case good && i == 0 && q.n == len(q.list):
			c.needReset = false
		case !good && failed == nil:
			failed = unexpected(st.phase, r)
			c.needReset = true
			if !c.caps.pipelining {
				return failed
			}
		}
	}
	return failed
}

// unexpected makes the error of a reply that is not the wanted one. A reply that
// neither refuses nor agrees is a server out of step, which may recover.
func unexpected(phase Phase, r rawReply) *Error {
	e := rejected(phase, r.reply())
	if r.code/100 != 4 && r.code/100 != 5 {
		e.Temporary = true
	}
	return e
}

// oneFlight is the size up to which a mail is written together with its dot. It
// is in the kernel's hands at once and arrives with the first segments, so the
// doubtful time is one round trip as it is for the dot alone, and a write and a
// wake-up of the server are saved.
const oneFlight = 8 << 10

// body writes the mail, all but the final dot, and returns what is to be written
// in front of the dot: all of a short mail.
func (c *Conn) body(ctx context.Context, body []byte, dots bool) ([]byte, *Error) {
	c.out = c.out[:0]
	if dots {
		c.out = appendStuffed(c.out, body)
		body = c.out
	} else if len(body) <= oneFlight {
		c.out = append(c.out, body...)
	}
	if len(body) <= oneFlight {
		return c.out, nil
	}
	c.deadline(ctx, c.timeouts.Body)
	if _, err := c.nc.Write(body); err != nil {
		// The server may have said why it hung up.
		_ = c.nc.SetReadDeadline(time.Now().Add(time.Second))
		if r, readErr := c.read(); readErr == nil && ctx.Err() == nil {
			c.drop()
			return nil, unexpected(PhaseBody, r)
		}
		return nil, c.lost(PhaseBody, "write mail", err)
	}
	return c.out[:0], nil
}

// slowIntent is when a look at the socket is worth its microsecond.
const slowIntent = 20 * time.Millisecond

// final is what ends a mail whose last line is complete.
const final = ".\r\n"

// dot writes the rest of the mail, its final dot and, where that is possible, the
// questions for the next, and reads what became of it. early says that the server
// has something to say already.
func (c *Conn) dot(rest []byte, next *Mail, early bool) (Reply, error) {
	_ = c.nc.SetDeadline(time.Now().Add(c.timeouts.Final))
	if early || c.br.Buffered() > 0 {
		// An answer to a question not yet asked: a server that hangs up, or one
		// that took something in the mail for its end. The dot stays unwritten.
		r, err := c.read()
		c.drop()
		if err != nil || r.code/100 < 4 {
			return Reply{}, broken(PhaseBody, "the server answered before the end of the mail", errNotUnderstood)
		}
		return Reply{}, rejected(PhaseBody, r.reply())
	}
	rest = append(rest, final...)
	end := len(rest)
	if c.out = rest; next != nil && c.caps.pipelining {
		// A mail that is refused here is refused again when it is sent.
		if asked, failed := c.ask(rest, next); failed == nil {
			rest, asked.written = asked.text, len(asked.text)
			c.asked = asked
		}
	}
	n, err := c.nc.Write(rest)
	if err != nil {
		c.drop()
		e := broken(PhaseDot, "write the final dot", err)
		// Of a plain connection the kernel says how much it took. A TLS record
		// may have left although its write failed.
		if n >= end || c.tls {
			e.Doubtful, e.Temporary = true, false
		}
		return Reply{}, e
	}
	raw, err := c.read()
	if err != nil {
		c.drop()
		return Reply{}, &Error{Phase: PhaseDot, Text: "no answer to the final dot", Doubtful: true, Cause: err}
	}
	r := raw.reply()
	c.idleSince = time.Now()
	switch r.Code / 100 {
	case 2:
		c.sent++
		return r, nil
	case 4, 5:
		if r.Code == 421 {
			c.drop()
		}
		return Reply{}, rejected(PhaseDot, r)
	}
	c.drop()
	e := rejected(PhaseDot, r)
	e.Doubtful = true
	return Reply{}, e
}

// Noop asks the server whether it is still there.
func (c *Conn) Noop(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = c.nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	r, failed := c.command(ctx, PhaseMail, "NOOP")
	if failed == nil && r.code/100 != 2 {
		failed = rejected(PhaseMail, r.reply())
		c.drop()
	}
	if failed != nil {
		return failed
	}
	c.idleSince = time.Now()
	return nil
}

// Close says QUIT, as a polite client does, and hangs up without waiting long.
func (c *Conn) Close() error {
	if c.dead {
		return nil
	}
	if c.asked.mail != nil { // the server awaits a mail: farewells would be part of it
		c.drop()
		return nil
	}
	c.dead = true
	_ = c.nc.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.nc.Write([]byte("QUIT\r\n")); err == nil {
		_, _ = c.read() // whatever it says, we leave
	}
	if err := c.nc.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return broken(PhaseDot, "close", err)
	}
	return nil
}

// command sends one line and reads its reply.
func (c *Conn) command(ctx context.Context, phase Phase, line string) (rawReply, *Error) {
	if c.dead {
		return rawReply{}, broken(phase, "the connection is closed", net.ErrClosed)
	}
	c.deadline(ctx, c.timeouts.Command)
	c.out = append(append(c.out[:0], line...), '\r', '\n')
	if _, err := c.nc.Write(c.out); err != nil {
		return rawReply{}, c.lost(phase, "write command", err)
	}
	r, err := c.read()
	if err != nil {
		return rawReply{}, c.lost(phase, "no answer", err)
	}
	return r, nil
}

func (c *Conn) read() (rawReply, error) {
	r, err := readReply(c.br, c.text, nil)
	c.text = r.text
	return r, err
}

// deadline bounds the next reads and writes. The second look at ctx closes the
// gap in which its end and this call cross.
func (c *Conn) deadline(ctx context.Context, d time.Duration) {
	_ = c.nc.SetDeadline(time.Now().Add(d)) // fails on a closed connection, as the next write will
	if ctx.Err() != nil {
		_ = c.nc.SetDeadline(time.Unix(1, 0))
	}
}

// lost drops the connection; nothing can have been sent.
func (c *Conn) lost(phase Phase, what string, err error) *Error {
	c.drop()
	return broken(phase, what, err)
}

// drop hangs up. A plain Close would let the kernel deliver what is buffered,
// which is harmless: a mail without its dot is no mail.
func (c *Conn) drop() {
	c.dead = true
	_ = c.nc.Close() // nothing depends on it any more
}
