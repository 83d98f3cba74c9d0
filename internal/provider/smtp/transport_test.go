package smtp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/email"
	"rainmaker/internal/email/emailtest"
	"rainmaker/internal/platform/egress"
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
	transport := &smtp.Transport{Reach: egress.Reach{Loopback: true}, Timeouts: smtp.Timeouts{Final: time.Second}}
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

func TestTransportConforms(t *testing.T) {
	t.Parallel()
	emailtest.Conform(t, func(t *testing.T, b emailtest.Behaviour) emailtest.Rig {
		o := smtptest.Options{
			KeepRaw: true, Password: b.Password,
			Reject: func(to string) string { return b.Reject[to] },
			Final:  func(smtptest.Mail) string { return b.Final },
		}
		if b.Password != "" {
			o.Username = "u"
		}
		if b.Silent {
			o.Withhold, o.WithholdClose = 1, true
		}
		s := smtptest.New(t, o)
		if b.Unreachable {
			s.Close()
		}
		return emailtest.Rig{
			Transport: &smtp.Transport{Reach: egress.Reach{Loopback: true}, Timeouts: smtp.Timeouts{Final: 2 * time.Second}},
			Account:   email.Account{Host: s.Host(), Port: s.Port(), Username: o.Username, TLS: "none", LocalName: "sender.test", Connections: 3},
			Delivered: func() (envelopes []email.Envelope) {
				for _, m := range s.Mails() {
					envelopes = append(envelopes, email.Envelope{From: m.From, To: strings.Join(m.To, " "), Body: m.Raw})
				}
				return envelopes
			},
		}
	})
}
