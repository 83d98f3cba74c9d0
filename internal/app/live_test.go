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
	t          *testing.T
	url, token string
}

func (c *tenant) post(path string, body any) map[string]any {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || answer.StatusCode != http.StatusCreated {
		c.t.Fatalf("%s: %d %v", path, answer.StatusCode, err)
	}
	return out
}

func signUp(t *testing.T, url string) *tenant {
	t.Helper()
	c := &tenant{t: t, url: url}
	out := c.post("/auth/signup", map[string]any{
		"organization_name": "Acme", "name": "Ann", "email": id.New().String() + "@example.com", "password": "a long enough password",
	})
	c.token, _ = out["access_token"].(string)
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
	header := http.Header{"Authorization": {"Bearer " + mine.token}, "X-Org-Id": {theirLead}}
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
