package smtp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/provider/smtp"
	"rainmaker/internal/provider/smtp/smtptest"
)

const mail = "From: a@a.example\r\nTo: b@b.example\r\nSubject: s\r\nMessage-ID: <1@a.example>\r\n\r\nHello\r\n"

func options(s *smtptest.Server) smtp.Options {
	return smtp.Options{
		Host: s.Host(), Port: s.Port(), TLS: smtp.TLSNone, LocalName: "client.test", Reach: egress.Reach{Loopback: true},
		Timeouts: smtp.Timeouts{Dial: 2 * time.Second, Command: 2 * time.Second, Body: 2 * time.Second, Final: 2 * time.Second},
	}
}

func dial(t testing.TB, o smtp.Options) *smtp.Conn {
	t.Helper()
	c, err := smtp.Dial(t.Context(), o)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ready(context.Context) error { return nil }

func send(t testing.TB, c *smtp.Conn, to, body string) (smtp.Reply, error) {
	t.Helper()
	return c.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: to, Body: []byte(body)}, nil, ready)
}

// failure returns err as an *smtp.Error and checks its phase.
func failure(t testing.TB, err error, phase smtp.Phase) *smtp.Error {
	t.Helper()
	var e *smtp.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want an *smtp.Error", err, err)
	}
	if e.Phase != phase {
		t.Errorf("%v: phase %s, want %s", e, e.Phase, phase)
	}
	return e
}

