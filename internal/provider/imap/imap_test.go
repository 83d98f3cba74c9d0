package imap_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/email/inbox"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/egress/egresstest"
	"rainmaker/internal/platform/secret"
	"rainmaker/internal/provider/imap"
	"rainmaker/internal/provider/imap/imaptest"
	"rainmaker/internal/provider/smtp/smtptest"
)

func reader() *imap.Reader { return &imap.Reader{Reach: egress.Reach{Loopback: true}} }

func at(port int, mode string) inbox.Server {
	return inbox.Server{Host: "127.0.0.1", Port: port, Username: imaptest.Username, Password: imaptest.Password, TLS: mode}
}

func mail(n int) []byte {
	return fmt.Appendf(nil, "From: p%d@people.test\r\nSubject: %d\r\n\r\nYes please.\r\n", n, n)
}

// open opens the inbox of a server.
func open(t *testing.T, r *imap.Reader, s inbox.Server) inbox.Session {
	t.Helper()
	session, err := r.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// read returns the subjects from a mark on.
func read(t *testing.T, s inbox.Session, from uint32, most int) (subjects []string, next uint32) {
	t.Helper()
	next, n, err := s.Read(t.Context(), from, most, func(raw []byte) error {
		_, rest, _ := strings.Cut(string(raw), "Subject: ")
		subject, _, _ := strings.Cut(rest, "\r\n")
		subjects = append(subjects, subject)
		return nil
	})
	if err != nil || n != len(subjects) {
		t.Fatalf("%d mails, %v", n, err)
	}
	return subjects, next
}

// TestReadsFromAMarkOn: from the day on, then only what is new, in order, nothing
// marked as seen; anew from the day when the mails are numbered otherwise.
func TestReadsFromAMarkOn(t *testing.T) {
	t.Parallel()
	server, now := imaptest.New(t, nil, false), time.Now()
	server.Put(mail(0), now.Add(-72*time.Hour))
	server.Put(mail(1), now)
	server.Put(mail(2), now)
	s := open(t, reader(), at(server.Port(), "none"))
	mark, err := s.Start(t.Context(), inbox.Mark{}, now.Add(-24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	subjects, next := read(t, s, mark.Next, 1)
	more, next := read(t, s, next, 10)
	if got := strings.Join(append(subjects, more...), " "); got != "1 2" {
		t.Errorf("read %s", got)
	}
	mark.Next = next
	if none, same := read(t, s, next, 10); len(none) != 0 || same != next {
		t.Errorf("again %v, on to %d", none, same)
	}
	server.Put(mail(3), now)
	s = open(t, reader(), at(server.Port(), "none"))
	if mark, err = s.Start(t.Context(), mark, now.Add(-24*time.Hour)); err != nil || mark.Next != next {
		t.Fatalf("on from %+v, %v", mark, err)
	}
	if got, _ := read(t, s, mark.Next, 10); len(got) != 1 || got[0] != "3" {
		t.Errorf("new is %v", got)
	}
	if n := server.Seen(); n != 0 {
		t.Errorf("%d mails are marked as seen", n)
	}
	server.Renumber()
	server.Put(mail(4), now)
	s = open(t, reader(), at(server.Port(), "none"))
	if mark, err = s.Start(t.Context(), mark, now.Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, _ := read(t, s, mark.Next, 10); len(got) != 1 || got[0] != "4" {
		t.Errorf("numbered anew: %v", got)
	}
}

// TestErrorOfTheReaderEnds: what could not be acted on is not passed over.
func TestErrorOfTheReaderEnds(t *testing.T) {
	t.Parallel()
	server := imaptest.New(t, nil, false)
	for n := range 3 {
		server.Put(mail(n), time.Now())
	}
	s := open(t, reader(), at(server.Port(), "none"))
	full := errors.New("the database is away")
	calls := 0
	next, n, err := s.Read(t.Context(), 1, 10, func([]byte) error {
		if calls++; calls == 2 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || next != 2 || n != 1 {
		t.Errorf("on from %d after %d: %v", next, n, err)
	}
}

func TestLargeMailIsCutOff(t *testing.T) {
	t.Parallel()
	server := imaptest.New(t, nil, false)
	server.Put(append(mail(0), make([]byte, 3*inbox.MaxBytes)...), time.Now())
	server.Put(mail(1), time.Now())
	s := open(t, reader(), at(server.Port(), "none"))
	var sizes []int
	if _, _, err := s.Read(t.Context(), 1, 10, func(raw []byte) error { sizes = append(sizes, len(raw)); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(sizes) != 2 || sizes[0] != inbox.MaxBytes || sizes[1] != len(mail(1)) {
		t.Errorf("read %v bytes", sizes)
	}
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	config, pool, err := smtptest.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	secure, upgrading, plain := imaptest.New(t, config, false), imaptest.New(t, config, true), imaptest.New(t, nil, false)
	good := &imap.Reader{Reach: egress.Reach{Loopback: true}, TLSConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	for name, tt := range map[string]struct {
		reader *imap.Reader
		server inbox.Server
		phase  string // in which it fails; empty: it works
	}{
		"tls":                               {good, at(secure.Port(), "tls"), ""},
		"starttls":                          {good, at(upgrading.Port(), "starttls"), ""},
		"a certificate of nobody we know":   {reader(), at(secure.Port(), "tls"), "dial"},
		"the same behind STARTTLS":          {reader(), at(upgrading.Port(), "starttls"), "dial"},
		"starttls is required, not tried":   {good, at(plain.Port(), "starttls"), "dial"},
		"tls to a server that speaks plain": {good, at(plain.Port(), "tls"), "dial"},
	} {
		t.Run(name, func(t *testing.T) {
			session, err := tt.reader.Open(t.Context(), tt.server)
			if err == nil {
				_ = session.Close()
			}
			var failed *inbox.Error
			if tt.phase == "" && err != nil || tt.phase != "" && (!errors.As(err, &failed) || failed.Phase != tt.phase) {
				t.Errorf("%v, want a failure in %q", err, tt.phase)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	server := imaptest.New(t, nil, false)
	wrong := at(server.Port(), "none")
	wrong.Password = secret.String("wrong")
	var failed *inbox.Error
	if _, err := reader().Open(t.Context(), wrong); !errors.As(err, &failed) || failed.Phase != "login" {
		t.Errorf("a wrong password: %v", err)
	}
	canary := egresstest.NewCanary(t)
	for _, host := range []string{"127.0.0.1", "localhost", "::1", "0.0.0.0"} {
		where := at(canary.Port, "tls")
		where.Host = host
		if _, err := (&imap.Reader{}).Open(t.Context(), where); !errors.As(err, &failed) || failed.Phase != "dial" || failed.Text != "cannot connect" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := canary.Connections(); n != 0 {
		t.Errorf("an inner address was reached %d times", n)
	}
}

// TestHostileServers: whatever a server says, it costs bounded time and memory.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w *bufio.Writer, tag, command string){
		"never greets":   nil,
		"endless line":   func(w *bufio.Writer, _, _ string) { flood(w, "x") },
		"endless search": func(w *bufio.Writer, _, _ string) { _, _ = w.WriteString("* SEARCH"); flood(w, " 7") },
		"giant literal": func(w *bufio.Writer, _, _ string) {
			_, _ = w.WriteString("* 1 FETCH (BODY[] {99999999999}\r\n")
			flood(w, "x")
		},
		"giant set": func(w *bufio.Writer, tag, _ string) {
			fmt.Fprintf(w, "* ESEARCH (TAG \"%s\") UID ALL 1:4294967295\r\n", tag)
		},
		"nonsense":       func(w *bufio.Writer, _, _ string) { _, _ = w.WriteString("* )(\r\n* {}\r\n\x00\xff\r\n") },
		"answers nobody": func(w *bufio.Writer, _, _ string) { _, _ = w.WriteString("zz OK done\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := hostile(t, answer)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			session, err := reader().Open(ctx, at(port, "none"))
			if err == nil {
				mails := 0
				_, _, err = session.Read(ctx, 1, 5, func([]byte) error { mails++; return nil })
				_ = session.Close()
				if mails > 5 {
					t.Errorf("%d mails", mails)
				}
			}
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
				t.Errorf("%d MB more memory", grown>>20)
			}
			if err == nil && name != "giant set" {
				t.Error("no failure is told")
			}
		})
	}
}

// flood sends until the other end has had enough.
func flood(w *bufio.Writer, text string) {
	for range 100 << 20 {
		if _, err := w.WriteString(text); err != nil {
			return
		}
	}
}

// hostile answers properly up to the first search or fetch, and then as it is told;
// nil never says a word.
func hostile(t *testing.T, answer func(w *bufio.Writer, tag, command string)) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		lines, w := bufio.NewScanner(conn), bufio.NewWriter(conn)
		if answer != nil {
			_, _ = w.WriteString("* OK [CAPABILITY IMAP4rev1] hello\r\n")
			_ = w.Flush()
		}
		for lines.Scan() {
			tag, command, _ := strings.Cut(lines.Text(), " ")
			switch verb, _, _ := strings.Cut(command, " "); {
			case answer == nil:
			case verb == "LOGIN" || verb == "CAPABILITY" || verb == "LOGOUT":
				fmt.Fprintf(w, "%s OK done\r\n", tag)
			case verb == "EXAMINE":
				fmt.Fprintf(w, "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 4] x\r\n%s OK [READ-ONLY] done\r\n", tag)
			default:
				answer(w, tag, command)
				fmt.Fprintf(w, "%s OK done\r\n", tag)
			}
			_ = w.Flush()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().(*net.TCPAddr).Port
}
