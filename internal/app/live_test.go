package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rainmaker/internal/platform/id"
)

// tenant is an organisation of the running program.
type tenant struct {
	t     *testing.T
	url   string
	proof string // Authorization
}

func (c *tenant) do(method, path string, body any) (int, map[string]any) {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if c.proof != "" {
		r.Header.Set("Authorization", c.proof)
	}
	answer, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		c.t.Fatalf("%s: %d %v", path, answer.StatusCode, err)
	}
	return answer.StatusCode, out
}

func (c *tenant) send(method, path string, body any) int {
	c.t.Helper()
	status, _ := c.do(method, path, body)
	return status
}

func (c *tenant) post(path string, body any) map[string]any {
	c.t.Helper()
	status, out := c.do(http.MethodPost, path, body)
	if status != http.StatusCreated {
		c.t.Fatalf("%s: %d %v", path, status, out)
	}
	return out
}

// dialLive opens the stream of live updates, for as long as the test.
func dialLive(t *testing.T, url, proof string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(url, "http://", "ws://", 1)+"/api/v1/ws", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {proof}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func signUp(t *testing.T, url string) *tenant {
	t.Helper()
	c := &tenant{t: t, url: url}
	out := c.post("/auth/signup", map[string]any{
		"organization_name": "Acme", "name": "Ann", "email": id.New().String() + "@example.com", "password": "a long enough password",
	})
	token, _ := out["access_token"].(string)
	c.proof = "Bearer " + token
	return c
}

// TestLiveUpdatesStayAtHome: a subscription that starts before everybody's events,
// names the other organisation in every way it can, and sees its own alone.
func TestLiveUpdatesStayAtHome(t *testing.T) {
	a, stop := run(t, settings(t))
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	mine, theirs := signUp(t, a.URL()), signUp(t, a.URL())
	theirLead := fmt.Sprint(theirs.post("/leads", map[string]any{"email": "x@canary.example.com", "first_name": "Canary"})["id"])
	myLead := fmt.Sprint(mine.post("/leads", map[string]any{"email": "y@example.com", "first_name": "Mine"})["id"])
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	target := strings.Replace(a.URL(), "http://", "ws://", 1) + "/api/v1/ws?after=1&org_id=" + theirLead + "&lead_id=" + theirLead
	header := http.Header{"Authorization": {mine.proof}, "X-Org-Id": {theirLead}}
	conn, _, err := websocket.Dial(ctx, target, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	theirs.post("/leads", map[string]any{"email": "z@canary.example.com", "first_name": "Canary"})
	last := fmt.Sprint(mine.post("/leads", map[string]any{"email": "w@example.com", "first_name": "Last"})["id"])
	var seen strings.Builder
	for !strings.Contains(seen.String(), last) {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			t.Fatalf("after %s: %v", seen.String(), err)
		}
		seen.Write(frame)
	}
	if !strings.Contains(seen.String(), myLead) {
		t.Errorf("resuming from the beginning lacks the first lead: %s", seen.String())
	}
	if text := strings.ToLower(seen.String()); strings.Contains(text, theirLead) || strings.Contains(text, "canary") {
		t.Errorf("another organisation's event: %s", text)
	}
}