// scripted is a server that plays lines: "> x" is sent, "< x" is expected as
// the beginning of what is read, "body" reads a mail up to its dot, "body-part"
// up to its first empty line, "nothing" checks that no more has come, "close"
// hangs up, "silence" waits for the client to go. It reports what it read.
func scripted(t testing.TB, lines ...string) (smtp.Options, func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		read := func() string {
			s, _ := r.ReadString('\n')
			mu.Lock()
			got = append(got, strings.TrimRight(s, "\r\n"))
			mu.Unlock()
			return s
		}
		for _, line := range lines {
			verb, rest, _ := strings.Cut(line, " ")
			switch verb {
			case ">":
				fmt.Fprint(c, rest+"\r\n")
			case "raw":
				fmt.Fprint(c, rest)
			case "<":
				if s := read(); !strings.HasPrefix(s, rest) {
					t.Errorf("server read %q, want %q", s, rest)
					return
				}
			case "body", "body-part":
				for s := read(); s != "" && s != map[string]string{"body": ".\r\n", "body-part": "\r\n"}[verb]; {
					s = read()
				}
			case "nothing":
				if n := r.Buffered(); n > 0 {
					t.Errorf("%d bytes came with the dot", n)
				}
			case "silence":
				_, _ = r.ReadByte()
			case "close":
				return
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	addr := l.Addr().(*net.TCPAddr)
	return smtp.Options{
		Host: "127.0.0.1", Port: addr.Port, TLS: smtp.TLSNone, LocalName: "client.test", Reach: egress.Reach{Loopback: true},
		Timeouts: smtp.Timeouts{Dial: time.Second, Command: time.Second, Body: time.Second, Final: 300 * time.Millisecond},
	}, func() []string {
		<-done
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

// hello is the opening of a scripted server.
func hello(capabilities ...string) []string {
	lines := []string{"> 220 hi", "< EHLO client.test", "> 250-sink"}
	for _, c := range capabilities {
		lines = append(lines, "> 250-"+c)
	}
	return append(lines, "> 250 SIZE 1000000")
}

func TestSendPipelinedOrNot(t *testing.T) {
	for _, noPipelining := range []bool{false, true} {
		s := smtptest.New(t, smtptest.Options{NoPipelining: noPipelining, KeepRaw: true})
		c := dial(t, options(s))
		for i := range 5 {
			r, err := send(t, c, fmt.Sprintf("b%d@b.example", i), mail)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(smtp.Reply{Code: 250, Enhanced: "2.0.0", Text: "queued"}, r); diff != "" {
				t.Errorf("reply: %s", diff)
			}
		}
		if s.Connections() != 1 || c.Sent() != 5 {
			t.Errorf("%d connections, %d sent", s.Connections(), c.Sent())
		}
		for i, m := range s.Mails() {
			if m.From != "a@a.example" || m.To[0] != fmt.Sprintf("b%d@b.example", i) || string(m.Raw) != mail || m.MessageID != "1@a.example" {
				t.Errorf("mail %d: %+v", i, m)
			}
		}
	}
}

func TestPipeliningSavesRoundTrips(t *testing.T) {
	const mails = 5
	turns := func(noPipelining, announced bool) int {
		s := smtptest.New(t, smtptest.Options{NoPipelining: noPipelining})
		c := dial(t, options(s))
		before := s.Turns()
		m := mailTo("b@b.example")
		for i := range mails {
			var next *smtp.Mail
			if announced && i < mails-1 {
				next = mailTo("b@b.example")
			}
			if _, err := c.Send(t.Context(), m, next, ready); err != nil {
				t.Fatal(err)
			}
			if m = next; m == nil {
				m = mailTo("b@b.example")
			}
		}
		return s.Turns() - before
	}
	got := []int{turns(false, true), turns(false, false), turns(true, true)}
	if diff := cmp.Diff([]int{mails + 1, 2 * mails, 4 * mails}, got); diff != "" {
		t.Errorf("round trips of %d mails announced, pipelined, and neither:\n%s", mails, diff)
	}
}

func TestIntentHoldsTheDot(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	c := dial(t, options(s))
	var at int
	_, err := c.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, nil, func(context.Context) error {
		at = s.Count()
		return nil
	})
	if err != nil || at != 0 || s.Count() != 1 {
		t.Errorf("%v: %d mails at the intent, %d after", err, at, s.Count())
	}
	want := errors.New("not allowed")
	_, err = c.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, nil, func(context.Context) error { return want })
	if err != want {
		t.Errorf("error %v, want the intent's own", err)
	}
	if c.Usable() {
		t.Error("a connection in the middle of a mail is not usable")
	}
	waitFor(t, func() bool { return s.Open() == 0 })
	if s.Count() != 1 {
		t.Errorf("the mail without intent arrived: %d", s.Count())
	}
	_, err = send(t, c, "b@b.example", mail)
	if e := failure(t, err, smtp.PhaseMail); !e.Temporary || e.Doubtful {
		t.Errorf("%+v", e)
	}
}

func waitFor(t testing.TB, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !what(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		<-time.After(time.Millisecond)
	}
}

func TestContextEndsBeforeTheDotButNotAfter(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	c := dial(t, options(s))
	_, err := c.Send(ctx, &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, nil, func(context.Context) error { cancel(); return nil })
	if e := failure(t, err, smtp.PhaseDot); e.Doubtful || !e.Temporary || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v", e)
	}
	waitFor(t, func() bool { return s.Open() == 0 })
	if s.Count() != 0 {
		t.Error("the mail arrived although its time was over")
	}
	_, err = dial(t, options(s)).Send(ctx, &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, nil, ready)
	if e := failure(t, err, smtp.PhaseMail); e.Doubtful {
		t.Errorf("%+v", e)
	}

	// After the dot the end of ctx must not turn an answered mail into a doubt.
	ctx, cancel = context.WithCancel(t.Context())
	slow := smtptest.New(t, smtptest.Options{Final: func(smtptest.Mail) string { cancel(); return "" }, Delay: 10 * time.Millisecond})
	if _, err := dial(t, options(slow)).Send(ctx, &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, nil, ready); err != nil {
		t.Errorf("%v", err)
	}
}

func TestContextInterruptsASilentServer(t *testing.T) {
	o, _ := scripted(t, append(hello("PIPELINING"), "silence")...)
	o.Timeouts = smtp.Timeouts{}
	c := dial(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := c.Send(ctx, &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(mail)}, nil, ready)
	if e := failure(t, err, smtp.PhaseMail); e.Doubtful || time.Since(begin) > 5*time.Second {
		t.Errorf("%+v after %v", e, time.Since(begin))
	}
	o, _ = scripted(t, "silence")
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = smtp.Dial(ctx, o)
	failure(t, err, smtp.PhaseGreeting)
}

func TestWithheldAnswerIsDoubtful(t *testing.T) {
	for _, closes := range []bool{false, true} {
		s := smtptest.New(t, smtptest.Options{Withhold: 1, WithholdClose: closes})
		_, err := send(t, dial(t, options(s)), "b@b.example", mail)
		if e := failure(t, err, smtp.PhaseDot); !e.Doubtful || e.Temporary || e.Code != 0 {
			t.Errorf("%+v", e)
		}
		if s.Count() != 1 || s.Withheld() != 1 {
			t.Errorf("%d accepted, %d withheld", s.Count(), s.Withheld())
		}
	}
}

func TestEveryPhaseFailsAsItself(t *testing.T) {
	transaction := []string{"< MAIL", "< RCPT", "< DATA"}
	pipelined := append(hello("PIPELINING"), transaction...)
	type want struct {
		Phase               smtp.Phase
		Code                int
		Enhanced            string
		Temporary, Doubtful bool
		Usable              bool
	}
	for name, tc := range map[string]struct {
		lines []string
		want  want
	}{
		"mail 4xx":           {append(pipelined[:len(pipelined):len(pipelined)], "> 451 4.7.1 slow down", "> 503 no", "> 503 no", "silence"), want{smtp.PhaseMail, 451, "4.7.1", true, false, true}},
		"rcpt 5xx":           {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 550-5.1.1 nobody", "> 550 5.1.1 here", "> 554 no", "silence"), want{smtp.PhaseRcpt, 550, "5.1.1", false, false, true}},
		"rcpt 4xx data 354":  {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 450 4.2.1 grey", "> 354 go", "silence"), want{smtp.PhaseRcpt, 450, "4.2.1", true, false, false}},
		"data 5xx":           {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 554 5.7.1 spam", "silence"), want{smtp.PhaseData, 554, "5.7.1", false, false, true}},
		"data 250":           {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 250 what", "silence"), want{smtp.PhaseData, 250, "", true, false, true}},
		"421 at mail":        {append(pipelined[:len(pipelined):len(pipelined)], "> 421 4.3.2 closing", "close"), want{smtp.PhaseMail, 421, "4.3.2", true, false, false}},
		"421 at rcpt":        {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 421 closing", "close"), want{smtp.PhaseRcpt, 421, "", true, false, false}},
		"eof at data":        {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "close"), want{smtp.PhaseData, 0, "", true, false, false}},
		"silence at rcpt":    {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "silence"), want{smtp.PhaseRcpt, 0, "", true, false, false}},
		"garbage at mail":    {append(pipelined[:len(pipelined):len(pipelined)], "> hello there", "silence"), want{smtp.PhaseMail, 0, "", true, false, false}},
		"dot 4xx":            {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "> 452 4.3.1 full", "silence"), want{smtp.PhaseDot, 452, "4.3.1", true, false, true}},
		"dot 5xx":            {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "> 550 5.7.26 unauthenticated", "silence"), want{smtp.PhaseDot, 550, "5.7.26", false, false, true}},
		"dot 421":            {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "> 421 4.3.2 closing", "silence"), want{smtp.PhaseDot, 421, "4.3.2", true, false, false}},
		"dot eof":            {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "close"), want{smtp.PhaseDot, 0, "", false, true, false}},
		"dot half an answer": {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "raw 250 o", "close"), want{smtp.PhaseDot, 0, "", false, true, false}},
		"dot garbage":        {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "> 999 ?", "silence"), want{smtp.PhaseDot, 0, "", false, true, false}},
		"dot 354":            {append(pipelined[:len(pipelined):len(pipelined)], "> 250 ok", "> 250 ok", "> 354 go", "body", "> 354 again?", "silence"), want{smtp.PhaseDot, 354, "", false, true, false}},
		"mail, one by one":   {append(hello(), "< MAIL", "> 550 5.7.1 no", "silence"), want{smtp.PhaseMail, 550, "5.7.1", false, false, true}},
		"rcpt, one by one":   {append(hello(), "< MAIL", "> 250 ok", "< RCPT", "> 450 later", "silence"), want{smtp.PhaseRcpt, 450, "", true, false, true}},
		"data, one by one":   {append(hello(), "< MAIL", "> 250 ok", "< RCPT", "> 250 ok", "< DATA", "> 451 later", "silence"), want{smtp.PhaseData, 451, "", true, false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := scripted(t, tc.lines...)
			if strings.Contains(name, "silence") {
				o.Timeouts.Command = 100 * time.Millisecond
			}
			c := dial(t, o)
			_, err := send(t, c, "b@b.example", mail)
			e := failure(t, err, tc.want.Phase)
			got := want{e.Phase, e.Code, e.Enhanced, e.Temporary, e.Doubtful, c.Usable()}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestServerThatHangsUpDuringIntentLeavesNoDoubt(t *testing.T) {
	long := mail + strings.Repeat("A line of a mail that is too long to be written with its dot.\r\n", 200)
	// A short mail waits for the intent; of a long one the server has the body.
	for _, tc := range []struct {
		mail  string
		lines []string
	}{
		{mail, []string{"> 421 4.4.2 too slow", "close"}},
		{mail, []string{"close"}},
		{long, []string{"body-part", "> 421 4.4.2 too slow", "close"}},
		{long, []string{"body-part", "close"}},
	} {
		o, _ := scripted(t, append(append(hello("PIPELINING"), "< MAIL", "< RCPT", "< DATA", "> 250 ok", "> 250 ok", "> 354 go"), tc.lines...)...)
		c := dial(t, o)
		_, err := c.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte(tc.mail)}, nil, func(context.Context) error {
			<-time.After(100 * time.Millisecond)
			return nil
		})
		if e := failure(t, err, smtp.PhaseBody); e.Doubtful || !e.Temporary || c.Usable() {
			t.Errorf("%d bytes: %+v", len(tc.mail), e)
		}
	}
}

