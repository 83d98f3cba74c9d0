package conversation

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/platform/sharedset"
)

// written is when the replies of the cases came: a Monday.
var written = time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)

func TestCases(t *testing.T) {
	f, err := os.Open("testdata/intents.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var want Intent
	n, perIntent := 0, map[Intent]int{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "## ") {
			want = Intent(strings.TrimPrefix(line, "## "))
			continue
		}
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "limit: "); ok {
			meant, text, _ := strings.Cut(rest, ": ")
			if got := Classify(text, "", written); string(got.Intent) == meant {
				t.Errorf("%q is read rightly now: move it to its group", text)
			}
			continue
		}
		n++
		perIntent[want]++
		checkCase(t, line, want)
	}
	if n < 150 {
		t.Errorf("%d cases", n)
	}
	t.Logf("%d cases: %v", n, perIntent)
}

// checkCase checks one line of the cases.
func checkCase(t *testing.T, line string, want Intent) {
	t.Helper()
	parts := strings.Split(line, " | ")
	text := strings.ReplaceAll(parts[0], `\n`, "\n")
	subject := "Re: A question. Unsubscribe any time"
	for _, p := range parts[1:] {
		if s, ok := strings.CutPrefix(p, "subject "); ok {
			subject = s
		}
	}
	got := Classify(text, subject, written)
	if got.Intent != want {
		t.Errorf("%q: %s (%s), want %s", text, got.Intent, got.Reason, want)
		return
	}
	if again := Classify(text, subject, written); again.Reason != got.Reason || got.RuleVersion == "" {
		t.Errorf("%q: not the same twice", text)
	}
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, " ")
		switch name {
		case "retry":
			day := "none"
			if got.RetryAfter != nil {
				day = got.RetryAfter.Format(time.DateOnly)
			}
			if day != value {
				t.Errorf("%q: retry %s, want %s", text, day, value)
			}
		case "referral":
			if got.Referral != value {
				t.Errorf("%q: referral %q, want %q", text, got.Referral, value)
			}
		}
	}
}

func TestTable(t *testing.T) {
	tab := rules()
	if tab.sections[0].intent != OptOut {
		t.Error("opt-out must be the first section")
	}
	for _, s := range tab.sections {
		for _, p := range s.match {
			if p.MatchString("") || p.MatchString("the weather is mild") {
				t.Errorf("line %d matches anything", p.line)
			}
		}
	}
	for _, bad := range []string{"x", "[nope 0.9] a\nx", "[opt_out 2] a\nx", "[opt_out 0.9] a\n("} {
		if _, err := readTable(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// fixed is a model that always says the same.
type fixed struct {
	verdict Verdict
	err     error
	asked   int
}

func (f *fixed) Classify(context.Context, Input) (Verdict, error) {
	f.asked++
	return f.verdict, f.err
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name, text string
		model      fixed
		want       Intent
		asked      int
		fails      bool
	}{
		{"an opt-out is final", "please remove me from your list", fixed{verdict: Verdict{Intent: Interested, Confidence: 1}}, OptOut, 0, false},
		{"sure rules need no model", "not interested", fixed{verdict: Verdict{Intent: Interested, Confidence: 1}}, NotInterested, 0, false},
		{"unsure rules ask", "the weather in our parts is mild", fixed{verdict: Verdict{Intent: NotNow, Confidence: 0.7, Model: "m"}}, NotNow, 1, false},
		{"a model may find an opt-out", "the weather in our parts is mild", fixed{verdict: Verdict{Intent: OptOut, Confidence: 0.9}}, OptOut, 1, false},
		{"an unknown label is not heard", "the weather in our parts is mild", fixed{verdict: Verdict{Intent: "buy", Confidence: 1}}, Other, 1, false},
		{"a failing model does not stop the sorting", "the weather in our parts is mild", fixed{err: errors.New("down")}, Other, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Judge(t.Context(), Input{Text: tt.text, Now: written}, &tt.model)
			if got.Intent != tt.want || tt.model.asked != tt.asked || (err != nil) != tt.fails {
				t.Errorf("%s, asked %d times, %v", got.Intent, tt.model.asked, err)
			}
		})
	}
}

// TestAsksOnLabelledSentences measures on 3,657 sentences labelled "intent" (asks
// for something) or not. Every second one was not looked at when the words were
// chosen.
func TestAsksOnLabelledSentences(t *testing.T) {
	dir, ok := sharedset.Dir(t, "email-intent-parakweet")
	if !ok {
		return
	}
	raw, err := os.ReadFile(dir + "/train.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var score [2]struct{ hit, miss, alarm, calm int }
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		label, text, _ := strings.Cut(line, "\t")
		s := &score[i%2]
		switch asks := Asks(text); {
		case asks && label == "Yes":
			s.hit++
		case asks:
			s.alarm++
			show(t, i, "alarm", text)
		case label == "Yes":
			s.miss++
			show(t, i, "miss", text)
		default:
			s.calm++
		}
	}
	for i, s := range score {
		precision, recall := float64(s.hit)/float64(s.hit+s.alarm), float64(s.hit)/float64(s.hit+s.miss)
		all := s.hit + s.miss + s.alarm + s.calm
		t.Logf("half %d: precision %.3f recall %.3f accuracy %.3f of %d", i, precision, recall, float64(s.hit+s.calm)/float64(all), all)
		if precision < 0.7 || recall < 0.7 {
			t.Error("below 0.7")
		}
	}
}

// show prints the errors of the first half for whoever works on the words.
func show(t *testing.T, i int, kind, text string) {
	if i%2 == 0 && os.Getenv("ASKS_SHOW") == kind {
		fmt.Fprintf(os.Stderr, "%s: %s\n", kind, text)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("please remove me\nback on Jan 5", "Re: x")
	f.Add("Contact Bob Lee in Q2", "STOP")
	f.Fuzz(func(t *testing.T, text, subject string) {
		if v := Classify(text, subject, written); !v.Intent.Known() {
			t.Errorf("%q", v.Intent)
		}
	})
}
