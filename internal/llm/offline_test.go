package llm

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden (go test -update writes it): %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// rich and bare are what one knows at best and at worst.
func rich() (LeadFacts, SenderFacts) {
	return LeadFacts{
			FirstName: "Dana", Company: "Harbor Dental", Title: "Office Manager", Source: "webinar",
			Custom: map[string]string{"last_topic": "late cancellations", "reason": "you opened a second office in Ventura"},
		},
		SenderFacts{
			Name: "Sam Ortiz", Organization: "Brightline", Offer: "appointment reminders that patients answer by text",
			Proof:      []Proof{{Text: "Seaside Dental in Oxnard cut no-shows from 14 to 6 percent in one quarter.", Source: "case study, with permission"}},
			BookingURL: "https://brightline.example/meet/sam",
		}
}

func bare() (LeadFacts, SenderFacts) {
	return LeadFacts{}, SenderFacts{Organization: "Brightline", Offer: "appointment reminders that patients answer by text"}
}

func show(d Draft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %s (%s) --\n", d.Variant, d.Model)
	if d.Subject != "" {
		fmt.Fprintf(&b, "Subject: %s\n\n", d.Subject)
	}
	b.WriteString(d.Body + "\n")
	for _, c := range d.Claims {
		fmt.Fprintf(&b, "| %s <- %s\n", c.Text, c.Source)
	}
	return b.String() + "\n"
}

// every returns each text filled with the facts it needs, once.
func every(t *testing.T, l LeadFacts, s SenderFacts) []Draft {
	t.Helper()
	seen := map[string]Draft{}
	for seed := range int64(200) {
		for _, goal := range []Goal{BookDemo, Reactivate, FollowUp} {
			for step := 1; step <= 4; step++ {
				d, err := OfflineDraft(Brief{Goal: goal, Step: step, Steps: 4, Lead: l, Sender: s, Seed: seed})
				if err != nil {
					t.Fatalf("%s step %d: %v", goal, step, err)
				}
				seen[d.Variant] = d
			}
		}
		for label := range answerCopy() {
			if d, ok := OfflineAnswer(ReplyBrief{Label: label, Lead: l, Sender: s, Seed: seed}); ok {
				seen[d.Variant] = d
			}
		}
	}
	var out []Draft
	for _, d := range seen {
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Variant < out[j].Variant })
	return out
}

func TestOfflineGoldens(t *testing.T) {
	for name, f := range map[string]func() (LeadFacts, SenderFacts){"rich": rich, "bare": bare} {
		l, s := f()
		var b strings.Builder
		for _, d := range every(t, l, s) {
			b.WriteString(show(d))
		}
		golden(t, "offline_"+name+".golden", b.String())
	}
}

// TestOfflineKeepsItsOwnRules: the hand-written texts pass the check that models
// have to pass, leave no placeholder, and every purpose has four texts.
func TestOfflineKeepsItsOwnRules(t *testing.T) {
	for name, f := range map[string]func() (LeadFacts, SenderFacts){"rich": rich, "bare": bare} {
		l, s := f()
		facts := facts(l, s)
		for _, d := range every(t, l, s) {
			if err := CheckDraft(d, facts); err != nil {
				t.Errorf("%s %s: %v\n%s", name, d.Variant, err, d.Body)
			}
			if strings.ContainsAny(d.Subject+d.Body, "[]") {
				t.Errorf("%s %s leaves a placeholder:\n%s", name, d.Variant, d.Body)
			}
			if n := len(strings.Fields(d.Body)); n > 120 {
				t.Errorf("%s %s has %d words", name, d.Variant, n)
			}
			if d.Model != OfflineModel {
				t.Errorf("%s %s says its model is %q", name, d.Variant, d.Model)
			}
		}
	}
	for p, texts := range sequenceCopy() {
		if len(texts) < 4 {
			t.Errorf("%s has %d texts; want 4", p, len(texts))
		}
	}
	if n := len(every(t, LeadFacts{}, SenderFacts{Organization: "B", Offer: "o"})); n < 20 {
		t.Errorf("only %d texts work with nothing known", n)
	}
}

func TestOfflineIsDeterministic(t *testing.T) {
	l, s := rich()
	b := Brief{Goal: BookDemo, Step: 1, Steps: 4, Lead: l, Sender: s, Seed: 42}
	first, err := OfflineDraft(b)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		again, err := OfflineDraft(b)
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Fatalf("the same brief gives another draft: %v\n%s", err, diff)
		}
	}
}

func TestPurposes(t *testing.T) {
	for _, c := range []struct {
		goal        Goal
		step, steps int
		want        purpose
	}{
		{BookDemo, 1, 4, intro},
		{BookDemo, 2, 4, proof},
		{BookDemo, 3, 4, nudge},
		{BookDemo, 4, 4, goodbye},
		{Reactivate, 1, 3, reactivate},
		{Reactivate, 3, 3, goodbye},
		{FollowUp, 1, 1, nudge},
		{FollowUp, 2, 2, proof},
	} {
		if got := purposeOf(Brief{Goal: c.goal, Step: c.step, Steps: c.steps}); got != c.want {
			t.Errorf("%s step %d of %d is %s; want %s", c.goal, c.step, c.steps, got, c.want)
		}
	}
}

// TestHostileFacts: what an import can carry never reaches a draft.
func TestHostileFacts(t *testing.T) {
	_, s := bare()
	for _, bad := range []string{"{{api_key}}", "see https://evil.example", "x@evil.example", "<b>hi</b>", "[offer]", strings.Repeat("long ", 100), "www.evil.example"} {
		l := LeadFacts{FirstName: bad, Company: bad, Title: bad, Source: bad, Custom: map[string]string{"reason": bad, "last_topic": bad}}
		s.BookingURL = "javascript:alert(1)"
		for seed := range int64(20) {
			d, err := OfflineDraft(Brief{Goal: Reactivate, Step: 1, Steps: 4, Lead: l, Sender: s, Seed: seed})
			if err != nil || strings.Contains(d.Body, bad) || strings.Contains(d.Body, "javascript") {
				t.Errorf("fact %.30q: %v\n%s", bad, err, d.Body)
			}
		}
	}
	s.Offer = "{{offer}}"
	if _, err := OfflineDraft(Brief{Goal: BookDemo, Step: 1, Steps: 1, Sender: s}); err == nil {
		t.Error("a draft without an offer")
	}
}

func TestNoAnswerWhereSilenceIsDue(t *testing.T) {
	l, s := rich()
	for _, label := range []string{"unsubscribe", "out_of_office", "auto_reply", "", "anything"} {
		if d, ok := OfflineAnswer(ReplyBrief{Label: label, Lead: l, Sender: s}); ok {
			t.Errorf("%q is answered: %s", label, d.Body)
		}
	}
}