type writeCounter struct {
	net.Conn
	writes int
}

func (w *writeCounter) Write(b []byte) (int, error) {
	w.writes++
	return w.Conn.Write(b)
}

// TestShortMailLeavesWithItsDot: nothing of a short mail is written before its
// intent, and all of it at once after.
func TestShortMailLeavesWithItsDot(t *testing.T) {
	o, got := scripted(t, append(hello("PIPELINING"), "< MAIL", "< RCPT", "< DATA", "> 250 ok", "> 250 ok", "> 354 go", "body", "> 250 taken", "silence")...)
	counter := &writeCounter{}
	o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := (&net.Dialer{}).DialContext(ctx, network, address)
		counter.Conn = nc
		return counter, err
	}
	c := dial(t, o)
	counter.writes = 0
	_, err := c.Send(t.Context(), &smtp.Mail{From: "a@a.example", To: "b@b.example", Body: []byte("Subject: s\r\n\r\n.dotted\r\n")}, nil, func(context.Context) error {
		if counter.writes != 1 {
			t.Errorf("%d writes before the intent, want the envelope alone", counter.writes)
		}
		return nil
	})
	if err != nil || counter.writes != 2 {
		t.Errorf("%d writes, %v", counter.writes, err)
	}
	_ = c.Close()
	if lines := strings.Join(got(), "|"); !strings.Contains(lines, "|..dotted|.") {
		t.Errorf("the server read %q", lines)
	}
}

