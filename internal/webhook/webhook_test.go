package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock/clocktest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/egress/egresstest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
	"rainmaker/internal/webhook"
)

const by = org.Actor("user:test")

// house is one organisation and a process that delivers for it.
type house struct {
	t       *testing.T
	db      *db.DB
	org     id.ID
	clock   *clocktest.Ahead
	keys    secret.Keyring
	service *webhook.Service
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.Fresh(t), clock: &clocktest.Ahead{}, keys: leadtest.NewKeyring(t)}
	h.org = dbtest.Org(t, h.db)
	h.service = h.process(egress.Reach{Loopback: true})
	return h
}

func (h *house) process(reach egress.Reach) *webhook.Service {
	h.t.Helper()
	s, err := webhook.New(webhook.Deps{
		DB: h.db, Keys: h.keys, Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Egress: egress.New(reach), Timeout: 2 * time.Second,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// run delivers until the returned function is called.
func (h *house) run(s *webhook.Service) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) endpoint(url string, events ...string) (webhook.Endpoint, string) {
	h.t.Helper()
	e, key, err := h.service.Create(h.t.Context(), h.org, by, webhook.Draft{URL: &url, Events: &events})
	if err != nil {
		h.t.Fatal(err)
	}
	return e, key.Reveal()
}

// happen gives the consumer events of a type, and returns their ids.
func (h *house) happen(typ string, n int, data any) []id.ID {
	h.t.Helper()
	var list []event.Event
	var ids []id.ID
	for range n {
		e, err := event.New(typ, id.New().String(), h.clock.Now(), data)
		if err != nil {
			h.t.Fatal(err)
		}
		e.Org = h.org
		list, ids = append(list, e), append(ids, e.ID)
	}
	h.consume(list)
	return ids
}

func (h *house) consume(list []event.Event) {
	h.t.Helper()
	c := h.service.Consumer()
	if err := h.db.InTenant(h.t.Context(), h.org, func(tx db.Tx) error { return c.Handle(h.t.Context(), tx, h.org, list) }); err != nil {
		h.t.Fatal(err)
	}
	h.service.Poke()
}

func (h *house) deliveries(e webhook.Endpoint) []webhook.Delivery {
	h.t.Helper()
	list, err := h.service.Deliveries(h.t.Context(), h.org, e.ID, id.Nil, "", 200)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// until waits for what a process beside the test does.
func (h *house) until(what string, done func() bool) {
	h.t.Helper()
	for range 1500 {
		if done() {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	h.t.Fatalf("never: %s", what)
}

// got is one request that a receiver took.
type got struct {
	header http.Header
	body   []byte
}

// receiver keeps what it gets and answers as it is told.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []got
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	rec := &receiver{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rec.mu.Lock()
		rec.got = append(rec.got, got{r.Header.Clone(), body})
		n := len(rec.got)
		rec.mu.Unlock()
		if answer != nil {
			answer(n, w, r)
		}
	}))
	t.Cleanup(rec.Close)
	return rec
}

func (r *receiver) all() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got{}, r.got...)
}

func verify(t *testing.T, key string, g got) error {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(key)
	if err != nil {
		t.Fatal(err)
	}
	return w.Verify(g.body, g.header)
}

