package ws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/ws"
)

// bearer takes the token for the organisation's id, until it is signed out.
type bearer struct{ signedOut sync.Map }

func (b *bearer) Authenticate(r *http.Request) (org, user id.ID, err error) {
	org, err = id.Parse("token", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if _, out := b.signedOut.Load(org); err != nil || out {
		return id.Nil, id.Nil, errs.New(errs.Unauthenticated, "sign in")
	}
	return org, org, nil
}

// world is a database, a relay, a hub and a server.
type world struct {
	t      testing.TB
	db     *db.DB
	relay  *event.Relay
	hub    *ws.Hub
	auth   bearer
	server *httptest.Server
	stop   func()
}

func newWorld(t testing.TB, limits ws.Limits) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.Fresh(t)}
	w.start(limits)
	t.Cleanup(func() { w.stop() })
	return w
}

// start runs a process.
func (w *world) start(limits ws.Limits) {
	ctx, cancel := context.WithCancel(context.Background())
	w.relay = event.NewRelay(w.db, slog.New(slog.DiscardHandler))
	w.hub = ws.New(ws.Deps{
		DB: w.db, Relay: w.relay, Auth: &w.auth, Logger: slog.New(slog.DiscardHandler),
		PublicURL: "https://app.example.com", Limits: limits,
	})
	w.server = httptest.NewServer(w.hub)
	var work sync.WaitGroup
	work.Go(func() { _ = w.relay.Run(ctx) })
	work.Go(func() { _ = w.hub.Run(ctx) })
	w.stop = sync.OnceFunc(func() { cancel(); work.Wait(); w.server.Close() })
}

func (w *world) dial(org id.ID, after int64) *websocket.Conn {
	w.t.Helper()
	conn, response, err := w.tryDial(org, fmt.Sprintf("?after=%d", after), nil)
	if err != nil {
		w.t.Fatalf("dial: %v (%v)", err, response)
	}
	return conn
}