func TestReuseAfterFailureResets(t *testing.T) {
	for _, noPipelining := range []bool{false, true} {
		s := smtptest.New(t, smtptest.Options{
			NoPipelining: noPipelining, KeepMails: true,
			Reject: func(to string) string {
				if strings.HasPrefix(to, "bad") {
					return "550 5.1.1 nobody"
				}
				return ""
			},
			Final: func(m smtptest.Mail) string {
				if strings.HasPrefix(m.To[0], "spam") {
					return "554 5.7.1 spam"
				}
				return ""
			},
		})
		c := dial(t, options(s))
		for i, to := range []string{"bad1@b.example", "good1@b.example", "spam@b.example", "good2@b.example", "bad2@b.example", "bad3@b.example", "good3@b.example"} {
			_, err := send(t, c, to, mail)
			if good := strings.HasPrefix(to, "good"); (err == nil) != good {
				t.Errorf("mail %d to %s: %v", i, to, err)
			}
		}
		var to []string
		for _, m := range s.Mails() {
			to = append(to, m.To...)
		}
		if diff := cmp.Diff([]string{"good1@b.example", "good2@b.example", "good3@b.example"}, to); diff != "" || s.Connections() != 1 {
			t.Errorf("%d connections, recipients: %s", s.Connections(), diff)
		}
		if err := c.Noop(t.Context()); err != nil {
			t.Errorf("noop: %v", err)
		}
		s.Drop()
		if err := c.Noop(t.Context()); err == nil || c.Usable() {
			t.Errorf("noop on a dropped connection: %v", err)
		}
	}
}