func TestDelivery(t *testing.T) {
	h := newHouse(t)
	rec := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "thanks") })
	before := h.clock.Now().Add(-time.Second)
	e, key := h.endpoint(rec.URL+"/hook?x=1", "lead.*")
	other, _ := h.endpoint(rec.URL+"/other", "campaign.launched")
	if !strings.HasPrefix(key, "whsec_") {
		t.Errorf("secret %q", key)
	}
	stop := h.run(h.service)
	defer stop()
	sent := h.happen("lead.created", 1, map[string]any{"lead_id": "x", "said": "mail ann@example.com or +15551234567"})
	h.happen("campaign.paused", 1, map[string]any{})
	old, err := event.New("lead.created", "y", before, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	h.consume([]event.Event{old}) // from before the endpoint
	h.until("one delivery", func() bool {
		list := h.deliveries(e)
		return len(list) == 1 && list[0].State == webhook.StateDelivered
	})
	stop()
	d := h.deliveries(e)[0]
	if d.EventID != sent[0] || d.Attempts != 1 || d.Status == nil || *d.Status != 200 || d.Answer != "thanks" || d.NextAt != nil || d.TriedAt == nil {
		t.Errorf("%+v", d)
	}
	if len(h.deliveries(other)) != 0 {
		t.Error("an endpoint was told of what it did not ask for")
	}
	all := rec.all()
	if len(all) != 1 {
		t.Fatalf("%d requests", len(all))
	}
	if err := verify(t, key, all[0]); err != nil {
		t.Error(err)
	}
	if all[0].header.Get("webhook-id") != sent[0].String() || strings.Contains(string(all[0].body), "@") || strings.Contains(string(all[0].body), "5551234567") {
		t.Errorf("%s %s", all[0].header, all[0].body)
	}
	var body struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if err := json.Unmarshal(all[0].body, &body); err != nil || body.Type != "lead.created" || body.Timestamp.IsZero() || body.Data["lead_id"] != "x" {
		t.Errorf("%+v, %v", body, err)
	}
}

