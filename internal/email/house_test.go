package email_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/email/emailtest"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// watch is a clock that tests set ahead.
type watch struct {
	mu sync.Mutex
	by time.Duration // guarded by mu
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.by).UTC()
}

func (w *watch) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.by += d
}

// above stands for the packages above: it plans, understands answers, and ends
// plans. Its hooks are set before they are used.
type above struct {
	plan    func(a *action.Action) email.Plan
	reserve func(ctx context.Context, tx db.Tx, actions []*action.Action) map[id.ID]compliance.Verdict

	mu      sync.Mutex
	answers []email.Answer         // guarded by mu
	stops   map[id.ID][]email.Stop // guarded by mu
}

func (p *above) Plans(_ context.Context, _ db.Tx, _ id.ID, actions []*action.Action) (map[id.ID]email.Plan, error) {
	plans := map[id.ID]email.Plan{}
	for _, a := range actions {
		plans[a.ID] = email.Plan{Open: true, Tracked: true}
		if p.plan != nil {
			plans[a.ID] = p.plan(a)
		}
	}
	return plans, nil
}

func (p *above) Reserve(ctx context.Context, tx db.Tx, _ id.ID, actions []*action.Action) (map[id.ID]compliance.Verdict, error) {
	if p.reserve == nil {
		return nil, nil
	}
	return p.reserve(ctx, tx, actions), nil
}

func (p *above) Answered(_ context.Context, _ db.Tx, _ id.ID, answer email.Answer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = append(p.answers, answer)
	return nil
}

func (p *above) Stop(_ context.Context, _ db.Tx, _, person id.ID, why email.Stop) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stops[person] = append(p.stops[person], why)
	return nil
}

func (p *above) heard() []email.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]email.Answer(nil), p.answers...)
}

func (p *above) stopped(person id.ID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprint(p.stops[person])
}

// house is one organisation with a mailbox and people, on a database of its own.
type house struct {
	t       *testing.T
	db      *db.DB
	org     id.ID
	clock   *watch
	keys    *leadtest.Keyring
	log     *action.Log
	rules   *compliance.Service
	leads   *lead.Service
	signer  *message.Signer
	email   *email.Service
	above   *above
	sink    *emailtest.Sink
	mailbox id.ID
	content id.ID
	senders []*email.Service // that run
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.Fresh(t), clock: &watch{}, keys: leadtest.NewKeyring(t), above: &above{stops: map[id.ID][]email.Stop{}}, sink: &emailtest.Sink{}}
	h.org = dbtest.Org(t, h.db)
	quiet := slog.New(slog.DiscardHandler)
	h.rules = compliance.New(compliance.Deps{DB: h.db, Keys: h.keys, Clock: h.clock})
	h.log = action.New(action.Deps{DB: h.db, Clock: h.clock, Logger: quiet})
	h.leads = lead.New(lead.Deps{DB: h.db, Keys: h.keys, Clock: h.clock, Compliance: h.rules})
	var err error
	h.signer, err = message.NewSigner([]byte(strings.Repeat("k", 32)))
	h.must(err)
	h.email = h.service(h.log)
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `update organizations set name = 'Sender Inc', postal_address = '{"line1": "1 Market St", "city": "San Francisco"}' where id = $1`, h.org)
		return err
	})
	h.tx(func(ctx context.Context, tx db.Tx) error {
		m, err := h.email.CreateMailbox(ctx, tx, h.org, email.Mailbox{
			FromName: "Ann", FromAddress: "ann@sender.test", SMTP: email.SMTP{Host: "localhost", Port: 25, TLS: "none"}, Connections: 2,
		})
		h.mailbox = m.ID
		return err
	})
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		h.content, err = h.email.SaveContent(ctx, tx, h.org, "Hello", "Dear {{first_name | there}}, see https://example.com/offer")
		return err
	})
	return h
}

// service is the e-mail side of one process.
func (h *house) service(log *action.Log) *email.Service {
	s := email.New(email.Deps{
		DB: h.db, Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Keys: h.keys, Log: log, Compliance: h.rules, Leads: h.leads,
		Egress: egress.New(egress.Reach{Loopback: true}),
		Signer: h.signer, Transport: h.sink, PublicURL: "http://127.0.0.1:1",
	})
	s.Join(h.above, h.above, h.above)
	return s
}

// run starts a process that sends; the returned function ends it as SIGTERM
// would, and waits.
func (h *house) run() (stop func()) {
	h.t.Helper()
	log := action.New(action.Deps{DB: h.db, Clock: h.clock, Logger: slog.New(slog.DiscardHandler)})
	sender := h.service(log)
	h.senders = append(h.senders, sender)
	alive, die := context.WithCancel(context.Background())
	sending, drain := context.WithCancel(alive)
	var logs, senders sync.WaitGroup
	logs.Go(func() { _ = log.Run(alive) })
	senders.Go(func() { _ = sender.Run(sending) })
	stop = func() {
		drain()
		senders.Wait()
		die()
		logs.Wait()
	}
	h.t.Cleanup(stop)
	return stop
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	h.must(h.db.InTenant(context.Background(), h.org, func(tx db.Tx) error { return fn(context.Background(), tx) }))
}