func TestBodiesArriveAsTheyAre(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{KeepRaw: true})
	c := dial(t, options(s))
	bodies := []string{
		"S: x\r\n\r\n.\r\n", "S: x\r\n\r\n.dot\r\n..two\r\na.\r\n.\r\n.\r\nMAIL FROM:<e@e.example>\r\n", ".\r\n", "\r\n.\r\n",
		"S: x\r\n\r\n" + strings.Repeat("y", 998) + "\r\n", "S: x\r\n\r\nGrüße\r\n", "S: x\r\n\r\n" + strings.Repeat(".line\r\n", 5000),
		"S: x\r\n\r\nlong" + strings.Repeat("\r\nabc", 200_000) + "\r\n",
	}
	for _, body := range bodies {
		if _, err := send(t, c, "b@b.example", body); err != nil {
			t.Fatalf("%.40q: %v", body, err)
		}
	}
	got := s.Mails()
	for i, body := range bodies {
		if string(got[i].Raw) != body {
			t.Errorf("mail %d arrived as %.60q, want %.60q", i, got[i].Raw, body)
		}
	}
	if !strings.Contains(got[5].Parameters, "BODY=8BITMIME") || strings.Contains(got[0].Parameters, "8BITMIME") {
		t.Errorf("parameters %q and %q", got[5].Parameters, got[0].Parameters)
	}
}

