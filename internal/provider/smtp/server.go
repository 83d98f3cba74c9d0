package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"rainmaker/internal/platform/errs"
)

// Envelope is an incoming mail as it was handed to us. Nothing in it is
// verified: From and the mail itself say what the sender likes.
type Envelope struct {
	From       string // empty for bounces
	To         []string
	Hello      string
	RemoteAddr string
	Raw        []byte
}

// InboundOptions say what the inbound server takes. Accept and Handler are
// required; zero values of the rest mean the defaults.
type InboundOptions struct {
	// Accept reports whether the recipient is one of ours. An error is a
	// temporary refusal: a database that is away must not lose bounces.
	Accept func(ctx context.Context, recipient string) (bool, error)
	// Handler stores the mail. The sender is told that we have it only after
	// nil. Invalid, NotFound, Forbidden and TooLarge (package errs) refuse it for
	// good; any other error makes the sender try again.
	Handler func(ctx context.Context, env Envelope) error

	Hostname       string        // in the greeting; "localhost"
	MaxBytes       int64         // 25 MB
	MaxRecipients  int           // 50
	MaxConnections int           // 200
	MaxPerClient   int           // 20 connections from one address
	MaxBuffered    int64         // 250 MB of mail being received at once
	ReadTimeout    time.Duration // 2 min for a command, and for a whole mail
	WriteTimeout   time.Duration // 30 s
	HandlerTimeout time.Duration // 60 s; senders wait 10 minutes (RFC 5321 4.5.3.2.6)
	TLSConfig      *tls.Config   // offers STARTTLS when set
	Log            *slog.Logger
}

// maxInboundLine: mail with overlong lines exists; a whole mail on one does not.
const maxInboundLine = 64 << 10

func (o *InboundOptions) defaults() error {
	if o.Accept == nil || o.Handler == nil {
		return errors.New("smtp: inbound server without Accept or Handler")
	}
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	defTime := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	def64(&o.MaxBytes, 25<<20)
	def64(&o.MaxBuffered, 10*o.MaxBytes)
	def(&o.MaxRecipients, 50)
	def(&o.MaxConnections, 200)
	def(&o.MaxPerClient, 20)
	defTime(&o.ReadTimeout, 2*time.Minute)
	defTime(&o.WriteTimeout, 30*time.Second)
	defTime(&o.HandlerTimeout, time.Minute)
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Inbound is a running server for incoming mail. It relays nothing: what
// Accept does not know is refused at RCPT.
type Inbound struct {
	o        InboundOptions
	server   *gosmtp.Server
	door     *door
	ctx      context.Context
	cancel   context.CancelFunc
	buffered atomic.Int64
}

// ListenInbound starts the server. Shutdown or Close ends it.
func ListenInbound(addr string, o InboundOptions) (*Inbound, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	in := &Inbound{o: o}
	in.ctx, in.cancel = context.WithCancel(context.Background())
	in.door = &door{Listener: l, max: o.MaxConnections, perClient: o.MaxPerClient, conns: map[*guest]struct{}{}, clients: map[string]int{}}
	in.server = gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return &receipt{in: in, conn: c}, nil
	}))
	in.server.Domain = o.Hostname
	in.server.MaxMessageBytes = o.MaxBytes
	in.server.MaxRecipients = o.MaxRecipients
	in.server.MaxLineLength = maxInboundLine
	in.server.ReadTimeout, in.server.WriteTimeout = o.ReadTimeout, o.WriteTimeout
	in.server.TLSConfig = o.TLSConfig
	in.server.EnableSMTPUTF8 = true
	in.server.ErrorLog = quiet{o.Log}
	go func() {
		if err := in.server.Serve(in.door); err != nil && !errors.Is(err, net.ErrClosed) {
			o.Log.Error("inbound mail: the server stopped", "error", err)
		}
	}()
	return in, nil
}

// Addr is host:port.
func (in *Inbound) Addr() string { return in.door.Addr().String() }

// Shutdown takes no more mail, lets the mails that are being received finish
// until ctx ends, and closes everything. Senders try again.
func (in *Inbound) Shutdown(ctx context.Context) error {
	in.door.drain()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for in.door.busy() > 0 && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return in.Close()
}

// Close cuts all connections. What was not acknowledged will come again.
func (in *Inbound) Close() error {
	in.cancel()
	in.door.drain()
	if err := in.server.Close(); err != nil && !errors.Is(err, gosmtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the mail server: %w", err)
	}
	return nil
}

// receipt is one session.
type receipt struct {
	in   *Inbound
	conn *gosmtp.Conn
	from string
	to   []string
}

// Mail implements gosmtp.Session.
func (r *receipt) Mail(from string, _ *gosmtp.MailOptions) error {
	r.from = from
	return nil
}