// person creates a lead.
func (h *house) person(n int) lead.Lead {
	h.t.Helper()
	l, err := h.leads.Create(context.Background(), h.org, lead.Draft{
		Email: address(n), Phone: fmt.Sprintf("+1415234%04d", n), FirstName: fmt.Sprintf("P%d", n), Region: "CA",
	})
	h.must(err)
	return l
}

func address(n int) string { return fmt.Sprintf("p%d@people.test", n) }

// propose queues a mail to each person and returns the actions.
func (h *house) propose(people ...lead.Lead) (ids []id.ID) {
	h.t.Helper()
	proposals := make([]action.Proposal, len(people))
	for i, p := range people {
		proposals[i] = action.Proposal{
			OnceKey: id.New().String(), Touch: true, LeadID: p.ID, CampaignID: campaignID, StepID: stepID, ContentID: h.content,
			AccountID: h.mailbox, DueAt: h.clock.Now(),
		}
	}
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		ids, err = h.log.Propose(ctx, tx, h.org, email.KindSend, action.Hold, proposals)
		return err
	})
	for _, action := range ids {
		if action == id.Nil {
			h.t.Fatal("not proposed")
		}
	}
	return ids
}

var campaignID, stepID = id.New(), id.New()

// crowd creates n people with a mail queued each.
func (h *house) crowd(n int) (people []lead.Lead, actions []id.ID) {
	h.t.Helper()
	for i := range n {
		people = append(people, h.person(i))
	}
	return people, h.propose(people...)
}

// sent is a person whose mail went out some time ago.
func (h *house) sent(n int) (lead.Lead, id.ID) {
	h.t.Helper()
	return h.again(h.person(n))
}

// again is one more mail that was sent to p.
func (h *house) again(p lead.Lead) (lead.Lead, id.ID) {
	h.t.Helper()
	a := h.propose(p)[0]
	h.force(a, action.Done)
	return p, a
}

// force puts an action into a state, as if it had been sent an hour ago.
func (h *house) force(a id.ID, state action.State) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `update actions set state = $3, phase = action_phase($3), intent_at = $4, finished_at = $4 where org_id = $1 and id = $2`,
			h.org, a, string(state), h.clock.Now().Add(-time.Hour))
		return err
	})
}

func (h *house) action(a id.ID) action.Action {
	h.t.Helper()
	found, err := h.log.Find(context.Background(), h.org, a)
	h.must(err)
	return found
}

// states counts the organisation's actions.
func (h *house) states() map[action.State]int {
	h.t.Helper()
	list, err := h.log.List(context.Background(), h.org, action.Filter{Limit: 1000})
	h.must(err)
	counts := map[action.State]int{}
	for _, a := range list {
		counts[a.State]++
	}
	return counts
}

func (h *house) status(person id.ID) lead.Status {
	h.t.Helper()
	l, err := h.leads.Find(context.Background(), h.org, person)
	h.must(err)
	return l.Status
}

func (h *house) box() (m email.Mailbox) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		m, err = h.email.Mailbox(ctx, tx, h.org, h.mailbox)
		return err
	})
	return m
}

func (h *house) edit(edit func(m *email.Mailbox)) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := h.email.UpdateMailbox(ctx, tx, h.org, h.mailbox, func(m *email.Mailbox) error { edit(m); return nil })
		return err
	})
}

// suppressed lists the values on the suppression list with their reasons.
func (h *house) suppressed() map[string]string {
	h.t.Helper()
	list, err := h.rules.Suppressions(context.Background(), h.org, time.Time{}, id.Nil, 100)
	h.must(err)
	out := map[string]string{}
	for _, s := range list {
		out[s.Value] = s.Reason
	}
	return out
}

// events counts the organisation's events by type.
func (h *house) events() map[string]int {
	h.t.Helper()
	counts := map[string]int{}
	h.tx(func(ctx context.Context, tx db.Tx) error {
		rows, err := tx.Query(ctx, `select type from outbox where org_id = $1`, h.org)
		if err != nil {
			return err
		}
		types, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, t := range types {
			counts[t]++
		}
		return err
	})
	return counts
}

// eventually waits until ok, for ten seconds at most.
func (h *house) eventually(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); h.poke() {
		if time.Now().After(deadline) {
			h.t.Fatalf("never: %s; mails %v, actions %v", what, h.sink.To(), h.states())
		}
	}
}

// poke makes the senders look for work and gives them a moment.
func (h *house) poke() {
	for _, s := range h.senders {
		s.Poke()
	}
	<-time.After(10 * time.Millisecond)
}

// stays checks that ok holds for some polls of the sender.
func (h *house) stays(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(300 * time.Millisecond); time.Now().Before(deadline); h.poke() {
		if !ok() {
			h.t.Fatalf("not any more: %s; mails %v, actions %v", what, h.sink.To(), h.states())
		}
	}
}

func isNotFound(err error) bool { return errs.Is(err, errs.NotFound) }