func TestMalformedMailIsRefusedUnsent(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{Size: 5000})
	c := dial(t, options(s))
	intent := func(context.Context) error { t.Error("intent called"); return nil }
	for name, tc := range map[string]struct {
		from, to, body string
		code           int
	}{
		"lf dot lf":      {"", "b@b.example", "S: x\r\n\r\na\n.\nMAIL FROM:<e@e.example>\r\n", 554},
		"lf dot crlf":    {"", "b@b.example", "S: x\r\n\r\na\n.\r\nMAIL FROM:<e@e.example>\r\n", 554},
		"cr dot cr":      {"", "b@b.example", "S: x\r\n\r\na\r.\rMAIL FROM:<e@e.example>\r\n", 554},
		"crlf dot lf":    {"", "b@b.example", "S: x\r\n\r\na\r\n.\nx\r\n", 554},
		"leading lf":     {"", "b@b.example", "\nx\r\n", 554},
		"cr cr lf":       {"", "b@b.example", "x\r\r\n", 554},
		"nul":            {"", "b@b.example", "S: x\r\n\r\na\x00b\r\n", 554},
		"no end":         {"", "b@b.example", "S: x\r\n\r\nabc", 554},
		"empty":          {"", "b@b.example", "", 554},
		"long line":      {"", "b@b.example", "S: x\r\n\r\n" + strings.Repeat("y", 999) + "\r\n", 554},
		"too big":        {"", "b@b.example", "S: x\r\n\r\n" + strings.Repeat("yyyyyyyy\r\n", 500), 552},
		"crlf in to":     {"", "b@b.example>\r\nRCPT TO:<c@c.example", mail, 553},
		"bracket in to":  {"", "b@b.example>", mail, 553},
		"space in to":    {"", "b@b.example SIZE=1", mail, 553},
		"nul in to":      {"", "b\x00@b.example", mail, 553},
		"no to":          {"", "", mail, 553},
		"crlf in from":   {"a@a.example>\r\nRSET", "b@b.example", mail, 553},
		"u+2028 in from": {"a\u2028@a.example", "b@b.example", mail, 553},
	} {
		_, err := c.Send(t.Context(), &smtp.Mail{From: tc.from, To: tc.to, Body: []byte(tc.body)}, nil, intent)
		var e *smtp.Error
		if !errors.As(err, &e) || e.Code != tc.code || e.Temporary || e.Doubtful {
			t.Errorf("%s: %v, want %d", name, err, tc.code)
		}
	}
	if s.Count() != 0 || !c.Usable() {
		t.Errorf("%d mails arrived, usable %v", s.Count(), c.Usable())
	}
	if _, err := c.Send(t.Context(), &smtp.Mail{From: "", To: "b@b.example", Body: []byte(mail)}, nil, ready); err != nil {
		t.Errorf("the null sender: %v", err)
	}
}

func TestInternationalAddressesNeedSMTPUTF8(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{KeepMails: true})
	c := dial(t, options(s))
	for _, to := range []string{"ünï@b.example", "b@b.example"} {
		if _, err := send(t, c, to, mail); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := send(t, c, "b@b.example", strings.Replace(mail, "b@b", "ü@b", 1)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true} {
		if got := strings.Contains(s.Mails()[i].Parameters, "SMTPUTF8"); got != want {
			t.Errorf("mail %d: %q", i, s.Mails()[i].Parameters)
		}
	}
	old := smtptest.New(t, smtptest.Options{NoSMTPUTF8: true, NoEightBit: true})
	c = dial(t, options(old))
	_, err := send(t, c, "ünï@b.example", mail)
	if e := failure(t, err, smtp.PhaseMail); e.Code != 553 || e.Enhanced != "5.6.7" {
		t.Errorf("%+v", e)
	}
	_, err = send(t, c, "b@b.example", mail+"ü\r\n")
	if e := failure(t, err, smtp.PhaseMail); e.Code != 554 || e.Enhanced != "5.6.3" {
		t.Errorf("%+v", e)
	}
}

