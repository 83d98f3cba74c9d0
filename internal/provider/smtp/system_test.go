package smtp_test

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/provider/smtp"
	"rainmaker/internal/provider/smtp/smtptest"
)

func TestSystemMail(t *testing.T) {
	server := smtptest.New(t, smtptest.Options{KeepRaw: true, Username: "mailer", Password: "p@ss word"})
	s, err := smtp.NewSystem("smtp://mailer:p%40ss%20word@"+server.Addr(), "Rainmaker <noreply@example.com>", clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	text := "Grüße\n\n.\nhttps://example.com/reset-password#token=abc_-1"
	if err := s.SendSystem(t.Context(), "ann@example.com", "Choose a new password: Grüße", text); err != nil {
		t.Fatal(err)
	}
	mails := server.Mails()
	if len(mails) != 1 || mails[0].From != "noreply@example.com" || mails[0].To[0] != "ann@example.com" {
		t.Fatalf("%+v", mails)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(mails[0].Raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Choose a new password: Grüße" || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Date") == "" || m.Header.Get("Message-Id") == "" {
		t.Errorf("header %v", m.Header)
	}
	var reader io.Reader = m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		reader = quotedprintable.NewReader(m.Body)
	}
	body, err := io.ReadAll(reader)
	if got := strings.ReplaceAll(strings.TrimSpace(string(body)), "\r\n", "\n"); err != nil || got != text {
		t.Errorf("body %q, %v", got, err)
	}
	for _, to := range []string{"ann@example.com\r\nRCPT TO:<eve@example.com>", "", "<>"} {
		if err := s.SendSystem(t.Context(), to, "x", "y"); err == nil {
			t.Errorf("sent to %q", to)
		}
	}
	if err := s.SendSystem(t.Context(), "ann@example.com", "x\r\nBcc: eve@example.com", "y"); err == nil {
		for _, m := range server.Mails()[1:] {
			if strings.Contains(string(m.Raw), "\nBcc:") {
				t.Errorf("a header came in through the subject:\n%s", m.Raw)
			}
		}
	}
}

func TestSystemMailRefused(t *testing.T) {
	for _, address := range []string{"", "smtp://", "http://h:1", "smtp://h/path", "smtp://h?x=1", "smtp://u:p%zz@h", "h:25"} {
		if _, err := smtp.NewSystem(address, "a@example.com", clock.System{}); err == nil || strings.Contains(err.Error(), "p%zz") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := smtp.NewSystem("smtp://h:25", "nobody", clock.System{}); err == nil {
		t.Error("no sender, and no error")
	}
	// Without TLS nothing is said to another machine.
	plain := smtptest.New(t, smtptest.Options{Username: "u", Password: "p"})
	s, err := smtp.NewSystem("smtps://u:p@"+plain.Addr(), "a@example.com", clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SendSystem(t.Context(), "b@example.com", "x", "y"); err == nil || plain.Count() != 0 {
		t.Errorf("sent without TLS: %v", err)
	}
}
