package smtp_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/email"
	"rainmaker/internal/provider/smtp"
	"rainmaker/internal/provider/smtp/smtptest"
)

var _ email.Transport = (*smtp.Transport)(nil)

func TestTransport(t *testing.T) {
	s := smtptest.New(t, smtptest.Options{
		KeepMails: true, Username: "u", Password: "p",
		Reject: func(to string) string {
			return map[string]string{"nobody@b.example": "550 5.1.1 nobody"}[to]
		},
	})
	transport := &smtp.Transport{Reach: smtp.Reach{Loopback: true}, Timeouts: smtp.Timeouts{Final: time.Second}}
	out, err := transport.Outlet(t.Context(), email.Account{Host: s.Host(), Port: s.Port(), Username: "u", Password: "p", TLS: "none", LocalName: "a.example", Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	send := func(to string, intent func(context.Context) error) (email.Receipt, error) {
		return out.Send(t.Context(), email.Envelope{From: "a+b-1@a.example", To: to, Body: []byte(mail)}, intent)
	}
	got, err := send("b@bücher.example", ready)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(email.Receipt{Code: 250, Text: "queued"}, got); diff != "" {
		t.Errorf("receipt: %s", diff)
	}
	if to := s.Mails()[0].To[0]; to != "b@xn--bcher-kva.example" {
		t.Errorf("recipient %q", to)
	}
	_, err = send("nobody@b.example", ready)
	var e *email.SendError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(email.SendError{Phase: "rcpt", Code: 550, Enhanced: "5.1.1", Text: "nobody"}, *e); diff != "" {
		t.Errorf("error: %s", diff)
	}
	if _, err = send("b@b.example>\r\nRSET", ready); !errors.As(err, &e) || e.Code != 553 || e.Temporary {
		t.Errorf("a hostile recipient: %v", err)
	}
	mine := errors.New("mine")
	if _, err = send("b@b.example", func(context.Context) error { return mine }); err != mine {
		t.Errorf("the intent's error: %v", err)
	}
	s.Close()
	if _, err = send("b@b.example", ready); !errors.As(err, &e) || e.Code != 0 || !e.Temporary || e.Doubtful || e.Phase != "dial" {
		t.Errorf("no server: %+v", e)
	}
}