func TestEncryption(t *testing.T) {
	for _, mode := range []smtp.TLSMode{smtp.TLSStart, smtp.TLSImplicit} {
		s := smtptest.New(t, smtptest.Options{StartTLS: mode == smtp.TLSStart, TLS: mode == smtp.TLSImplicit, Username: "u", Password: "p w"})
		o := options(s)
		o.TLS, o.Username, o.Password = mode, "u", "p w"
		_, err := smtp.Dial(t.Context(), o)
		failure(t, err, smtp.PhaseStartTLS) // not trusted
		o.TLSConfig = &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12}
		c := dial(t, o)
		for range 3 {
			if _, err := send(t, c, "b@b.example", mail); err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
		}
		if _, err := c.Send(t.Context(), &smtp.Mail{From: "", To: "b@b.example", Body: []byte(mail)}, nil, func(context.Context) error { <-time.After(50 * time.Millisecond); return nil }); err != nil {
			t.Errorf("%s with a slow intent: %v", mode, err)
		}
		if s.Count() != 4 {
			t.Errorf("%d mails", s.Count())
		}
	}
	plain := options(smtptest.New(t, smtptest.Options{}))
	plain.TLS = smtp.TLSStart
	_, err := smtp.Dial(t.Context(), plain)
	if e := failure(t, err, smtp.PhaseStartTLS); e.Code != 530 {
		t.Errorf("a server without STARTTLS: %v", e)
	}
}

func TestInjectionBehindSTARTTLSIsNoticed(t *testing.T) {
	o, got := scripted(t, append(hello("STARTTLS"), "< STARTTLS", "raw 220 go\r\n250-AUTH PLAIN\r\n250 injected\r\n", "silence")...)
	o.TLS, o.Username, o.Password = smtp.TLSStart, "u", "secret"
	_, err := smtp.Dial(t.Context(), o)
	if e := failure(t, err, smtp.PhaseStartTLS); e.Temporary {
		t.Errorf("%+v", e)
	}
	for _, line := range got() {
		if strings.HasPrefix(line, "AUTH") {
			t.Errorf("the client went on: %q", line)
		}
	}
}

func TestAuthentication(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{Username: "user@a.example", Password: "pä ss"})
	o := options(s)
	o.Username, o.Password = "user@a.example", "pä ss"
	if _, err := send(t, dial(t, o), "b@b.example", mail); err != nil {
		t.Errorf("over loopback: %v", err)
	}
	o.Password = "wrong-secret"
	_, err := smtp.Dial(t.Context(), o)
	if e := failure(t, err, smtp.PhaseAuth); e.Code != 535 || e.Temporary || strings.Contains(fmt.Sprintf("%v %+v", e, o), "wrong-secret") {
		t.Errorf("%+v", e)
	}
	o, got := scripted(t, append(hello("AUTH LOGIN XOAUTH2"), "< AUTH LOGIN", "> 334 VXNlcm5hbWU6", "< dQ==", "> 334 UGFzc3dvcmQ6", "< cA==", "> 235 ok", "silence")...)
	o.Username, o.Password = "u", "p"
	if err := dial(t, o).Close(); err != nil {
		t.Error(err)
	}
	got()
	for name, lines := range map[string][]string{
		"none offered": hello(),
		"no known":     hello("AUTH GSSAPI"),
	} {
		o, _ := scripted(t, append(lines, "silence")...)
		o.Username, o.Password = "u", "p"
		_, err := smtp.Dial(t.Context(), o)
		if e := failure(t, err, smtp.PhaseAuth); e.Code != 504 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// elsewhere is a connection whose other end claims to be on another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

func TestPasswordStaysOffClearText(t *testing.T) {
	o, got := scripted(t, append(hello("AUTH PLAIN"), "silence")...)
	o.Username, o.Password = "u", "p"
	o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return elsewhere{c}, err
	}
	_, err := smtp.Dial(t.Context(), o)
	if e := failure(t, err, smtp.PhaseAuth); e.Code != 538 {
		t.Errorf("%+v", e)
	}
	if lines := strings.Join(got(), "\n"); strings.Contains(lines, "AUTH") {
		t.Errorf("the client said %q", lines)
	}
}

