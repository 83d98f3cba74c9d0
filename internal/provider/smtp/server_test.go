package smtp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/provider/smtp"
	"rainmaker/internal/provider/smtp/smtptest"
)

// inbox is a handler that remembers.
type inbox struct {
	mu   sync.Mutex
	got  []smtp.Envelope
	fail error
}

func (i *inbox) handle(_ context.Context, env smtp.Envelope) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		return i.fail
	}
	i.got = append(i.got, env)
	return nil
}

func (i *inbox) mails() []smtp.Envelope {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.got
}

func listen(t testing.TB, o smtp.InboundOptions) *smtp.Inbound {
	t.Helper()
	if o.Accept == nil {
		o.Accept = func(_ context.Context, to string) (bool, error) {
			if strings.HasPrefix(to, "away") {
				return false, errors.New("database is away")
			}
			return strings.HasSuffix(to, "@ours.example"), nil
		}
	}
	in, err := smtp.ListenInbound("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

func reach(t testing.TB, in *smtp.Inbound) smtp.Options {
	t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", in.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return smtp.Options{Host: "127.0.0.1", Port: addr.Port, TLS: smtp.TLSNone, LocalName: "mx.b.example", Reach: egress.Reach{Loopback: true}}
}

func TestInboundTakesMail(t *testing.T) {
	box := &inbox{}
	in := listen(t, smtp.InboundOptions{Handler: box.handle, Hostname: "mx.ours.example"})
	c := dial(t, reach(t, in))
	body := "From: x@b.example\r\n\r\n..dots\r\n.\r\n" + strings.Repeat("long ", 2000) + "\r\nü\r\n"
	// The client refuses lines that long; the server takes them.
	if _, err := send(t, c, "ada+b-abc@ours.example", strings.ReplaceAll(body, "long long ", "long\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), &smtp.Mail{From: "", To: "ada@ours.example", Body: []byte(mail)}, nil, ready); err != nil {
		t.Fatal(err)
	}
	want := []smtp.Envelope{
		{From: "a@a.example", To: []string{"ada+b-abc@ours.example"}, Hello: "mx.b.example", Raw: []byte(strings.ReplaceAll(body, "long long ", "long\r\n"))},
		{From: "", To: []string{"ada@ours.example"}, Hello: "mx.b.example", Raw: []byte(mail)},
	}
	if diff := cmp.Diff(want, box.mails(), cmpopts.IgnoreFields(smtp.Envelope{}, "RemoteAddr")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(box.mails()[0].RemoteAddr, "127.0.0.1:") {
		t.Errorf("remote address %q", box.mails()[0].RemoteAddr)
	}
}

func TestInboundAnswersWhatTheHandlerMeans(t *testing.T) {
	for _, tc := range []struct {
		fail error
		code int
	}{
		{errors.New("connection refused"), 451},
		{fmt.Errorf("store: %w", errs.New(errs.Unavailable, "x")), 451},
		{errs.New(errs.Internal, "x"), 451},
		{errs.New(errs.LimitExceeded, "x"), 451},
		{errs.New(errs.Conflict, "x"), 451},
		{errs.New(errs.Invalid, "x"), 554},
		{fmt.Errorf("store: %w", errs.New(errs.NotFound, "x")), 550},
		{errs.New(errs.TooLarge, "x"), 552},
		{errs.New(errs.Forbidden, "x"), 554},
	} {
		box := &inbox{fail: tc.fail}
		c := dial(t, reach(t, listen(t, smtp.InboundOptions{Handler: box.handle})))
		_, err := send(t, c, "ada@ours.example", mail)
		if e := failure(t, err, smtp.PhaseDot); e.Code != tc.code || strings.Contains(e.Text, "refused") {
			t.Errorf("%v: %v, want %d", tc.fail, e, tc.code)
		}
	}
}

func TestInboundRefusesWhatItMust(t *testing.T) {
	box := &inbox{}
	in := listen(t, smtp.InboundOptions{Handler: box.handle, MaxBytes: 20_000, MaxBuffered: 30_000, MaxRecipients: 2})
	c := dial(t, reach(t, in))
	_, err := send(t, c, "someone@elsewhere.example", mail)
	if e := failure(t, err, smtp.PhaseRcpt); e.Code != 550 {
		t.Errorf("relay: %v", e)
	}
	_, err = send(t, c, "away@ours.example", mail)
	if e := failure(t, err, smtp.PhaseRcpt); e.Code != 451 {
		t.Errorf("accept failed: %v", e)
	}
	_, err = send(t, c, "ada@ours.example", mail+strings.Repeat("x\r\n", 10_000))
	if e := failure(t, err, smtp.PhaseMail); e.Code != 552 {
		t.Errorf("announced size: %v", e)
	}
	replies := converse(t, in, "EHLO x", "MAIL FROM:<>", "RCPT TO:<a@ours.example>", "RCPT TO:<b@ours.example>", "RCPT TO:<c@ours.example>", "RSET",
		"MAIL FROM:<>", "RCPT TO:<a@ours.example>", "DATA", strings.Repeat("x\r\n", 10_000)+".", "NOOP", "AUTH PLAIN AHUAcA==", "VRFY a")
	if diff := cmp.Diff([]string{"220", "250", "250", "250", "250", "452", "250", "250", "250", "354", "552", "250", "523", "252"}, replies); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(box.mails()) != 0 {
		t.Errorf("%d mails came through", len(box.mails()))
	}
	if _, err := smtp.ListenInbound("127.0.0.1:0", smtp.InboundOptions{}); err == nil {
		t.Error("a server without handler started")
	}
}

// converse sends each line and returns the codes of all replies, the banner's
// first.
func converse(t testing.TB, in *smtp.Inbound, lines ...string) []string {
	t.Helper()
	c, err := net.Dial("tcp", in.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	r := bufio.NewReader(c)
	var codes []string
	read := func() bool {
		for {
			s, err := r.ReadString('\n')
			if err != nil {
				codes = append(codes, "end")
				return false
			}
			if len(s) > 3 && s[3] != '-' {
				codes = append(codes, s[:3])
				return true
			}
		}
	}
	if !read() {
		return codes
	}
	for _, line := range lines {
		if _, err := c.Write([]byte(line + "\r\n")); err != nil || !read() {
			break
		}
	}
	return codes
}

func TestInboundIsNotSmuggledInto(t *testing.T) {
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r"} {
		box := &inbox{}
		in := listen(t, smtp.InboundOptions{Handler: box.handle})
		smuggled := "S: x\r\n\r\nhello" + end + "MAIL FROM:<evil@e.example>\r\nRCPT TO:<a@ours.example>\r\nDATA\r\nS: y\r\n\r\nevil\r\n."
		converse(t, in, "EHLO x", "MAIL FROM:<x@b.example>", "RCPT TO:<a@ours.example>", "DATA", smuggled, "QUIT")
		if got := box.mails(); len(got) != 1 || got[0].From != "x@b.example" || !strings.Contains(string(got[0].Raw), "evil") {
			t.Errorf("%q: %d mails", end, len(got))
		}
	}
}

func TestInboundAcknowledgesAfterTheHandler(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	in := listen(t, smtp.InboundOptions{Handler: func(context.Context, smtp.Envelope) error {
		close(entered)
		<-release
		return nil
	}})
	c := dial(t, reach(t, in))
	answered := make(chan error, 1)
	go func() {
		_, err := c.Send(context.Background(), &smtp.Mail{From: "", To: "ada@ours.example", Body: []byte(mail)}, nil, ready)
		answered <- err
	}()
	<-entered
	shut := make(chan error, 1)
	go func() { shut <- in.Shutdown(t.Context()) }()
	select {
	case err := <-answered:
		t.Fatalf("answered before the handler was done: %v", err)
	case err := <-shut:
		t.Fatalf("shut down while a mail was being stored: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("the mail in hand at shutdown: %v", err)
	}
	_ = c.Close()
	if err := <-shut; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if _, err := net.Dial("tcp", in.Addr()); err == nil {
		t.Error("still listening")
	}
}

func TestInboundLimitsConnections(t *testing.T) {
	in := listen(t, smtp.InboundOptions{Handler: (&inbox{}).handle, MaxPerClient: 2})
	first, second := dial(t, reach(t, in)), dial(t, reach(t, in))
	_, err := smtp.Dial(t.Context(), reach(t, in))
	if e := failure(t, err, smtp.PhaseGreeting); e.Code != 421 || !e.Temporary {
		t.Errorf("%+v", e)
	}
	_, _ = first.Close(), second.Close()
	waitFor(t, func() bool {
		c, err := smtp.Dial(t.Context(), reach(t, in))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func TestInboundCutsSlowSenders(t *testing.T) {
	in := listen(t, smtp.InboundOptions{Handler: (&inbox{}).handle, ReadTimeout: 100 * time.Millisecond})
	c, err := net.Dial("tcp", in.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	var text []byte
	buf := make([]byte, 512)
	for {
		n, err := c.Read(buf)
		text = append(text, buf[:n]...)
		if err != nil {
			break
		}
	}
	if !strings.Contains(string(text), "421") {
		t.Errorf("a silent client heard %q", text)
	}
}

func TestInboundOffersTLS(t *testing.T) {
	// smtptest makes the certificate.
	s := smtptest.New(t, smtptest.Options{StartTLS: true})
	box := &inbox{}
	in := listen(t, smtp.InboundOptions{Handler: box.handle, TLSConfig: s.TLSConfig()})
	o := reach(t, in)
	o.TLS, o.TLSConfig = smtp.TLSStart, &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12}
	if _, err := send(t, dial(t, o), "ada@ours.example", mail); err != nil {
		t.Fatal(err)
	}
	if len(box.mails()) != 1 {
		t.Errorf("%d mails", len(box.mails()))
	}
}