func (w *world) tryDial(org id.ID, query string, header http.Header) (*websocket.Conn, *http.Response, error) {
	if header == nil {
		header = http.Header{}
	}
	header.Set("Authorization", "Bearer "+org.String())
	conn, response, err := websocket.Dial(context.Background(), w.server.URL+query, &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		conn.SetReadLimit(1 << 20)
		w.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, response, err
}

// tell writes an event and returns when it is published.
func (w *world) tell(org id.ID, typ string, data any) {
	w.t.Helper()
	if err := w.write(org, typ, data); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(org id.ID, typ string, data any) error {
	err := w.db.InTenant(context.Background(), org, func(tx db.Tx) error {
		e, err := event.New(typ, "x", time.Now(), data)
		if err != nil {
			return err
		}
		return event.Append(context.Background(), tx, org, e)
	})
	w.relay.Wake()
	return err
}

type frame struct {
	Seq        int64          `json:"seq"`
	Event      string         `json:"event"`
	Type       string         `json:"type"`
	OccurredAt time.Time      `json:"occurred_at"`
	Data       map[string]any `json:"data"`
}

func read(ctx context.Context, conn *websocket.Conn) (frame, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, text, err := conn.Read(ctx)
	if err != nil {
		return frame{}, err
	}
	var f frame
	return f, json.Unmarshal(text, &f)
}

func (w *world) next(conn *websocket.Conn) frame {
	w.t.Helper()
	f, err := read(context.Background(), conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// settled waits until a new connection would start after everything written.
func (w *world) settled(seq int64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if !w.relay.WaitPast(ctx, seq-1) {
		w.t.Fatal("not published")
	}
}

// TestSignedOut: whoever was signed out sees nothing more on a stream that is
// open; others do.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{ProveEvery: time.Nanosecond})
	org, other := id.New(), id.New()
	mine, theirs := w.dial(org, 0), w.dial(other, 0)
	for _, o := range []id.ID{org, other} {
		w.tell(o, "lead.created", map[string]any{"name": "Ada"})
	}
	w.next(mine)
	w.next(theirs)
	w.auth.signedOut.Store(org, true)
	for _, o := range []id.ID{org, other} {
		w.tell(o, "lead.created", map[string]any{"name": "Bea"})
	}
	if f, err := read(context.Background(), mine); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("after signing out: %+v %v", f, err)
	}
	w.next(theirs)
}

// TestNames: events go out under the names outsiders know, without addresses and
// with long batches cut.
func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{})
	org := id.New()
	many := make([]map[string]any, 300)
	for i := range many {
		many[i] = map[string]any{"n": i}
	}
	for _, e := range []struct {
		typ  string
		data any
	}{
		{"lead.created", map[string]any{"name": "Ada"}},
		{"lead.imported", map[string]any{"created": 7}},
		{"campaign.launched", map[string]any{"name": "Spring"}},
		{"metrics.updated", map[string]any{"campaign_ids": []string{}}},
		{"decision.made", map[string]any{"reason": "they wrote from <ada@example.com>, +491711234567"}},
		{"action.in_doubt", map[string]any{"items": []any{}}},
		{"email.sent", map[string]any{"items": many}},
	} {
		w.tell(org, e.typ, e.data)
	}
	w.settled(7)
	// after=0 means from now, so the first event is the one written next.
	late := w.dial(org, 0)
	conn := w.dial(org, 1)
	names, types := []string{}, []string{}
	for range 6 {
		f := w.next(conn)
		names, types = append(names, f.Event), append(types, f.Type)
		switch f.Type {
		case "decision.made":
			if diff := cmp.Diff(map[string]any{"reason": "they wrote from <***>, ***"}, f.Data); diff != "" {
				t.Error(diff)
			}
		case "email.sent":
			if items, ok := f.Data["items"].([]any); !ok || len(items) != 20 || f.Data["count"] != 300.0 {
				t.Errorf("a batch of 300 came as %d of %v", len(items), f.Data["count"])
			}
		}
	}
	if diff := cmp.Diff([]string{"lead.new", "campaign.update", "metrics.update", "ai.activity", "ai.activity", "email.sent"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if types[1] != "campaign.launched" {
		t.Errorf("types %v", types)
	}
	w.tell(org, "lead.scored", map[string]any{})
	for _, c := range []*websocket.Conn{conn, late} {
		if f := w.next(c); f.Seq != 8 || f.Event != "lead.scored" || f.OccurredAt.IsZero() {
			t.Errorf("the next event came as %+v", f)
		}
	}
}

// TestResumeMissesNothing: clients are cut at random points and the process is
// restarted, while events of two tenants come in. Each client sees every event of
// its own tenant once, in order, and none of the other.
func TestResumeMissesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{Queue: 8}) // so small that some are dropped as slow
	orgs := []id.ID{id.New(), id.New()}
	const events = 400
	w.tell(orgs[0], "start", map[string]any{"n": -1, "org": orgs[0]})
	w.settled(1)
	var mu sync.Mutex // guards the process, which is restarted
	dial := func(org id.ID, after int64) (*websocket.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		conn, _, err := w.tryDial(org, fmt.Sprintf("?after=%d", after), nil)
		return conn, err
	}
	var clients sync.WaitGroup
	for i := range 6 {
		clients.Go(func() { follow(t, dial, orgs[i%2], events, rand.New(rand.NewPCG(uint64(i), 3))) })
	}
	var writers sync.WaitGroup
	for o, org := range orgs {
		writers.Go(func() {
			for n := range events {
				mu.Lock()
				err := w.write(org, "tick", map[string]any{"n": n, "org": org})
				if o == 0 && n%150 == 149 {
					w.stop()
					w.start(ws.Limits{Queue: 8})
				}
				mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	clients.Wait()
}

// follow reads all ticks of org over connections that end now and then.
func follow(t *testing.T, dial func(id.ID, int64) (*websocket.Conn, error), org id.ID, events int, random *rand.Rand) {
	seq, expect := int64(1), 0
	deadline := time.Now().Add(40 * time.Second)
	for expect < events && time.Now().Before(deadline) {
		conn, err := dial(org, seq)
		if err != nil {
			continue
		}
		for cut := 1 + random.IntN(80); cut > 0 && expect < events; cut-- {
			f, err := read(t.Context(), conn)
			if err != nil {
				break
			}
			if f.Event != "tick" || f.Data["org"] != org.String() || f.Data["n"] != float64(expect) || f.Seq <= seq {
				t.Errorf("got %+v after seq %d, expected tick %d of %s", f, seq, expect, org)
				return
			}
			seq = f.Seq
			expect++
		}
		_ = conn.CloseNow()
	}
	if expect != events {
		t.Errorf("saw %d of %d events", expect, events)
	}
}

// TestResync: a client whose position is gone, or comes from another database, is
// told so and goes on from now.
func TestResync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{})
	org := id.New()
	for n := range 5 {
		w.tell(org, "tick", map[string]any{"n": n})
	}
	w.settled(5)
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, w.db))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), `delete from outbox where seq <= 3`); err != nil {
		t.Fatal(err)
	}
	pruned, foreign, fine := w.dial(org, 2), w.dial(org, 900), w.dial(org, 3)
	for _, c := range []*websocket.Conn{pruned, foreign} {
		if f := w.next(c); f.Event != "resync" || f.Seq != 5 {
			t.Errorf("got %+v, want resync at 5", f)
		}
	}
	for n := range 2 {
		if f := w.next(fine); f.Seq != int64(4+n) {
			t.Errorf("got %+v, want seq %d", f, 4+n)
		}
	}
	w.tell(org, "tick", map[string]any{"n": 5})
	for _, c := range []*websocket.Conn{pruned, foreign, fine} {
		if f := w.next(c); f.Seq != 6 {
			t.Errorf("got %+v, want seq 6", f)
		}
	}
}

