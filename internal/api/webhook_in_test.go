package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// reporter is a system of a customer that signs what it sends.
type reporter struct {
	t    *testing.T
	s    *apitest.Server
	c    *apitest.Client
	id   string
	path string
	key  string
}

func newReporter(t *testing.T, s *apitest.Server) *reporter {
	t.Helper()
	r := &reporter{t: t, s: s, c: s.SignUp(t)}
	var made struct{ ID, URL, Secret string }
	r.c.Post("/inbound-webhooks", apitest.M{"description": "shop"}).Want(http.StatusCreated).Into(&made)
	r.id, r.key = made.ID, made.Secret
	r.path = made.URL[strings.Index(made.URL, "/webhooks/"):]
	return r
}

// signed is a request as the reference implementation makes it; a test bends it
// afterwards.
func (r *reporter) signed(message string, at time.Time, body string) *http.Request {
	r.t.Helper()
	w, err := standardwebhooks.NewWebhook(r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	signature, err := w.Sign(message, at, []byte(body))
	if err != nil {
		r.t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.s.URL+r.path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("webhook-id", message)
	q.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	q.Header.Set("webhook-signature", signature)
	return q
}

func (r *reporter) send(q *http.Request) int {
	r.t.Helper()
	res, err := r.s.Client(r.t).HTTP.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// act does what the jobs of all events would, twice over.
func (r *reporter) act() {
	r.t.Helper()
	var events []id.ID
	if err := r.s.DB.InTenant(r.t.Context(), r.c.Org, func(tx db.Tx) error {
		rows, err := tx.Query(r.t.Context(), `select id from webhook_inbox where org_id = $1`, r.c.Org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var one id.ID
			if err := rows.Scan(&one); err != nil {
				return err
			}
			events = append(events, one)
		}
		return rows.Err()
	}); err != nil {
		r.t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 2 {
		for _, e := range events {
			wg.Go(func() {
				if err := r.s.Deps.Webhook.Act(r.t.Context(), r.c.Org, e); err != nil {
					r.t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func (r *reporter) leads() (list []struct {
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	Company   string `json:"company"`
},
) {
	r.t.Helper()
	page := struct{ Items any }{&list}
	r.c.Get("/leads").Want(http.StatusOK).Into(&page)
	return list
}

const bob = `{"type":"lead.created","timestamp":"2026-11-01T10:00:00Z","data":{"email":"Bob@Example.com","first_name":"Bob","company":"Acme"}}`

func TestInboundWebhook(t *testing.T) {
	r := newReporter(t, apitest.Start(t))
	now := time.Now()
	if got := r.send(r.signed("evt_1", now, bob)); got != http.StatusAccepted {
		t.Fatalf("a good event: %d", got)
	}
	r.act()
	if got := r.send(r.signed("evt_2", now, `{"type":"lead.updated","data":{"email":"bob@example.com","company":"Other"}}`)); got != http.StatusAccepted {
		t.Fatalf("an update: %d", got)
	}
	if got := r.send(r.signed("evt_3", now, `{"type":"lead.updated","data":{"email":"nobody@example.com"}}`)); got != http.StatusAccepted {
		t.Fatalf("an update of nobody: %d", got)
	}
	r.act()
	list := r.leads()
	if len(list) != 1 || list[0].Email != "bob@example.com" || list[0].FirstName != "Bob" || list[0].Company != "Other" {
		t.Errorf("%+v", list)
	}
	var seen struct {
		Items []struct{ State, Result string }
	}
	r.c.Get("/inbound-webhooks/" + r.id + "/events").Want(http.StatusOK).Into(&seen)
	if len(seen.Items) != 3 || seen.Items[0].State != "failed" || !strings.HasPrefix(seen.Items[1].Result, "updated lead ") || !strings.HasPrefix(seen.Items[2].Result, "created lead ") {
		t.Errorf("%+v", seen)
	}
	// The marks of what was acted on go when no sender repeats it any more.
	pruned := func(before time.Time) (gone int) {
		if err := r.s.DB.InSystem(t.Context(), func(tx db.Tx) error {
			return tx.QueryRow(t.Context(), `select webhook_inbox_prune($1, 5000)`, before).Scan(&gone)
		}); err != nil {
			t.Fatal(err)
		}
		return gone
	}
	if got := pruned(now.Add(-time.Minute)); got != 0 {
		t.Errorf("%d young marks deleted", got)
	}
	if got := pruned(time.Now().Add(time.Minute)); got < 3 {
		t.Errorf("%d old marks deleted, want 3 at least", got)
	}
	r.c.Delete("/inbound-webhooks/" + r.id).Want(http.StatusNoContent)
	if got := r.send(r.signed("evt_4", now, bob)); got != http.StatusNotFound {
		t.Errorf("after its end: %d", got)
	}
}

// TestInboundReplay: the same event a hundred times at once has one effect.
func TestInboundReplay(t *testing.T) {
	r := newReporter(t, apitest.Start(t))
	now := time.Now()
	var fresh, again atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		q := r.signed("evt_1", now, bob)
		wg.Go(func() {
			switch got := r.send(q); got {
			case http.StatusAccepted:
				fresh.Add(1)
			case http.StatusOK:
				again.Add(1)
			default:
				t.Errorf("status %d", got)
			}
		})
	}
	wg.Wait()
	r.act()
	if fresh.Load() != 1 || again.Load() != 99 || len(r.leads()) != 1 {
		t.Errorf("%d taken, %d repetitions, %d leads", fresh.Load(), again.Load(), len(r.leads()))
	}
	var created int
	if err := r.s.DB.InTenant(t.Context(), r.c.Org, func(tx db.Tx) error {
		return tx.QueryRow(t.Context(), `select count(*) from outbox where org_id = $1 and type = 'lead.created'`, r.c.Org).Scan(&created)
	}); err != nil || created != 1 {
		t.Errorf("%d events of one person, %v", created, err)
	}
}

// TestInboundForgeries bends a good request in the ways of forgers; none has an
// effect.
func TestInboundForgeries(t *testing.T) {
	s := apitest.Start(t)
	r, other := newReporter(t, s), newReporter(t, s)
	now := time.Now()
	if got := r.send(r.signed("evt_0", now, bob)); got != http.StatusAccepted {
		t.Fatalf("the good one: %d", got)
	}
	body := func(q *http.Request, text string) *http.Request {
		q.Body, q.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		return q
	}
	without := func(name string) *http.Request {
		q := r.signed("evt_x", now, bob)
		q.Header.Del(name)
		return q
	}
	with := func(name, value string) *http.Request {
		q := r.signed("evt_x", now, bob)
		q.Header.Set(name, value)
		return q
	}
	foreign := other.signed("evt_x", now, bob)
	foreign.URL.Path = r.path
	twice := r.signed("evt_x", now, bob)
	twice.Header.Add("webhook-timestamp", fmt.Sprint(now.Unix()))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 10<<20))
	_ = z.Close()
	bomb := r.signed("evt_x", now, packed.String())
	bomb.Header.Set("Content-Encoding", "gzip")
	elsewhere := r.signed("evt_x", now, bob)
	elsewhere.URL.Path = "/webhooks/stripe/" + r.path[strings.LastIndexByte(r.path, '/')+1:]
	guessed := r.signed("evt_x", now, bob)
	guessed.URL.Path = "/webhooks/standard/guessed"

	for _, c := range []struct {
		what string
		q    *http.Request
		want int
	}{
		{"no timestamp", without("webhook-timestamp"), 401},
		{"no id", without("webhook-id"), 401},
		{"no signature", without("webhook-signature"), 401},
		{"another timestamp", with("webhook-timestamp", fmt.Sprint(now.Unix()+1)), 401},
		{"another id", with("webhook-id", "evt_y"), 401},
		{"two timestamps", twice, 401},
		{"old", r.signed("evt_x", now.Add(-301*time.Second), bob), 401},
		{"from the future", r.signed("evt_x", now.Add(310*time.Second), bob), 401},
		{"one byte changed", body(r.signed("evt_x", now, bob), strings.Replace(bob, "Acme", "Acmf", 1)), 401},
		{"JSON written anew", body(r.signed("evt_x", now, bob), strings.ReplaceAll(bob, ":", ": ")), 401},
		{"another algorithm", with("webhook-signature", "v1a,"+strings.Repeat("A", 88)), 401},
		{"an empty signature", with("webhook-signature", "v1,"), 401},
		{"the secret of another organisation", foreign, 401},
		{"the id of an earlier event with another body", r.signed("evt_0", now, strings.Replace(bob, "Bob@", "Eve@", 1)), 409},
		{"too large", r.signed("evt_x", now, `{"type":"`+strings.Repeat("x", 10<<20)+`"}`), 413},
		{"a packed body", bomb, 422},
		{"another provider", elsewhere, 404},
		{"a guessed token", guessed, 404},
		{"not JSON", r.signed("evt_x", now, "hello"), 422},
		{"a key twice", r.signed("evt_x", now, `{"type":"lead.created","type":"x","data":{"email":"a@b.example"}}`), 422},
		{"deep", r.signed("evt_x", now, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), 422},
		{"a field nobody knows", r.signed("evt_x", now, `{"type":"lead.created","data":{"email":"a@b.example","org_id":"x"}}`), 422},
		{"a type nobody knows", r.signed("evt_x", now, `{"type":"lead.deleted","data":{"email":"a@b.example"}}`), 422},
	} {
		if got := r.send(c.q); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
	r.act()
	if n := len(r.leads()); n != 1 {
		t.Errorf("%d leads: a forgery had an effect", n)
	}
	if n := len(other.leads()); n != 0 {
		t.Errorf("%d leads of somebody else", n)
	}
}

// TestInboundAgain: a person who is created twice is one person, with what came
// last; and HTTP/1.0 will do.
func TestInboundAgain(t *testing.T) {
	r := newReporter(t, apitest.Start(t))
	now := time.Now()
	for i, company := range []string{"First", "Second"} { // created twice under two ids
		if got := r.send(r.signed(fmt.Sprint("evt_", i), now, strings.Replace(bob, "Acme", company, 1))); got != http.StatusAccepted {
			t.Fatal(got)
		}
		r.act()
	}
	if list := r.leads(); len(list) != 1 || list[0].Company != "Second" {
		t.Errorf("%+v", list)
	}
	q := r.signed("evt_old", now, bob)
	conn, err := net.Dial("tcp", r.s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.0\r\nContent-Length: %d\r\n", r.path, len(bob))
	for name := range q.Header {
		_, _ = fmt.Fprintf(conn, "%s: %s\r\n", name, q.Header.Get(name))
	}
	_, _ = fmt.Fprintf(conn, "\r\n%s", bob)
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), "202 Accepted") {
		t.Errorf("%s, %v", answer, err)
	}
}
