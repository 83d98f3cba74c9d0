// Package imaptest is an IMAP server on this machine with one inbox, for tests.
package imaptest

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// Username and Password open the inbox.
const (
	Username = "ann@sender.test"
	Password = "an app password"
)

// Server holds one inbox.
type Server struct {
	t    testing.TB
	user *imapmemserver.User
	addr *net.TCPAddr
}

// New starts a server that ends with the test. With a TLS configuration it speaks
// TLS from the start, or offers STARTTLS when start says so.
func New(t testing.TB, config *tls.Config, start bool) *Server {
	t.Helper()
	return NewFor(t, Username, Password, config, start)
}

// NewFor is New with a user and a password of the test's.
func NewFor(t testing.TB, username, password string, config *tls.Config, start bool) *Server {
	t.Helper()
	s := &Server{t: t, user: imapmemserver.NewUser(username, password)}
	s.check(s.user.Create("INBOX", nil))
	memory := imapmemserver.New()
	memory.AddUser(s.user)
	options := imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: config == nil, Logger: log.New(io.Discard, "", 0),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.check(err)
	s.addr = listener.Addr().(*net.TCPAddr)
	if start {
		options.TLSConfig = config
	} else if config != nil {
		listener = tls.NewListener(listener, config)
	}
	server := imapserver.New(&options)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	return s
}

func (s *Server) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Port of the server on this machine.
func (s *Server) Port() int { return s.addr.Port }

// Put lays a mail into the inbox that arrived at a time.
func (s *Server) Put(raw []byte, at time.Time) {
	s.t.Helper()
	_, err := s.user.Append("INBOX", bytes.NewReader(raw), &imap.AppendOptions{Time: at})
	s.check(err)
}

// Renumber empties the inbox; what is put into it now is numbered anew.
func (s *Server) Renumber() {
	s.t.Helper()
	s.check(s.user.Delete("INBOX"))
	s.check(s.user.Create("INBOX", nil))
}

// Seen counts mails that bear the flag of one that was read.
func (s *Server) Seen() uint32 {
	s.t.Helper()
	data, err := s.user.Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true})
	s.check(err)
	return *data.NumMessages - *data.NumUnseen
}
