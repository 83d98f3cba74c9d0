// Package sandbox is a mail provider with simulated prospects, so that the whole
// loop lives without a key or an account. It is a real SMTP server on loopback;
// its prospects open, click, answer, bounce, complain and opt out through the
// same doors as real ones: tracked links and the one-click address over HTTP,
// answers and bounces over SMTP to the inbound server.
//
// What a prospect does is decided by a seed and their address: the same seed
// gives the same crowd. Nothing here leaves loopback.
//
// Files: sandbox.go (the server), prospect.go (who does what, and when),
// answer.go (what they write), act.go (how they do it).
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"
)

// maxMail bounds one mail to a prospect.
const maxMail = 1 << 20

// Options say where the prospects live.
type Options struct {
	Seed uint64
	// Inbound is the address of the program's inbound SMTP server.
	Inbound string
	// Base is the program's own address, such as http://127.0.0.1:8080: prospects
	// ask for nothing elsewhere, whatever a mail says. Empty allows all of loopback.
	Base string
	// Pace scales every delay; 1 is a demo's pace (seconds), 0 means 1.
	Pace   float64
	Logger *slog.Logger
}

// Server is a running sandbox.
type Server struct {
	options  Options
	listener net.Listener
	smtp     *gosmtp.Server
	ctx      context.Context
	cancel   context.CancelFunc
	acts     sync.WaitGroup
	slots    chan struct{} // bounds prospects acting at once
}

// Listen starts a sandbox on a free loopback port.
func Listen(options Options) (*Server, error) {
	if options.Pace == 0 {
		options.Pace = 1
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Server{options: options, listener: listener, slots: make(chan struct{}, 32)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.smtp = gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		return &session{server: s}, nil
	}))
	s.smtp.Domain = "sandbox.localhost"
	s.smtp.MaxMessageBytes = maxMail
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, 30*time.Second
	s.smtp.ErrorLog = quiet{}
	go func() {
		if err := s.smtp.Serve(listener); err != nil && !errors.Is(err, gosmtp.ErrServerClosed) && s.ctx.Err() == nil {
			options.Logger.Warn("sandbox", "error", err)
		}
	}()
	return s, nil
}

// Port is where the sandbox takes mail on 127.0.0.1.
func (s *Server) Port() int {
	addr, ok := s.listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0
	}
	return addr.Port
}

// Run waits until ctx ends, then sends the prospects home.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	s.cancel()
	err := s.smtp.Close()
	s.acts.Wait()
	return err
}

// session is one SMTP connection.
type session struct {
	server *Server
	from   string
	to     []string
}

func (c *session) Mail(from string, _ *gosmtp.MailOptions) error {
	c.from, c.to = from, nil
	return nil
}

// Rcpt refuses the prospects that have left their company.
func (c *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if c.server.prospect(to).gone {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
	}
	c.to = append(c.to, to)
	return nil
}

func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxMail))
	if err != nil {
		return err
	}
	for _, to := range c.to {
		c.server.deliver(c.from, to, raw)
	}
	return nil
}

func (c *session) Reset()        { c.from, c.to = "", nil }
func (c *session) Logout() error { return nil }

// quiet drops the library's log: a client that hangs up is no news.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