// TestLargeEvents: the body stays thin.
func TestLargeEvents(t *testing.T) {
	h := newHouse(t)
	e, _ := h.endpoint("http://127.0.0.1:65000/x", "*")
	items := make([]map[string]any, 500)
	for i := range items {
		items[i] = map[string]any{"lead_id": id.New(), "at": time.Now()}
	}
	h.happen("email.sent", 1, map[string]any{"items": items})
	h.happen("lead.noted", 1, map[string]any{"text": strings.Repeat("x", 100_000)})
	for _, d := range h.deliveries(e) {
		if len(d.Payload) >= 20_000 || !json.Valid(d.Payload) {
			t.Errorf("%s: %d bytes", d.EventType, len(d.Payload))
		}
	}
	// The same events again, as after a crash of the relay, make no second row.
	ev, err := event.New("lead.created", "x", h.clock.Now(), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	before := len(h.deliveries(e))
	h.consume([]event.Event{ev})
	h.consume([]event.Event{ev})
	if n := len(h.deliveries(e)); n != before+1 {
		t.Errorf("%d deliveries of one event", n-before)
	}
}

// TestAttempts walks through the schedule of a receiver that never works.
func TestAttempts(t *testing.T) {
	h := newHouse(t)
	rec := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	e, key := h.endpoint(rec.URL, "*")
	stop := h.run(h.service)
	defer stop()
	h.happen("lead.created", 1, map[string]any{})
	began, tried := h.clock.Now(), time.Time{}
	for attempt := 1; attempt <= 10; attempt++ {
		h.until(fmt.Sprintf("attempt %d", attempt), func() bool {
			// A claim counts the attempt; only its outcome moves TriedAt.
			d := h.deliveries(e)[0]
			return d.Attempts == attempt && d.TriedAt != nil && !d.TriedAt.Equal(tried)
		})
		d := h.deliveries(e)[0]
		tried = *d.TriedAt
		if attempt == 10 {
			if d.State != webhook.StateFailed || d.NextAt != nil {
				t.Errorf("after the last attempt: %+v", d)
			}
			break
		}
		h.clock.Pass(d.NextAt.Sub(h.clock.Now()) + time.Second)
		h.service.Poke()
	}
	took := h.clock.Now().Sub(began)
	if took < 67*time.Hour || took > 84*time.Hour {
		t.Errorf("ten attempts in %v, want about 75 h", took)
	}
	ids := map[string]bool{}
	for _, g := range rec.all() {
		ids[g.header.Get("webhook-id")] = true
	}
	if len(rec.all()) != 10 || len(ids) != 1 {
		t.Errorf("%d requests with %d ids", len(rec.all()), len(ids))
	}
	if err := verify(t, key, rec.all()[0]); err != nil {
		t.Error(err)
	}
	if got, err := h.service.Endpoint(t.Context(), h.org, e.ID); err != nil || got.State != webhook.StateActive || got.FailingSince == nil {
		t.Errorf("%+v, %v", got, err)
	}
	// A person has it delivered once more, and five days are over meanwhile.
	h.clock.Pass(5*24*time.Hour - took + time.Minute)
	if _, err := h.service.Redeliver(t.Context(), h.org, e.ID, h.deliveries(e)[0].ID, by); err != nil {
		t.Fatal(err)
	}
	h.until("disabled", func() bool {
		got, err := h.service.Endpoint(t.Context(), h.org, e.ID)
		return err == nil && got.State == webhook.StateDisabled
	})
	stop()
	var alerts, entries int
	if err := h.db.InTenant(t.Context(), h.org, func(tx db.Tx) error {
		return tx.QueryRow(t.Context(), `select (select count(*) from outbox where org_id = $1 and type = $2), (select count(*) from audit_log where org_id = $1 and action = $2)`,
			h.org, webhook.EventDisabled).Scan(&alerts, &entries)
	}); err != nil || alerts != 1 || entries != 1 {
		t.Errorf("%d alerts, %d entries, %v", alerts, entries, err)
	}
}

// TestAnswers: what each answer means, and that a redirect is an answer.
func TestAnswers(t *testing.T) {
	h := newHouse(t)
	canary := egresstest.NewCanary(t)
	rec := newReceiver(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, fmt.Sprintf("http://127.0.0.1:%d/", canary.Port), http.StatusFound)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/hang":
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
		case "/huge":
			for range 100 {
				_, _ = w.Write(make([]byte, 1<<16))
			}
		}
	})
	endpoints := map[string]webhook.Endpoint{}
	for _, path := range []string{"/redirect", "/gone", "/busy", "/hang", "/huge"} {
		endpoints[path], _ = h.endpoint(rec.URL+path, "*")
	}
	stop := h.run(h.service)
	defer stop()
	h.happen("lead.created", 1, map[string]any{})
	tried := func(path string) webhook.Delivery {
		var d webhook.Delivery
		h.until(path, func() bool {
			d = h.deliveries(endpoints[path])[0]
			return d.TriedAt != nil
		})
		return d
	}
	if d := tried("/redirect"); d.State != webhook.StatePending || *d.Status != http.StatusFound {
		t.Errorf("redirect: %+v", d)
	}
	if d := tried("/gone"); d.State != webhook.StateFailed {
		t.Errorf("gone: %+v", d)
	}
	if e, err := h.service.Endpoint(t.Context(), h.org, endpoints["/gone"].ID); err != nil || e.State != webhook.StateDisabled {
		t.Errorf("gone: %+v, %v", e, err)
	}
	if d := tried("/busy"); d.NextAt == nil || d.NextAt.Sub(h.clock.Now()) < 59*time.Minute {
		t.Errorf("busy: %+v", d)
	}
	if d := tried("/hang"); d.Status != nil || d.Answer != "no answer in time" {
		t.Errorf("hang: %+v", d)
	}
	if d := tried("/huge"); d.State != webhook.StateDelivered {
		t.Errorf("huge: %+v", d)
	}
}

// TestSlowReceivers: who does not answer holds up neither another endpoint of
// the organisation nor another organisation.
func TestSlowReceivers(t *testing.T) {
	h := newHouse(t)
	release := make(chan struct{})
	slow := newReceiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	quick := newReceiver(t, nil)
	for range 5 {
		h.endpoint(slow.URL, "*")
	}
	_, _ = h.endpoint(quick.URL, "*")
	stop := h.run(h.service)
	defer stop()
	h.happen("lead.created", 40, map[string]any{})
	h.until("the quick one", func() bool { return len(quick.all()) == 40 })
	neighbour := *h
	neighbour.org = dbtest.Org(t, h.db)
	other, _ := neighbour.endpoint(quick.URL, "*")
	neighbour.happen("lead.created", 5, map[string]any{})
	h.until("the neighbour", func() bool {
		for _, d := range neighbour.deliveries(other) {
			if d.State != webhook.StateDelivered {
				return false
			}
		}
		return true
	})
	if n := len(slow.all()); n > 5*4 {
		t.Errorf("%d requests at once to the slow ones", n)
	}
}

