package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/provider/imap/imaptest"
	"rainmaker/internal/provider/smtp/smtptest"
)

// boxAnswer is a mailbox as its answers show it.
type boxAnswer struct {
	ID   string `json:"id"`
	IMAP *struct {
		Host      string     `json:"host"`
		CheckedAt *time.Time `json:"checked_at"`
		LastError string     `json:"last_error"`
	} `json:"imap"`
}

// TestInbox: nobody delivers mail to us; what comes back lies in the mailbox at
// its own server, and is understood all the same.
func TestInbox(t *testing.T) {
	t.Parallel()
	sink, inbox := smtptest.New(t, smtptest.Options{KeepRaw: true}), imaptest.New(t, nil, false)
	p := start(t, dataDir(t), "serve", "--addr", "127.0.0.1:0", "--dev")
	c := newClient(t, p.url)
	c.signUp("Inbox & Sons", sender, "a long way to go")
	c.patch("/organization", m{"postal_address": m{"line1": streetLine, "city": "San Francisco", "region": "CA", "postal_code": "94104", "country": "US"}}).want(http.StatusOK)
	people := map[string]string{}
	for _, name := range []string{"ann", "bob", "self"} {
		var lead struct {
			ID string `json:"id"`
		}
		address := name + "@people.example"
		if name == "self" {
			address = sender // somebody tries it on themselves
		}
		c.post("/leads", m{"email": address, "first_name": name}).want(http.StatusCreated).into(&lead)
		people[name] = lead.ID
	}
	where := m{"host": "127.0.0.1", "port": inbox.Port(), "username": imaptest.Username, "password": imaptest.Password, "tls": "none"}
	var box boxAnswer
	made := c.post("/mailboxes", m{
		"from_name": "Ada Ray", "from_address": sender, "smtp": m{"host": sink.Host(), "port": sink.Port(), "tls": "none"}, "imap": where,
	}).want(http.StatusCreated)
	made.into(&box)
	if box.IMAP == nil || box.IMAP.Host != "127.0.0.1" || strings.Contains(string(made.body), imaptest.Password) {
		t.Fatalf("made %s", made.body)
	}
	var campaign launched
	c.post("/campaigns", m{
		"name": "Inbox", "type": "email_sequence", "mailbox_id": box.ID, "steps": sequence()[:1], "ai": m{"autonomy": "auto"},
		"schedule": m{"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "from": "00:00", "to": "24:00"},
	}).want(http.StatusCreated).into(&campaign)
	c.post("/campaigns/"+campaign.ID+"/launch", nil).want(http.StatusOK)
	var sent map[string][]letter
	eventually(t, "three mails", allowLag, func() error {
		if sent = letters(t, sink, campaign.ID); len(sent) != 3 {
			return fmt.Errorf("%d people have one", len(sent))
		}
		return nil
	})
	put := func(mail string) { inbox.Put([]byte(strings.ReplaceAll(mail, "\n", "\r\n")), time.Now()) }
	put("From: shop@elsewhere.example\nTo: " + sender + "\nSubject: Sale\nMessage-ID: <1@elsewhere.example>\n\nBuy now\n")
	put(replyTo(sent["ann@people.example"][0], "ann@people.example", "Yes, I am interested. Please call me.", ""))
	put(bounceOf(sent["bob@people.example"][0], "failed", "5.1.1", "550 5.1.1 No such user"))
	inbox.Put(sent[sender][0].raw, time.Now())
	tested := func() (tried struct {
		OK      bool   `json:"ok"`
		Phase   string `json:"phase"`
		Message string `json:"message"`
	},
	) {
		c.post("/mailboxes/"+box.ID+"/test", nil).want(http.StatusOK).into(&tried)
		return tried
	}
	if tried := tested(); !tried.OK {
		t.Fatalf("test of the mailbox: %+v", tried)
	}
	status := func(name string) string {
		return fetch[struct {
			Status string `json:"status"`
		}](c, "/leads/"+people[name]).Status
	}
	eventually(t, "the answer and the bounce are understood", allowLag, func() error {
		if ann, bob := status("ann"), status("bob"); ann != "qualified" || bob != "invalid" {
			return fmt.Errorf("they are %s and %s", ann, bob)
		}
		return nil
	})
	eventually(t, "the reading is told", allowLag, func() error {
		if box := fetch[boxAnswer](c, "/mailboxes/"+box.ID); box.IMAP.CheckedAt == nil || box.IMAP.LastError != "" {
			return fmt.Errorf("it says %+v", box.IMAP)
		}
		return nil
	})
	type reply struct {
		LeadID string `json:"lead_id"`
		Intent string `json:"intent"`
	}
	if replies := list[reply](c, "/replies"); len(replies) != 1 || replies[0].LeadID != people["ann"] || replies[0].Intent != "interested" {
		t.Errorf("answers: %+v; our own mail in the inbox is none", replies)
	}
	if n := inbox.Seen(); n != 0 {
		t.Errorf("%d mails were marked as seen", n)
	}

	c.patch("/mailboxes/"+box.ID, m{"imap": m{"host": "localhost", "port": inbox.Port(), "username": imaptest.Username, "tls": "none"}}).
		refused(http.StatusUnprocessableEntity, "body.imap.password")
	where["password"] = "wrong"
	c.patch("/mailboxes/"+box.ID, m{"imap": where}).want(http.StatusOK)
	if tried := tested(); tried.OK || tried.Phase != "imap_login" {
		t.Errorf("with a wrong password: %+v", tried)
	}
	eventually(t, "the failure is told", allowLag, func() error {
		if box := fetch[boxAnswer](c, "/mailboxes/"+box.ID); !strings.HasPrefix(box.IMAP.LastError, "login: ") {
			return errors.New(box.IMAP.LastError)
		}
		return nil
	})
	warned := func() bool {
		var verdict struct {
			Warnings []struct {
				Code string `json:"code"`
			} `json:"warnings"`
		}
		c.post("/campaigns/"+campaign.ID+"/preflight", nil).want(http.StatusOK).into(&verdict)
		for _, w := range verdict.Warnings {
			if w.Code == "answers_unread" {
				return true
			}
		}
		return false
	}
	if warned() {
		t.Error("warned of unread answers, with an inbox")
	}
	c.patch("/mailboxes/"+box.ID, m{"imap": nil}).want(http.StatusOK)
	if !warned() {
		t.Error("not warned of unread answers, without an inbox")
	}
	if box := fetch[boxAnswer](c, "/mailboxes/"+box.ID); box.IMAP != nil {
		t.Errorf("still %+v", box.IMAP)
	}
}
