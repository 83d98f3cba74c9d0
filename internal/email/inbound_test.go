package email_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"rainmaker/internal/action"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

// raw makes a mail of header lines and a body.
func raw(body string, header ...string) []byte {
	return []byte(strings.Join(header, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n"))
}

func (h *house) receive(from, to string, mail []byte) {
	h.t.Helper()
	h.must(h.email.Receive(context.Background(), email.Incoming{From: from, To: strings.Fields(to), Raw: mail}))
}

func (h *house) inbound() (n int) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from inbound_mail where org_id = $1`, h.org).Scan(&n)
	})
	return n
}

func messageID(a id.ID) string { return "<" + a.String() + "@sender.test>" }

func TestRepliesFindTheirMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	verp := h.signer.ReturnPath("ann@sender.test", a)
	for name, tt := range map[string]struct {
		to     string
		header []string
		loose  bool // it belongs to the person, not to a mail
	}{
		"by thread":         {"ann@sender.test", []string{"In-Reply-To: " + messageID(a)}, false},
		"by references":     {"ann@sender.test", []string{"References: <old@people.test> " + messageID(a) + " <new@people.test>"}, false},
		"by bounce address": {verp, nil, false},
		"in capitals":       {strings.ToUpper(verp), nil, false},
		"by known sender":   {"ann@sender.test", nil, true},
		"to a plus tag":     {"ann+sales@sender.test", nil, true},
		"from a colleague":  {"ann@sender.test", []string{"In-Reply-To: " + messageID(a)}, false},
	} {
		before := len(h.above.heard())
		from := "P0@People.test"
		if name == "from a colleague" {
			from = "colleague@people.test"
		}
		header := append([]string{"From: Pat <" + from + ">", "To: " + tt.to, "Subject: Re: Hello", "Message-ID: <" + strings.ReplaceAll(name, " ", "-") + "@people.test>"}, tt.header...)
		h.receive(from, tt.to, raw("Yes please.\n\n> Dear Pat\n> unsubscribe here", header...))
		heard := h.above.heard()
		if len(heard) != before+1 {
			t.Errorf("%s: %d answers", name, len(heard)-before)
			continue
		}
		got := heard[before]
		want := a
		if tt.loose {
			want = id.Nil
		}
		if got.LeadID != p.ID || got.ActionID != want || got.Machine || strings.TrimSpace(got.Text) != "Yes please." || got.Subject != "Re: Hello" {
			t.Errorf("%s: %+v", name, got)
		}
		if !tt.loose && (got.CampaignID != campaignID || got.StepID != stepID) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDuplicatesActOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	other, err := h.create(email.Mailbox{FromName: "Bob", FromAddress: "bob@sender.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}})
	h.must(err)
	mail := raw("Yes.", "From: p0@people.test", "To: ann@sender.test, "+other.FromAddress, "Message-ID: <1@people.test>", "In-Reply-To: "+messageID(a))
	var all sync.WaitGroup
	for i := range 6 {
		to := []string{"ann@sender.test", "bob@sender.test", h.signer.ReturnPath("ann@sender.test", a), "ann@sender.test bob@sender.test"}[i%4]
		all.Go(func() { h.receive("p0@people.test", to, mail) })
	}
	all.Wait()
	if n := len(h.above.heard()); n != 1 {
		t.Errorf("%d answers", n)
	}
	// Without a Message-ID the whole mail is its name.
	bare := raw("Yes, again.", "From: p0@people.test", "To: ann@sender.test")
	h.receive("p0@people.test", "ann@sender.test bob@sender.test", bare)
	h.receive("p0@people.test", "bob@sender.test", bare)
	h.receive("p0@people.test", "ann@sender.test", raw("Something else.", "From: p0@people.test", "To: ann@sender.test"))
	if n := len(h.above.heard()); n != 3 {
		t.Errorf("%d answers, want 3", n)
	}
}

// TestMarksOfOldMailAreDeleted: what can come again is kept, the rest is not kept
// for ever.
func TestMarksOfOldMailAreDeleted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	first := raw("Yes.", "From: p0@people.test", "To: ann@sender.test", "Message-ID: <1@people.test>", "In-Reply-To: "+messageID(a))
	h.receive("p0@people.test", "ann@sender.test", first)
	age := func(by string) {
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `update inbound_mail set received_at = received_at - $1::interval`, by)
			return err
		})
	}
	for _, step := range []struct {
		age  string
		want int
	}{{"89 days", 0}, {"2 days", 1}, {"1 day", 0}} {
		age(step.age)
		if gone, err := h.email.Prune(t.Context()); err != nil || gone != step.want {
			t.Errorf("after %s more: %d marks deleted, want %d, %v", step.age, gone, step.want, err)
		}
	}
}

// dsn is a delivery report to a mail's return path.
func (h *house) dsn(a id.ID, person, status, action string, withOriginal bool) []byte {
	original := ""
	if withOriginal {
		original = "--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: " + messageID(a) + "\nTo: " + person + "\n\n"
	}
	return raw("--x\nContent-Type: text/plain\n\nIt was not delivered.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; "+
		person+"\nAction: "+action+"\nStatus: "+status+"\nDiagnostic-Code: smtp; "+strings.Replace(status[:1]+"50 "+status, "x", "", 1)+" user unknown\n\n"+original+"--x--\n",
		"From: MAILER-DAEMON@mx.test", "To: ann@sender.test", "Subject: Undelivered", "Auto-Submitted: auto-replied",
		"Message-ID: <dsn-"+status+"-"+action+"-"+a.String()+"@mx.test>", `Content-Type: multipart/report; report-type=delivery-status; boundary=x`)
}

func TestHardBounce(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"return path", "original"} {
		h := newHouse(t)
		p, a := h.sent(0)
		next := h.propose(p)[0]
		to := h.signer.ReturnPath("ann@sender.test", a)
		if by == "original" {
			to = "ann@sender.test"
		}
		for range 2 {
			h.receive("", to, h.dsn(a, address(0), "5.1.1", "failed", by == "original"))
		}
		if h.status(p.ID) != lead.StatusInvalid || h.above.stopped(p.ID) != "[bounce]" || h.action(next).State != action.Abandoned {
			t.Errorf("%s: status %s, stops %s, queued is %s", by, h.status(p.ID), h.above.stopped(p.ID), h.action(next).State)
		}
		// Only the address is dead, not the telephone.
		if got := h.suppressed(); len(got) != 1 || got[address(0)] != "bounce" {
			t.Errorf("%s: suppressed %v", by, got)
		}
		if n := h.events()["email.bounced"]; n != 1 || len(h.above.heard()) != 0 {
			t.Errorf("%s: %d events, %d answers", by, n, len(h.above.heard()))
		}
	}
}

func TestBounceDoesNotReviveWhoOptedOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return h.email.OptOutLead(ctx, tx, h.org, p.ID, nil, "test")
	})
	h.receive("", h.signer.ReturnPath("ann@sender.test", a), h.dsn(a, address(0), "5.1.1", "failed", false))
	if h.status(p.ID) != lead.StatusUnsubscribed || h.suppressed()[address(0)] != "opt_out" {
		t.Errorf("status %s, suppressed %v", h.status(p.ID), h.suppressed())
	}
}

func TestSoftBounce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(0)
	a := h.propose(p)[0]
	h.force(a, action.InDoubt)
	h.receive("", h.signer.ReturnPath("ann@sender.test", a), h.dsn(a, address(0), "4.2.2", "delayed", false))
	if h.status(p.ID) != lead.StatusNew || len(h.suppressed()) != 0 || h.above.stopped(p.ID) != "[]" {
		t.Errorf("status %s, suppressed %v", h.status(p.ID), h.suppressed())
	}
	if h.action(a).State != action.Done {
		t.Errorf("a bounce proves that it was sent; it is %s", h.action(a).State)
	}
	if n := h.events()["email.bounced"]; n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestSoftBouncesAddUp: the third mail that bounces softly stops the plans; that
// one mail is reported late three times does not.
func TestSoftBouncesAddUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, first := h.sent(0)
	bounce := func(a id.ID, status string) {
		h.receive("", h.signer.ReturnPath("ann@sender.test", a), h.dsn(a, address(0), status, "delayed", false))
	}
	for _, status := range []string{"4.2.2", "4.4.1", "4.4.7"} {
		bounce(first, status)
	}
	_, second := h.again(p)
	bounce(second, "4.2.2")
	if h.status(p.ID) != lead.StatusNew || len(h.suppressed()) != 0 {
		t.Fatalf("after two mails: status %s, suppressed %v", h.status(p.ID), h.suppressed())
	}
	_, third := h.again(p)
	bounce(third, "4.2.2")
	if h.status(p.ID) != lead.StatusInvalid || h.suppressed()[address(0)] != "bounce" || h.above.stopped(p.ID) != "[bounce]" {
		t.Errorf("after three: status %s, suppressed %v, stops %s", h.status(p.ID), h.suppressed(), h.above.stopped(p.ID))
	}
}

func TestComplaint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	h.receive("fbl@isp.test", "ann@sender.test", raw(
		"--x\nContent-Type: text/plain\n\nThis is a complaint.\n--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: isp/1\nVersion: 1\n\n--x\nContent-Type: message/rfc822\n\nMessage-ID: "+
			messageID(a)+"\nFrom: ann@sender.test\nTo: p0@people.test\nSubject: Hello\n\nHi\n--x--\n",
		"From: fbl@isp.test", "To: ann@sender.test", "Subject: complaint", "Message-ID: <arf@isp.test>", "Content-Type: multipart/report; report-type=feedback-report; boundary=x"))
	if h.status(p.ID) != lead.StatusUnsubscribed || h.above.stopped(p.ID) != "[complaint]" {
		t.Errorf("status %s, stops %s", h.status(p.ID), h.above.stopped(p.ID))
	}
	if got := h.suppressed(); got[address(0)] != "complaint" || got["+14152340000"] != "complaint" {
		t.Errorf("suppressed %v", got)
	}
	if h.events()["email.complained"] != 1 {
		t.Errorf("events %v", h.events())
	}
}

func TestAbsenceNote(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	h.receive("", h.signer.ReturnPath("ann@sender.test", a), raw("I am out of the office until 14 December 2026.",
		"From: p0@people.test", "To: ann@sender.test", "Subject: Automatic reply: Hello", "Auto-Submitted: auto-replied", "Message-ID: <ooo@people.test>", "In-Reply-To: "+messageID(a)))
	heard := h.above.heard()
	if len(heard) != 1 || !heard[0].Machine || heard[0].LeadID != p.ID || heard[0].ActionID != a {
		t.Fatalf("heard %+v", heard)
	}
	if heard[0].BackAt == nil || heard[0].BackAt.Format("2006-01-02") != "2026-12-14" {
		t.Errorf("back at %v", heard[0].BackAt)
	}
}

func TestMailOfStrangersIsCountedOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sent(0)
	h.receive("spam@elsewhere.test", "ann@sender.test", raw("Buy now", "From: spam@elsewhere.test", "To: ann@sender.test", "Message-ID: <1@elsewhere.test>"))
	h.receive("", "ann@sender.test", h.dsn(id.New(), "nobody@elsewhere.test", "5.1.1", "failed", false))
	// A report about nothing of ours, from a person we know.
	h.receive("p0@people.test", "ann@sender.test", raw("--x\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; p0@people.test\nAction: failed\nStatus: 5.1.1\n\n--x--\n",
		"From: p0@people.test", "To: ann@sender.test", "Message-ID: <2@elsewhere.test>", "Content-Type: multipart/report; report-type=delivery-status; boundary=x"))
	if len(h.above.heard()) != 0 || len(h.suppressed()) != 0 || h.inbound() != 3 {
		t.Errorf("heard %v, suppressed %v, %d stored", h.above.heard(), h.suppressed(), h.inbound())
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	archived, err := h.create(email.Mailbox{FromName: "Old", FromAddress: "old@sender.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}})
	h.must(err)
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := h.email.UpdateMailbox(ctx, tx, h.org, archived.ID, func(m *email.Mailbox) error { m.State = "archived"; return nil })
		return err
	})
	verp := h.signer.ReturnPath("ann@sender.test", a)
	forged := []byte(verp)
	forged[10] ^= 1 // within the token
	for recipient, want := range map[string]bool{
		"ann@sender.test": true, "ANN@Sender.TEST": true, "ann+anything@sender.test": true, verp: true, strings.ToUpper(verp): true,
		"bob@sender.test": false, "ann@elsewhere.test": false, "": false, "ann": false, "old@sender.test": false, "@sender.test": false,
		strings.Replace(verp, "sender.test", "elsewhere.test", 1): false, "postmaster": false,
	} {
		if got, err := h.email.Accepts(t.Context(), recipient); err != nil || got != want {
			t.Errorf("%q: %v, %v", recipient, got, err)
		}
	}
	// A forged bounce address is a mailbox with a tag: taken, but about nothing.
	h.receive("", string(forged), h.dsn(a, address(0), "5.1.1", "failed", false))
	if len(h.suppressed()) != 0 {
		t.Errorf("a forged token suppressed %v", h.suppressed())
	}
}

// TestMailAboutAnotherOrganisation: the mail it answers says whose it is, never
// the address that a stranger wrote to.
func TestMailAboutAnotherOrganisation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	stranger := dbtest.Org(t, h.db)
	h.must(h.db.InTenant(t.Context(), stranger, func(tx db.Tx) error {
		_, err := h.email.CreateMailbox(t.Context(), tx, stranger, email.Mailbox{FromName: "Eve", FromAddress: "eve@stranger.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}})
		return err
	}))
	h.receive("p0@people.test", "eve@stranger.test", raw("Yes", "From: p0@people.test", "To: eve@stranger.test", "Message-ID: <1@people.test>", "In-Reply-To: "+messageID(a)))
	h.receive("p0@people.test", "eve@stranger.test", raw("Yes", "From: p0@people.test", "To: eve@stranger.test", "Message-ID: <2@people.test>"))
	heard := h.above.heard()
	if len(heard) != 1 || heard[0].LeadID != p.ID {
		t.Errorf("heard %+v", heard)
	}
}

// TestMailReadInAnInbox acts on the organisation of the inbox alone, whatever it
// claims; and our own mail, found in it, is no answer.
func TestMailReadInAnInbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	take := func(org id.ID, mail []byte) {
		t.Helper()
		h.must(h.email.Receive(t.Context(), email.Incoming{Org: org, To: []string{"ann@sender.test"}, Raw: mail}))
	}
	stranger := dbtest.Org(t, h.db)
	for n, header := range []string{"In-Reply-To: " + messageID(a), "X-Nothing: at all"} {
		take(stranger, raw("Yes", "From: p0@people.test", "To: ann@sender.test", fmt.Sprintf("Message-ID: <%d@people.test>", n), header))
	}
	take(h.org, raw("Dear Pat", "From: p0@people.test", "To: p0@people.test", "Message-ID: "+messageID(a)))
	if heard := h.above.heard(); len(heard) != 0 {
		t.Fatalf("heard %+v", heard)
	}
	take(h.org, raw("Yes", "From: p0@people.test", "To: ann@sender.test", "Message-ID: <"+id.New().String()+"@people.test>", "In-Reply-To: "+messageID(a)))
	if heard := h.above.heard(); len(heard) != 1 || heard[0].LeadID != p.ID || heard[0].ActionID != a {
		t.Errorf("heard %+v", heard)
	}
}

func TestHostileMailIsSurvived(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	for i, mail := range [][]byte{
		nil, []byte("\x00\xff\xfe"), []byte("From: \r\n\r\n"), raw("x", "From: =?utf-8?q?=00?= <p0@people.test>"),
		raw("x", "In-Reply-To: <not-an-id@sender.test> <"+strings.Repeat("a", 5000)+">"),
		raw("\x00NUL\x00 in the text", "From: p0@people.test", "Subject: =?utf-8?B?AAA=?=", fmt.Sprintf("In-Reply-To: %s", messageID(a))),
		raw("\xff\xfe not UTF-8 \xc3\x28", "From: p0@people.test", "Content-Type: text/plain; charset=utf-8", "Subject: \xff"),
	} {
		if err := h.email.Receive(t.Context(), email.Incoming{From: "p0@people.test", To: []string{"ann@sender.test"}, Raw: mail}); err != nil {
			t.Errorf("mail %d: %v", i, err)
		}
	}
	if err := h.email.Receive(t.Context(), email.Incoming{To: []string{"not an address", "nobody@elsewhere.test"}, Raw: raw("x", "From: p0@people.test")}); err != nil {
		t.Error(err)
	}
}
