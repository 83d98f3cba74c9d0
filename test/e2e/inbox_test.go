package e2e

import (
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

// inboxTry is a workspace whose mailbox is read at its own server.
type inboxTry struct {
	t        *testing.T
	c        *client
	sink     *smtptest.Server
	inbox    *imaptest.Server
	people   map[string]string // name -> id of the lead
	box      string
	where    m // the inbox
	campaign string
}

// TestInbox: nobody delivers mail to us; what comes back lies in the mailbox at
// its own server, and is understood all the same.
func TestInbox(t *testing.T) {
	t.Parallel()
	p := start(t, dataDir(t), "serve", "--addr", "127.0.0.1:0", "--dev")
	x := &inboxTry{
		t: t, c: newClient(t, p.url), sink: smtptest.New(t, smtptest.Options{KeepRaw: true}), inbox: imaptest.New(t, nil, false), people: map[string]string{},
	}
	x.setUp()
	x.answers(x.launch())
	x.changes()
}

// setUp makes people and the mailbox.
func (x *inboxTry) setUp() {
	x.t.Helper()
	x.c.signUp("Inbox & Sons", sender, "a long way to go")
	x.c.patch("/organization", m{"postal_address": m{"line1": streetLine, "city": "San Francisco", "region": "CA", "postal_code": "94104", "country": "US"}}).want(http.StatusOK)
	for name, address := range map[string]string{
		"ann": "ann@people.example", "bob": "bob@people.example", "self": sender, // somebody tries it on themselves
	} {
		var lead struct {
			ID string `json:"id"`
		}
		x.c.post("/leads", m{"email": address, "first_name": name}).want(http.StatusCreated).into(&lead)
		x.people[name] = lead.ID
	}
	x.where = m{"host": "127.0.0.1", "port": x.inbox.Port(), "username": imaptest.Username, "password": imaptest.Password, "tls": "none"}
	var box boxAnswer
	made := x.c.post("/mailboxes", m{
		"from_name": "Ada Ray", "from_address": sender, "smtp": m{"host": x.sink.Host(), "port": x.sink.Port(), "tls": "none"}, "imap": x.where,
	}).want(http.StatusCreated)
	made.into(&box)
	if x.box = box.ID; box.IMAP == nil || box.IMAP.Host != "127.0.0.1" || strings.Contains(string(made.body), imaptest.Password) {
		x.t.Fatalf("made %s", made.body)
	}
}

// launch writes to everybody and returns what they got.
func (x *inboxTry) launch() (sent map[string][]letter) {
	x.t.Helper()
	var campaign launched
	x.c.post("/campaigns", m{
		"name": "Inbox", "type": "email_sequence", "mailbox_id": x.box, "steps": sequence()[:1], "ai": m{"autonomy": "auto"},
		"schedule": m{"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "from": "00:00", "to": "24:00"},
	}).want(http.StatusCreated).into(&campaign)
	x.campaign = campaign.ID
	x.c.post("/campaigns/"+campaign.ID+"/launch", nil).want(http.StatusOK)
	eventually(x.t, "three mails", allowLag, func() error {
		if sent = letters(x.t, x.sink, campaign.ID); len(sent) != 3 {
			return fmt.Errorf("%d people have one", len(sent))
		}
		return nil
	})
	return sent
}

// test tries the mailbox, which has it read at once.
func (x *inboxTry) test() (tried struct {
	OK      bool   `json:"ok"`
	Phase   string `json:"phase"`
	Message string `json:"message"`
},
) {
	x.t.Helper()
	x.c.post("/mailboxes/"+x.box+"/test", nil).want(http.StatusOK).into(&tried)
	return tried
}

func (x *inboxTry) status(name string) string {
	x.t.Helper()
	return fetch[struct {
		Status string `json:"status"`
	}](x.c, "/leads/"+x.people[name]).Status
}

// told waits for what the mailbox says of its inbox.
func (x *inboxTry) told(what string, right func(box boxAnswer) bool) {
	x.t.Helper()
	eventually(x.t, what, allowLag, func() error {
		if box := fetch[boxAnswer](x.c, "/mailboxes/"+x.box); !right(box) {
			return fmt.Errorf("it says %+v", box.IMAP)
		}
		return nil
	})
}

// answers come back: one, a bounce, somebody else's mail, and our own.
func (x *inboxTry) answers(sent map[string][]letter) {
	x.t.Helper()
	put := func(mail string) { x.inbox.Put([]byte(strings.ReplaceAll(mail, "\n", "\r\n")), time.Now()) }
	put("From: shop@elsewhere.example\nTo: " + sender + "\nSubject: Sale\nMessage-ID: <1@elsewhere.example>\n\nBuy now\n")
	put(replyTo(sent["ann@people.example"][0], "ann@people.example", "Yes, I am interested. Please call me.", ""))
	put(bounceOf(sent["bob@people.example"][0], "failed", "5.1.1", "550 5.1.1 No such user"))
	x.inbox.Put(sent[sender][0].raw, time.Now())
	if tried := x.test(); !tried.OK {
		x.t.Fatalf("test of the mailbox: %+v", tried)
	}
	eventually(x.t, "the answer and the bounce are understood", allowLag, func() error {
		if ann, bob := x.status("ann"), x.status("bob"); ann != "qualified" || bob != "invalid" {
			return fmt.Errorf("they are %s and %s", ann, bob)
		}
		return nil
	})
	x.told("the reading is told", func(box boxAnswer) bool { return box.IMAP.CheckedAt != nil && box.IMAP.LastError == "" })
	type reply struct {
		LeadID string `json:"lead_id"`
		Intent string `json:"intent"`
	}
	if replies := list[reply](x.c, "/replies"); len(replies) != 1 || replies[0].LeadID != x.people["ann"] || replies[0].Intent != "interested" {
		x.t.Errorf("answers: %+v; our own mail in the inbox is none", replies)
	}
	if n := x.inbox.Seen(); n != 0 {
		x.t.Errorf("%d mails were marked as seen", n)
	}
}

// warned reports whether the launch gate says that nobody reads what comes back.
func (x *inboxTry) warned() bool {
	x.t.Helper()
	var verdict struct {
		Warnings []struct {
			Code string `json:"code"`
		} `json:"warnings"`
	}
	x.c.post("/campaigns/"+x.campaign+"/preflight", nil).want(http.StatusOK).into(&verdict)
	for _, w := range verdict.Warnings {
		if w.Code == "answers_unread" {
			return true
		}
	}
	return false
}

// changes: a password stays with its server, a wrong one is told, and the reading
// ends when it is taken back.
func (x *inboxTry) changes() {
	x.t.Helper()
	x.c.patch("/mailboxes/"+x.box, m{"imap": m{"host": "localhost", "port": x.inbox.Port(), "username": imaptest.Username, "tls": "none"}}).
		refused(http.StatusUnprocessableEntity, "body.imap.password")
	x.where["password"] = "wrong"
	x.c.patch("/mailboxes/"+x.box, m{"imap": x.where}).want(http.StatusOK)
	if tried := x.test(); tried.OK || tried.Phase != "imap_login" {
		x.t.Errorf("with a wrong password: %+v", tried)
	}
	x.told("the failure is told", func(box boxAnswer) bool { return strings.HasPrefix(box.IMAP.LastError, "login: ") })
	if x.warned() {
		x.t.Error("warned of unread answers, with an inbox")
	}
	x.c.patch("/mailboxes/"+x.box, m{"imap": nil}).want(http.StatusOK)
	x.told("there is none", func(box boxAnswer) bool { return box.IMAP == nil })
	if !x.warned() {
		x.t.Error("not warned of unread answers, without an inbox")
	}
}