// Rcpt implements gosmtp.Session.
func (r *receipt) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(r.in.ctx, r.in.o.HandlerTimeout)
	defer cancel()
	ours, err := r.in.o.Accept(ctx, to)
	switch {
	case err != nil:
		r.in.o.Log.WarnContext(ctx, "inbound mail: cannot check a recipient", "error", err)
		return tryAgain()
	case !ours:
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "No such recipient here"}
	}
	r.to = append(r.to, to)
	return nil
}

// Data implements gosmtp.Session.
func (r *receipt) Data(body io.Reader) error {
	socket := r.conn.Conn()
	if tc, ok := socket.(*tls.Conn); ok {
		socket = tc.NetConn()
	}
	if g, ok := socket.(*guest); ok {
		g.working.Store(true)
		defer g.working.Store(false)
	}
	w := &heap{in: r.in}
	defer w.free()
	if _, err := io.Copy(w, body); err != nil {
		return err // gosmtp's own, or ours
	}
	ctx, cancel := context.WithTimeout(r.in.ctx, r.in.o.HandlerTimeout)
	defer cancel()
	err := r.in.o.Handler(ctx, Envelope{
		From: r.from, To: r.to, Hello: r.conn.Hostname(), RemoteAddr: r.conn.Conn().RemoteAddr().String(), Raw: w.buf.Bytes(),
	})
	if err == nil {
		return nil
	}
	r.in.o.Log.WarnContext(ctx, "inbound mail refused", "error", err)
	var e *errs.Error
	if !errors.As(err, &e) {
		return tryAgain()
	}
	switch e.Kind {
	case errs.Invalid, errs.Forbidden:
		return &gosmtp.SMTPError{Code: 554, EnhancedCode: gosmtp.EnhancedCode{5, 6, 0}, Message: "Mail not accepted"}
	case errs.NotFound:
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "No such recipient here"}
	case errs.TooLarge:
		return gosmtp.ErrDataTooLarge
	}
	return tryAgain()
}

func tryAgain() error {
	return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
}

// Reset implements gosmtp.Session.
func (r *receipt) Reset() { r.from, r.to = "", nil }

// Logout implements gosmtp.Session.
func (r *receipt) Logout() error { return nil }

// heap buffers a mail, counted against what all sessions may buffer.
type heap struct {
	in  *Inbound
	buf bytes.Buffer
}

// Write implements io.Writer.
func (h *heap) Write(p []byte) (int, error) {
	if h.in.buffered.Add(int64(len(p))) > h.in.o.MaxBuffered {
		h.in.buffered.Add(-int64(len(p)))
		return 0, &gosmtp.SMTPError{Code: 452, EnhancedCode: gosmtp.EnhancedCode{4, 3, 1}, Message: "Too much mail at once, try again later"}
	}
	return h.buf.Write(p)
}

func (h *heap) free() { h.in.buffered.Add(-int64(h.buf.Len())) }

// door is a listener that counts its guests.
type door struct {
	net.Listener
	max, perClient int

	mu      sync.Mutex // guards what follows
	conns   map[*guest]struct{}
	clients map[string]int
	closed  bool
}

// guest is a connection that tells the door when it leaves.
type guest struct {
	net.Conn
	door    *door
	client  string
	working atomic.Bool // a mail is being received or stored
	once    sync.Once
}

// Accept waits for the next connection that there is room for. The others are
// told to come back (RFC 5321 3.8).
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		client, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil {
			client = c.RemoteAddr().String()
		}
		g := &guest{Conn: c, door: d, client: client}
		d.mu.Lock()
		room := !d.closed && len(d.conns) < d.max && d.clients[client] < d.perClient
		if room {
			d.conns[g] = struct{}{}
			d.clients[client]++
		}
		d.mu.Unlock()
		if room {
			return g, nil
		}
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(c, "421 4.7.0 Too many connections, try again later\r\n") // best effort
		_ = c.Close()
	}
}

// Close hangs up and leaves the door's count.
func (g *guest) Close() error {
	g.once.Do(func() {
		d := g.door
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.conns, g)
		if d.clients[g.client]--; d.clients[g.client] <= 0 {
			delete(d.clients, g.client)
		}
	})
	return g.Conn.Close()
}

// drain lets nobody in any more and sends away who is not at work.
func (d *door) drain() {
	d.mu.Lock()
	d.closed = true
	var idle []*guest
	for g := range d.conns {
		if !g.working.Load() {
			idle = append(idle, g)
		}
	}
	d.mu.Unlock()
	_ = d.Listener.Close() // may be closed already
	for _, g := range idle {
		_ = g.Close() // the sender tries again
	}
}

func (d *door) busy() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.conns)
}

// quiet is the library's log: what strangers do wrong is news to nobody.
type quiet struct{ log *slog.Logger }

// Printf implements gosmtp.Logger.
func (q quiet) Printf(format string, v ...any) {
	q.log.Debug("inbound mail: " + fmt.Sprintf(format, v...))
}

// Println implements gosmtp.Logger.
func (q quiet) Println(v ...any) { q.log.Debug("inbound mail: " + fmt.Sprint(v...)) }
