package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"
)

// demoTime is the promise: numbers move within a minute.
const demoTime = 60 * time.Second

var signInLine = regexp.MustCompile(`^open (\S+) and sign in as (\S+) with the password (\S+)$`)

// TestDemo: the workspace lives by itself, without a key or an account.
func TestDemo(t *testing.T) {
	t.Parallel()
	p := start(t, dataDir(t), "demo", "--addr", "127.0.0.1:0")
	began := time.Now()
	line := p.line()
	signIn := signInLine.FindStringSubmatch(line)
	if signIn == nil || signIn[1] != p.url {
		t.Fatalf("the second line is %q", line)
	}
	c := newClient(t, p.url)
	c.signIn(signIn[2], signIn[3])
	stream := c.listen(0)
	campaigns := list[struct{ ID, Status string }](c, "/campaigns")
	if len(campaigns) != 1 || campaigns[0].Status != "running" {
		t.Fatalf("campaigns: %+v", campaigns)
	}
	var now report
	eventually(t, "a workspace that lives", demoTime, func() error {
		now = fetch[report](c, "/campaigns/"+campaigns[0].ID+"/metrics")
		moved := movements(t, stream, campaigns[0].ID)
		replies := list[struct{ Intent string }](c, "/replies")
		intents := map[string]bool{}
		for _, r := range replies {
			intents[r.Intent] = true
		}
		if now.EmailsSent == 0 || now.Replies == 0 || now.Opens == 0 || now.Clicks == 0 || len(intents) < 2 || len(moved) < 3 {
			return fmt.Errorf("%+v; %d replies of %v; emails_sent over the stream: %v", now, len(replies), intents, moved)
		}
		return nil
	})
	t.Logf("alive after %v: %+v", time.Since(began).Round(time.Millisecond), now)
	p.terminate()
}

// movements lists the different values of emails_sent that metrics.update told.
func movements(t *testing.T, stream *live, campaign string) []int {
	t.Helper()
	var values []int
	for _, f := range stream.all(t) {
		if f.Event != "metrics.update" {
			continue
		}
		var update struct {
			Totals map[string]struct {
				EmailsSent int `json:"emails_sent"`
			} `json:"totals"`
		}
		if err := json.Unmarshal(f.Data, &update); err != nil {
			t.Errorf("metrics.update: %v: %s", err, f.Data)
		}
		sent := update.Totals[campaign].EmailsSent
		if n := len(values); n == 0 || values[n-1] != sent {
			values = append(values, sent)
		}
	}
	return values
}
