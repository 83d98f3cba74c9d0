package email_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"rainmaker/internal/email"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// dkimKey is a private key in PEM.
func dkimKey(t *testing.T) secret.String {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return secret.String(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (h *house) create(m email.Mailbox) (created email.Mailbox, err error) {
	err = h.db.InTenant(context.Background(), h.org, func(tx db.Tx) (err error) {
		created, err = h.email.CreateMailbox(context.Background(), tx, h.org, m)
		return err
	})
	return created, err
}

func TestMailboxIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key := dkimKey(t)
	n := 0
	good := func() email.Mailbox {
		n++
		return email.Mailbox{
			FromName: "Bob", FromAddress: fmt.Sprintf("Bob%d@Sender.test", n),
			SMTP: email.SMTP{Host: "smtp.sender.test", Port: 587, Username: "bob", Password: "hunter2-secret", TLS: "starttls"},
		}
	}
	ptr := func(v int) *int { return &v }
	rate := func(v float64) *float64 { return &v }
	for name, tt := range map[string]struct {
		change func(m *email.Mailbox)
		field  string // empty: taken
	}{
		"good":                        {func(*email.Mailbox) {}, ""},
		"no address":                  {func(m *email.Mailbox) { m.FromAddress = "" }, "body.from_address"},
		"no real address":             {func(m *email.Mailbox) { m.FromAddress = "bob" }, "body.from_address"},
		"the same address":            {func(m *email.Mailbox) { m.FromAddress = "ANN@sender.test" }, "body.from_address"},
		"bad reply-to":                {func(m *email.Mailbox) { m.ReplyTo = "x" }, "body.reply_to"},
		"good reply-to":               {func(m *email.Mailbox) { m.ReplyTo = "Help@Sender.test" }, ""},
		"no name":                     {func(m *email.Mailbox) { m.FromName = "  " }, "body.from_name"},
		"a name with a line break":    {func(m *email.Mailbox) { m.FromName = "Bob\r\nBcc: all@x.test" }, "body.from_name"},
		"a name with NUL":             {func(m *email.Mailbox) { m.FromName = "Bob\x00" }, "body.from_name"},
		"no host":                     {func(m *email.Mailbox) { m.SMTP.Host = "" }, "body.smtp.host"},
		"a URL as host":               {func(m *email.Mailbox) { m.SMTP.Host = "https://smtp.sender.test" }, "body.smtp.host"},
		"a host with a break":         {func(m *email.Mailbox) { m.SMTP.Host = "a\nb" }, "body.smtp.host"},
		"no port":                     {func(m *email.Mailbox) { m.SMTP.Port = 0 }, "body.smtp.port"},
		"a large port":                {func(m *email.Mailbox) { m.SMTP.Port = 65536 }, "body.smtp.port"},
		"unknown TLS":                 {func(m *email.Mailbox) { m.SMTP.TLS = "ssl3" }, "body.smtp.tls"},
		"a password in clear":         {func(m *email.Mailbox) { m.SMTP.TLS = "none" }, "body.smtp.tls"},
		"a password in clear at home": {func(m *email.Mailbox) { m.SMTP.TLS, m.SMTP.Host = "none", "127.0.0.1" }, ""},
		"no password in clear":        {func(m *email.Mailbox) { m.SMTP.TLS, m.SMTP.Password = "none", "" }, ""},
		"minus connections":           {func(m *email.Mailbox) { m.Connections = -1 }, "body.connections"},
		"many connections":            {func(m *email.Mailbox) { m.Connections = 101 }, "body.connections"},
		"limit 0":                     {func(m *email.Mailbox) { m.DailyLimit = ptr(0) }, "body.daily_limit"},
		"limit 1":                     {func(m *email.Mailbox) { m.DailyLimit = ptr(1) }, ""},
		"rate 0":                      {func(m *email.Mailbox) { m.RatePerSecond = rate(0) }, "body.rate_per_second"},
		"rate NaN":                    {func(m *email.Mailbox) { m.RatePerSecond = rate(math.NaN()) }, "body.rate_per_second"},
		"rate below one":              {func(m *email.Mailbox) { m.RatePerSecond = rate(0.2) }, ""},
		"a key that is none":          {func(m *email.Mailbox) { m.DKIM = email.DKIM{Selector: "s", PrivateKey: "dkim-secret"} }, "body.dkim.private_key"},
		"a key without selector":      {func(m *email.Mailbox) { m.DKIM = email.DKIM{PrivateKey: key} }, "body.dkim"},
		"a key for a bad domain":      {func(m *email.Mailbox) { m.DKIM = email.DKIM{Domain: "a b", Selector: "s", PrivateKey: key} }, "body.dkim"},
		"a key":                       {func(m *email.Mailbox) { m.DKIM = email.DKIM{Selector: "s1", PrivateKey: key} }, ""},
	} {
		m := good()
		tt.change(&m)
		created, err := h.create(m)
		if tt.field == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var e *errs.Error
		if !errors.As(err, &e) || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != tt.field {
			t.Errorf("%s: %v (%+v)", name, err, created)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, e), "-secret") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

func TestMailboxDefaults(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m, err := h.create(email.Mailbox{FromName: "Bob", FromAddress: "BOB@Sender.test", SMTP: email.SMTP{Host: "smtp.sender.test", Port: 587}, DKIM: email.DKIM{Selector: "s1", PrivateKey: dkimKey(t)}})
	h.must(err)
	if m.FromAddress != "bob@sender.test" || m.SMTP.TLS != "starttls" || m.Connections != 4 || m.State != "active" || m.DKIM.Domain != "sender.test" || m.Version != 1 {
		t.Errorf("created %+v", m)
	}
}

func TestMailboxSecretsStayInside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key := dkimKey(t)
	created, err := h.create(email.Mailbox{
		FromName: "Bob", FromAddress: "bob@sender.test", SMTP: email.SMTP{Host: "smtp.sender.test", Port: 587, Username: "bob", Password: "hunter2-secret"},
		DKIM: email.DKIM{Selector: "s1", PrivateKey: key},
	})
	h.must(err)
	var found email.Mailbox
	var row string
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		if found, err = h.email.Mailbox(ctx, tx, h.org, created.ID); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select m::text || encode(smtp_password_sealed, 'escape') || encode(dkim_key_sealed, 'escape') ||
			(select string_agg(o::text, '') from outbox o where org_id = $1) from mailboxes m where org_id = $1 and id = $2`, h.org, created.ID).Scan(&row)
	})
	if found.SMTP.Password != "" || found.DKIM.PrivateKey != "" {
		t.Error("a mailbox is read with its secrets")
	}
	for name, v := range map[string]any{"created": created, "found": found} {
		raw, err := json.Marshal(v)
		h.must(err)
		if all := fmt.Sprintf("%v %+v %#v %s", v, v, v, raw); strings.Contains(all, "hunter2") || strings.Contains(all, "PRIVATE KEY") {
			t.Errorf("%s shows a secret", name)
		}
	}
	if strings.Contains(row, "hunter2") || strings.Contains(row, "PRIVATE") {
		t.Error("the row or an event shows a secret")
	}
	// The transport gets them.
	var got email.Account
	h.sink.Before = func(a email.Account, _ email.Envelope) error { got = a; return nil }
	_, err = h.email.TestMailbox(t.Context(), h.org, created.ID)
	h.must(err)
	if got.Password.Reveal() != "hunter2-secret" || got.LocalName != "sender.test" || got.Username != "bob" {
		t.Errorf("the transport got %+v", got)
	}
	if mail := string(h.sink.Mails()[0].Body); !strings.Contains(mail, "DKIM-Signature:") || !strings.Contains(mail, "s=s1") {
		t.Errorf("not signed:\n%s", mail)
	}
}

func TestMailboxUpdateKeepsSecrets(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	created, err := h.create(email.Mailbox{
		FromName: "Bob", FromAddress: "bob@sender.test", SMTP: email.SMTP{Host: "smtp.sender.test", Port: 587, Username: "bob", Password: "hunter2-secret"},
	})
	h.must(err)
	update := func(edit func(m *email.Mailbox)) (m email.Mailbox, err error) {
		err = h.db.InTenant(t.Context(), h.org, func(tx db.Tx) (err error) {
			m, err = h.email.UpdateMailbox(t.Context(), tx, h.org, created.ID, func(m *email.Mailbox) error {
				if m.SMTP.Password != "" {
					t.Error("the editor sees the password")
				}
				edit(m)
				return nil
			})
			return err
		})
		return m, err
	}
	var got email.Account
	h.sink.Before = func(a email.Account, _ email.Envelope) error { got = a; return nil }
	for _, tt := range []struct {
		edit func(m *email.Mailbox)
		want string
	}{
		{func(m *email.Mailbox) { m.FromName = "Robert" }, "hunter2-secret"},
		{func(m *email.Mailbox) { m.SMTP.Password = "other-secret" }, "other-secret"},
		{func(m *email.Mailbox) { m.State = "paused" }, "other-secret"},
	} {
		m, err := update(tt.edit)
		h.must(err)
		_, err = h.email.TestMailbox(t.Context(), h.org, created.ID)
		h.must(err)
		if got.Password.Reveal() != tt.want {
			t.Errorf("version %d has another password", m.Version)
		}
	}
	// The password that is kept must not travel in clear either.
	var e *errs.Error
	if _, err := update(func(m *email.Mailbox) { m.SMTP.TLS = "none" }); !errors.As(err, &e) || e.Kind != errs.Invalid {
		t.Errorf("a kept password in clear: %v", err)
	}
	// Nor be sent to a server of whoever may edit.
	for name, edit := range map[string]func(*email.Mailbox){
		"host": func(m *email.Mailbox) { m.SMTP.Host = "smtp.evil.test" }, "port": func(m *email.Mailbox) { m.SMTP.Port = 2587 },
		"user": func(m *email.Mailbox) { m.SMTP.Username = "eve" },
	} {
		if _, err := update(edit); !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Location != "body.smtp.password" {
			t.Errorf("a kept password for another %s: %v", name, err)
		}
	}
	boom := errors.New("boom")
	err = h.db.InTenant(t.Context(), h.org, func(tx db.Tx) error {
		_, err := h.email.UpdateMailbox(t.Context(), tx, h.org, created.ID, func(*email.Mailbox) error { return boom })
		return err
	})
	if !errors.Is(err, boom) {
		t.Errorf("the editor's error: %v", err)
	}
}

func TestMailboxesOfOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := dbtest.Org(t, h.db)
	h.must(h.db.InTenant(t.Context(), stranger, func(tx db.Tx) error {
		if _, err := h.email.Mailbox(t.Context(), tx, stranger, h.mailbox); !isNotFound(err) {
			t.Errorf("found: %v", err)
		}
		list, err := h.email.Mailboxes(t.Context(), tx, stranger)
		if len(list) != 0 {
			t.Errorf("listed %v", list)
		}
		return err
	}))
	if _, err := h.email.TestMailbox(t.Context(), stranger, h.mailbox); !isNotFound(err) {
		t.Errorf("tested: %v", err)
	}
	// The same address may belong to two organisations, and be free again when archived.
	h.must(h.db.InTenant(t.Context(), stranger, func(tx db.Tx) error {
		_, err := h.email.CreateMailbox(t.Context(), tx, stranger, email.Mailbox{FromName: "Ann", FromAddress: "ann@sender.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}})
		return err
	}))
	h.edit(func(m *email.Mailbox) { m.State = "archived" })
	if _, err := h.create(email.Mailbox{FromName: "Ann", FromAddress: "ann@sender.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}}); err != nil {
		t.Errorf("after archiving: %v", err)
	}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		list, err := h.email.Mailboxes(ctx, tx, h.org)
		if len(list) != 1 || list[0].ID == h.mailbox || list[0].ID == id.Nil {
			t.Errorf("listed %+v", list)
		}
		return err
	})
}

func TestCheckContent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ subject, body, field string }{
		"good":           {"Hello {{first_name | there}}", "Dear {{first_name}}", ""},
		"no subject":     {" ", "x", "v.subject"},
		"two lines":      {"a\nBcc: b", "x", "v.subject"},
		"no body":        {"x", "\n \n", "v.body"},
		"broken subject": {"Hello {{first_name", "x", "v.subject"},
		"broken body":    {"Hello", "Dear {{", "v.body"},
	} {
		err := email.CheckContent("v", tt.subject, tt.body)
		var e *errs.Error
		switch {
		case tt.field == "" && err != nil, tt.field != "" && (!errors.As(err, &e) || len(e.Fields) == 0 || !strings.HasPrefix(e.Fields[0].Location, tt.field)):
			t.Errorf("%s: %v", name, err)
		}
	}
}