// TestDeadProcess: what a process held when it was killed is delivered by the
// next one, under the same id.
func TestDeadProcess(t *testing.T) {
	h := newHouse(t)
	rec := newReceiver(t, nil)
	e, _ := h.endpoint(rec.URL, "*")
	ids := h.happen("lead.created", 3, map[string]any{})
	if n, err := h.service.ClaimAndDie(t.Context(), h.org, e.ID); err != nil || n != 3 {
		t.Fatalf("%d claimed, %v", n, err)
	}
	next := h.process(egress.Reach{Loopback: true})
	stop := h.run(next)
	defer stop()
	if len(rec.all()) != 0 {
		t.Error("delivered while the dead process might still be at it")
	}
	h.clock.Pass(2 * time.Minute)
	next.Poke()
	h.until("three deliveries", func() bool { return len(rec.all()) == 3 })
	seen := map[string]bool{}
	for _, g := range rec.all() {
		seen[g.header.Get("webhook-id")] = true
	}
	for _, want := range ids {
		if !seen[want.String()] {
			t.Errorf("%s never came", want)
		}
	}
}

// TestRotation: both secrets sign while the receiver changes over.
func TestRotation(t *testing.T) {
	h := newHouse(t)
	rec := newReceiver(t, nil)
	e, first := h.endpoint(rec.URL, "*")
	_, second, err := h.service.Rotate(t.Context(), h.org, e.ID, by, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := h.service.Test(t.Context(), h.org, e.ID, by); err != nil || d.State != webhook.StateDelivered {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, key := range []string{first, second.Reveal()} {
		if err := verify(t, key, rec.all()[0]); err != nil {
			t.Error(err)
		}
	}
	h.clock.Pass(61 * time.Minute)
	if _, err := h.service.Test(t.Context(), h.org, e.ID, by); err != nil {
		t.Fatal(err)
	}
	late := rec.all()[1]
	h.clock.Pass(-61 * time.Minute)
	if strings.Contains(late.header.Get("webhook-signature"), " ") {
		t.Error("the old secret signs after its time")
	}
}

// TestInnerAddresses: an endpoint that was good once, whose name now leads
// inside, is not reached.
func TestInnerAddresses(t *testing.T) {
	h := newHouse(t)
	canary := egresstest.NewCanary(t)
	e, _ := h.endpoint(fmt.Sprintf("http://127.0.0.1:%d/", canary.Port), "*")
	outside := h.process(egress.Reach{})
	d, err := outside.Test(t.Context(), h.org, e.ID, by)
	if err != nil || d.State != webhook.StateFailed || d.Status != nil || d.Answer != "the address may not be reached from here" {
		t.Errorf("%+v, %v", d, err)
	}
	dns := egresstest.NewDNS(t, "93.184.216.34", "127.0.0.1")
	rebinding, err := webhook.New(webhook.Deps{
		DB: h.db, Keys: h.keys, Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Egress: egress.New(egress.Reach{}).WithResolver(dns.Resolver()),
	})
	if err != nil {
		t.Fatal(err)
	}
	url, all := fmt.Sprintf("https://rebind.example.com:%d/", canary.Port), []string{"*"}
	if e, _, err = rebinding.Create(t.Context(), h.org, by, webhook.Draft{URL: &url, Events: &all}); err != nil {
		t.Fatal(err)
	}
	if _, err := dns.Resolver().LookupHost(t.Context(), "rebind.example.com"); err != nil {
		t.Fatal(err) // takes the public answer
	}
	if d, err = rebinding.Test(t.Context(), h.org, e.ID, by); err != nil || d.Answer != "the address may not be reached from here" {
		t.Errorf("%+v, %v", d, err)
	}
	plain := "http://example.com/"
	if _, _, err := outside.Create(t.Context(), h.org, by, webhook.Draft{URL: &plain, Events: &all}); !errs.Is(err, errs.Invalid) {
		t.Errorf("plain http was taken: %v", err)
	}
}