func TestGreetings(t *testing.T) {
	for name, tc := range map[string]struct {
		lines []string
		phase smtp.Phase
		code  int
	}{
		"554 banner":      {[]string{"> 554 go away", "silence"}, smtp.PhaseGreeting, 554},
		"421 banner":      {[]string{"> 421 busy", "close"}, smtp.PhaseGreeting, 421},
		"no banner":       {[]string{"close"}, smtp.PhaseGreeting, 0},
		"http":            {[]string{"> HTTP/1.1 400 Bad Request", "close"}, smtp.PhaseGreeting, 0},
		"endless line":    {[]string{"raw 220 " + strings.Repeat("x", 10000), "silence"}, smtp.PhaseGreeting, 0},
		"endless lines":   {[]string{"raw " + strings.Repeat("220-x\r\n", 1000), "silence"}, smtp.PhaseGreeting, 0},
		"codes change":    {[]string{"raw 220-x\r\n250 y\r\n", "silence"}, smtp.PhaseGreeting, 0},
		"EHLO refused":    {[]string{"> 220 hi", "< EHLO", "> 550 who are you", "< HELO", "> 550 no", "silence"}, smtp.PhaseGreeting, 550},
		"EHLO 4xx":        {[]string{"> 220 hi", "< EHLO", "> 450 later", "silence"}, smtp.PhaseGreeting, 450},
		"old HELO server": {[]string{"> 220 hi", "< EHLO", "> 500 what", "< HELO client.test", "> 250 ok", "< MAIL FROM:<a@a.example>\r\n", "> 250 ok", "< RCPT", "> 250 ok", "< DATA", "> 354 go", "body", "> 250 ok", "silence"}, "", 0},
	} {
		o, _ := scripted(t, tc.lines...)
		c, err := smtp.Dial(t.Context(), o)
		if tc.phase == "" {
			if err == nil {
				_, err = send(t, c, "b@b.example", mail)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			_ = c.Close()
			continue
		}
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if e := failure(t, err, tc.phase); e.Code != tc.code || e.Doubtful {
			t.Errorf("%s: %+v", name, e)
		}
	}
	o, _ := scripted(t, "silence")
	o.LocalName = "evil\r\nMAIL FROM:<>"
	if _, err := smtp.Dial(t.Context(), o); err == nil {
		t.Error("a local name with a line break passed")
	}
	o.LocalName, o.TLS = "client.test", ""
	if _, err := smtp.Dial(t.Context(), o); err == nil {
		t.Error("an encryption that was never chosen passed as none")
	}
}

func TestReach(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{})
	inner := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for host, reach := range map[string]egress.Reach{
		"127.0.0.1": {Networks: inner}, "localhost": {}, "169.254.169.254": {Loopback: true, Networks: inner}, "10.0.0.1": {Loopback: true}, "0.0.0.0": {Networks: inner}, "::ffff:127.0.0.1": {},
	} {
		o := options(s)
		o.Host, o.Reach = host, reach
		o.Timeouts.Dial = 200 * time.Millisecond
		_, err := smtp.Dial(t.Context(), o)
		if e := failure(t, err, smtp.PhaseDial); !strings.Contains(e.Error(), "permitted") && !strings.Contains(e.Error(), "denied") && !strings.Contains(e.Error(), "prohibited") {
			t.Errorf("%s: %v", host, e)
		}
	}
	if s.Connections() != 0 {
		t.Errorf("%d connections", s.Connections())
	}
	o := options(s)
	o.Host = "localhost"
	if _, err := send(t, dial(t, o), "b@b.example", mail); err != nil {
		t.Error(err)
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("reset")
	for want, e := range map[string]*smtp.Error{
		"smtp rcpt: 550 5.1.1 nobody": {Phase: smtp.PhaseRcpt, Code: 550, Enhanced: "5.1.1", Text: "nobody"},
		"smtp mail: 421 bye":          {Phase: smtp.PhaseMail, Code: 421, Text: "bye"},
		"smtp dial: no: reset":        {Phase: smtp.PhaseDial, Text: "no", Cause: cause},
		"smtp dial: no":               {Phase: smtp.PhaseDial, Text: "no"},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
	if !errors.Is(&smtp.Error{Cause: cause}, cause) {
		t.Error("the cause is lost")
	}
}