// TestSlowClient: one that does not read is dropped and costs the others nothing.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{Queue: 4, WriteWithin: 300 * time.Millisecond, PerUser: 5})
	org := id.New()
	slow, quick := w.dial(org, 0), w.dial(org, 0)
	big := map[string]any{"text": strings.Repeat("x", 300_000)}
	const events = 60
	go func() {
		for range events {
			if w.write(org, "big", big) != nil {
				return
			}
			<-time.After(5 * time.Millisecond) // quick must not run over, too
		}
	}()
	seq := int64(0)
	for range events {
		f, err := read(t.Context(), quick)
		if err != nil {
			// On a busy machine it may be dropped: it resumes.
			quick = w.dial(org, max(seq, 1))
			continue
		}
		seq = f.Seq
	}
	var closed websocket.CloseError
	for {
		if _, err := read(t.Context(), slow); err != nil {
			if errors.As(err, &closed) && closed.Code != websocket.StatusTryAgainLater {
				t.Errorf("closed with %v", closed)
			}
			break
		}
	}
}

// TestDoor: who may connect, from where, and how often.
func TestDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{PerUser: 2})
	org := id.New()
	for _, tc := range []struct {
		name   string
		query  string
		header http.Header
		want   int
	}{
		{"not signed in", "", http.Header{"Authorization": {""}}, 401},
		{"a position that is none", "?after=soon", nil, 422},
		{"a negative position", "?after=-1", nil, 422},
		{"another site's page", "", http.Header{"Origin": {"https://evil.example"}}, 403},
	} {
		who := org
		header := tc.header
		if tc.want == 401 {
			response, err := http.Get(w.server.URL)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != 401 || response.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %s", tc.name, response.Status)
			}
			continue
		}
		_, response, err := w.tryDial(who, tc.query, header)
		if err == nil || response == nil || response.StatusCode != tc.want {
			t.Errorf("%s: %v, %v, want %d", tc.name, response, err, tc.want)
		}
	}
	own, _, err := w.tryDial(org, "", http.Header{"Origin": {"https://app.example.com"}})
	if err != nil {
		t.Fatalf("from our own page: %v", err)
	}
	second := w.dial(org, 0)
	if _, response, err := w.tryDial(org, "", nil); err == nil || response.StatusCode != 429 || response.Header.Get("Retry-After") == "" {
		t.Errorf("a third connection of the user: %v, %v", response, err)
	}
	if err := own.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t.Context(), own); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("a client that talks: %v", err)
	}
	_ = second.Close(websocket.StatusNormalClosure, "")
	deadline := time.Now().Add(10 * time.Second)
	for {
		conn, _, err := w.tryDial(org, "", nil)
		if err == nil {
			_ = conn.CloseNow()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("places were not given back")
		}
	}
}

// TestAge: a connection ends in time and its client must sign in again; a dead
// peer is noticed by its missing pong.
func TestAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ws.Limits{MaxAge: 300 * time.Millisecond, PingEvery: 100 * time.Millisecond})
	conn := w.dial(id.New(), 0)
	if _, err := read(t.Context(), conn); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("an old connection: %v", err)
	}
	silent := newWorld(t, ws.Limits{PingEvery: 100 * time.Millisecond})
	raw, err := net.Dial("tcp", silent.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	fmt.Fprintf(raw, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer %s\r\n\r\n", id.New())
	_ = raw.SetReadDeadline(time.Now().Add(10 * time.Second))
	buffer := make([]byte, 4096)
	for {
		if _, err := raw.Read(buffer); err != nil {
			if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
				t.Error("a peer that answers no ping stayed connected")
			}
			return
		}
	}
}
