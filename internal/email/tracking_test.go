package email_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/email"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"

// reads are the recorded readings of an action, such as "opened by a machine".
func (h *house) reads(a id.ID) map[string]bool {
	h.t.Helper()
	out := map[string]bool{}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		rows, err := tx.Query(ctx, `select what || case when machine then ' by a machine' else ' by a person' end from email_reads where org_id = $1 and action_id = $2`, h.org, a)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var what string
			if err := rows.Scan(&what); err != nil {
				return err
			}
			out[what] = true
		}
		return rows.Err()
	})
	return out
}

func TestOpensCountOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	token := h.signer.Sign(message.KindOpen, h.org, a, id.Nil)
	for range 3 {
		h.must(h.email.Opened(t.Context(), token, "GET", browser))
	}
	if got := h.reads(a); len(got) != 1 || !got["opened by a person"] {
		t.Errorf("reads %v", got)
	}
	for range 3 {
		h.must(h.email.Opened(t.Context(), token, "HEAD", browser))
		h.must(h.email.Opened(t.Context(), token, "GET", "GoogleImageProxy"))
	}
	if got := h.reads(a); len(got) != 2 || !got["opened by a machine"] {
		t.Errorf("reads %v", got)
	}
	if n := h.events()["email.opened"]; n != 2 {
		t.Errorf("%d events", n)
	}
	p, _ := h.leads.Find(t.Context(), h.org, h.action(a).LeadID)
	if p.Status != lead.StatusNew {
		t.Errorf("an open is interest: %s", p.Status)
	}
}

func TestTooFastIsAMachine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `update actions set intent_at = $2 where id = $1`, a, h.clock.Now().Add(-500*time.Millisecond))
		return err
	})
	h.must(h.email.Opened(t.Context(), h.signer.Sign(message.KindOpen, h.org, a, id.Nil), "GET", browser))
	if got := h.reads(a); len(got) != 1 || !got["opened by a machine"] {
		t.Errorf("reads %v", got)
	}
}

// link returns the id of the tracked link in the words of the house.
func (h *house) link() (link id.ID) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `insert into email_links (org_id, id, url, url_hash, created_at) values ($1, $2, 'https://example.com/offer', 'x', now()) returning id`, h.org, id.New()).Scan(&link)
	})
	return link
}

func TestClicksLeadWhereTheMailSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, a := h.sent(0)
	token := h.signer.Sign(message.KindClick, h.org, a, h.link())
	for range 2 {
		url, err := h.email.Clicked(t.Context(), token, "GET", browser)
		if err != nil || url != "https://example.com/offer" {
			t.Fatalf("%q, %v", url, err)
		}
	}
	if url, err := h.email.Clicked(t.Context(), token, "GET", "LinkScanner"); err != nil || url == "" {
		t.Errorf("a scanner is led nowhere: %v", err)
	}
	if got := h.reads(a); len(got) != 2 || !got["clicked by a person"] || !got["clicked by a machine"] {
		t.Errorf("reads %v", got)
	}
	if n := h.events()["email.clicked"]; n != 2 {
		t.Errorf("%d events", n)
	}
	// A link nobody wrote.
	if _, err := h.email.Clicked(t.Context(), h.signer.Sign(message.KindClick, h.org, a, id.New()), "GET", browser); !isNotFound(err) {
		t.Errorf("an unknown link: %v", err)
	}
	stranger := dbtest.Org(t, h.db)
	if _, err := h.email.Clicked(t.Context(), h.signer.Sign(message.KindClick, stranger, a, h.link2()), "GET", browser); !isNotFound(err) {
		t.Errorf("another organisation's link: %v", err)
	}
}

// link2 is any link of the house.
func (h *house) link2() (link id.ID) {
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return tx.QueryRow(ctx, `select id from email_links where org_id = $1 limit 1`, h.org).Scan(&link)
	})
	return link
}

func TestTamperedTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	link := h.link()
	tokens := map[string]string{
		"open": h.signer.Sign(message.KindOpen, h.org, a, id.Nil), "click": h.signer.Sign(message.KindClick, h.org, a, link),
		"opt-out": h.signer.Sign(message.KindUnsubscribe, h.org, a, id.Nil),
	}
	use := map[string]func(token string) error{
		"open":  func(token string) error { return h.email.Opened(t.Context(), token, "GET", browser) },
		"click": func(token string) error { _, err := h.email.Clicked(t.Context(), token, "GET", browser); return err },
		"opt-out": func(token string) error {
			if _, err := h.email.OptOutPage(t.Context(), token); !isNotFound(err) {
				return err
			}
			return h.email.OptOut(t.Context(), token, "one_click")
		},
	}
	other, err := message.NewSigner([]byte(strings.Repeat("x", 32)))
	h.must(err)
	for kind, do := range use {
		bad := []string{"", "x", tokens[kind] + "A", tokens[kind][1:], strings.Repeat("A", len(tokens[kind])), "../../" + tokens[kind]}
		for i := 0; i < len(tokens[kind]); i += 5 {
			flipped := []byte(tokens[kind])
			flipped[i] ^= 1
			bad = append(bad, string(flipped))
		}
		for otherKind, token := range tokens {
			if otherKind != kind {
				bad = append(bad, token)
			}
		}
		for _, k := range []message.Kind{message.KindOpen, message.KindClick, message.KindUnsubscribe} {
			bad = append(bad, other.Sign(k, h.org, a, link))
		}
		for _, token := range bad {
			if err := do(token); !isNotFound(err) {
				t.Errorf("%s with %q: %v", kind, token, err)
			}
		}
	}
	if len(h.reads(a)) != 0 || len(h.suppressed()) != 0 || h.status(p.ID) != lead.StatusNew {
		t.Error("a tampered token did something")
	}
	// A real token of an action that does not exist.
	if err := h.email.OptOut(t.Context(), h.signer.Sign(message.KindUnsubscribe, h.org, id.New(), id.Nil), "x"); !isNotFound(err) {
		t.Errorf("an unknown action: %v", err)
	}
}

func TestReadingProvesADoubtfulMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(0)
	a := h.propose(p)[0]
	h.force(a, action.InDoubt)
	h.must(h.email.Opened(t.Context(), h.signer.Sign(message.KindOpen, h.org, a, id.Nil), "GET", "GoogleImageProxy"))
	if found := h.action(a); found.State != action.Done {
		t.Errorf("still %s", found.State)
	}
}

func TestOptOutPageChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	before := h.events()
	for range 3 {
		page, err := h.email.OptOutPage(t.Context(), h.signer.Sign(message.KindUnsubscribe, h.org, a, id.Nil))
		if err != nil || page.Organization != "Sender Inc" || page.Address != "p***@people.test" {
			t.Fatalf("%+v, %v", page, err)
		}
	}
	if h.status(p.ID) != lead.StatusNew || len(h.suppressed()) != 0 || len(h.events()) != len(before) || h.above.stopped(p.ID) != "[]" {
		t.Error("a look at the page did something")
	}
}

func TestOptOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	next := h.propose(p)[0]
	bystander, _ := h.sent(1)
	token := h.signer.Sign(message.KindUnsubscribe, h.org, a, id.Nil)
	for range 3 {
		h.must(h.email.OptOut(t.Context(), token, "one_click"))
	}
	if h.status(p.ID) != lead.StatusUnsubscribed || h.above.stopped(p.ID) != "[opt_out]" {
		t.Errorf("status %s, stops %s", h.status(p.ID), h.above.stopped(p.ID))
	}
	if got := h.suppressed(); len(got) != 2 || got[address(0)] != "opt_out" || got["+14152340000"] != "opt_out" {
		t.Errorf("suppressed %v", got)
	}
	if got := h.action(next); got.State != action.Abandoned {
		t.Errorf("what was queued is %s", got.State)
	}
	if n := h.events()["email.unsubscribed"]; n != 1 {
		t.Errorf("%d events", n)
	}
	if h.status(bystander.ID) != lead.StatusNew {
		t.Error("another person was opted out")
	}
	// Whoever comes back by another door is known.
	h.must(h.leads.Delete(t.Context(), h.org, p.ID, 0))
	again := h.propose(h.person(0))
	h.run()
	h.eventually("refused", func() bool { return h.action(again[0]).State == action.Refused })
}

// TestOptOutOfAStatusSetByHand: the status alone is no opt-out that holds.
func TestOptOutOfAStatusSetByHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return h.leads.SetStatus(ctx, tx, h.org, p.ID, lead.StatusUnsubscribed, "by hand")
	})
	h.must(h.email.OptOut(t.Context(), h.signer.Sign(message.KindUnsubscribe, h.org, a, id.Nil), "one_click"))
	if got := h.suppressed(); got[address(0)] != "opt_out" || got["+14152340000"] != "opt_out" {
		t.Errorf("suppressed %v", got)
	}
}

// TestOptOutAfterABounce: the address is listed already; now its person has
// spoken too.
func TestOptOutAfterABounce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, a := h.sent(0)
	h.must(h.rules.PutSuppressions(t.Context(), h.org, []string{address(0)}, "bounce"))
	h.must(h.email.OptOut(t.Context(), h.signer.Sign(message.KindUnsubscribe, h.org, a, id.Nil), "one_click"))
	if got := h.suppressed(); got[address(0)] != "opt_out" || h.status(p.ID) != lead.StatusUnsubscribed {
		t.Errorf("suppressed %v, status %s", got, h.status(p.ID))
	}
}

func TestOptOutOfAMailInDoubt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(0)
	a := h.propose(p)[0]
	h.force(a, action.InDoubt)
	h.must(h.email.OptOut(t.Context(), h.signer.Sign(message.KindUnsubscribe, h.org, a, id.Nil), "one_click"))
	if found := h.action(a); found.State != action.Done || h.status(p.ID) != lead.StatusUnsubscribed {
		t.Errorf("%s, %s", found.State, h.status(p.ID))
	}
}

var _ email.Stopper = (*above)(nil)
