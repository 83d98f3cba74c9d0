package lead

import (
	"testing"
	"time"
)

func TestScore(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	ceo := Facts{EmailDomain: "acme.com", HasPhone: true, Company: "Acme", Title: "CEO & Founder", HasZone: true, Status: StatusNew}
	with := func(f Facts, e Engagement) Facts { f.Engagement = e; return f }
	for _, tc := range []struct {
		name  string
		facts Facts
		want  int
	}{
		{"nobody", Facts{}, 0},
		{"private address", Facts{EmailDomain: "gmail.com"}, 5},
		{"perfect fit, silent", ceo, 45},
		{"fit and interest", with(ceo, Engagement{Replies: 1, Positive: 1, LastReply: now}), 90},
		{"never above 100", with(ceo, Engagement{Replies: 3, Positive: 2, Meetings: 1, Payments: 1, LastReply: now}), 100},
		{"interest without fit beats silent fit", with(Facts{EmailDomain: "gmail.com"}, Engagement{Replies: 1, Positive: 1, LastReply: now}), 50},
		{"not interested", with(ceo, Engagement{Replies: 1, Negative: 1, LastReply: now}), 30},
		{"changed their mind", with(ceo, Engagement{Replies: 3, Positive: 2, Negative: 1, LastReply: now}), 90},
		{"stale", with(ceo, Engagement{Replies: 1, Positive: 1, LastReply: now.AddDate(0, -3, 0)}), 75},
		{"never below 0", with(Facts{}, Engagement{Replies: 1, Negative: 5, LastReply: now}), 0},
		{"opted out", Facts{EmailDomain: "acme.com", Status: StatusUnsubscribed, Engagement: Engagement{Positive: 1}}, 0},
	} {
		got, reasons := Score(tc.facts, now)
		if got != tc.want {
			t.Errorf("%s: %d %+v, want %d", tc.name, got, reasons, tc.want)
		}
		for _, r := range reasons {
			if r.Text == "" {
				t.Errorf("%s: reason %s has no text", tc.name, r.Code)
			}
		}
	}
}

func TestSeniority(t *testing.T) {
	for title, want := range map[string]int{
		"": 0, "CEO": 3, "Co-Founder": 3, "Vice President, Sales": 2, "President": 3, "VP Engineering": 2,
		"Head of Growth": 2, "Sales Manager": 1, "Engineer": 0, "Executive Assistant to the CEO": 0, "Director of IT": 2,
	} {
		if got := seniority(title); got != want {
			t.Errorf("%q: %d, want %d", title, got, want)
		}
	}
}

// TestStatusOrder: nothing that happens reopens an opt-out or an invalid
// address, and engagement only goes forward.
func TestStatusOrder(t *testing.T) {
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			moves := Next(from, to)
			switch {
			case from == to, to == StatusNew, from == StatusUnsubscribed,
				from == StatusInvalid && to != StatusUnsubscribed:
				if moves {
					t.Errorf("%s -> %s must not happen", from, to)
				}
			case to == StatusUnsubscribed:
				if !moves {
					t.Errorf("%s -> %s must always happen", from, to)
				}
			case from == StatusCustomer && to != StatusInvalid:
				if moves {
					t.Errorf("a customer became %s", to)
				}
			}
		}
	}
}

func TestPrivateFields(t *testing.T) {
	for _, tc := range []struct {
		key   string
		value any
		want  bool
	}{
		{"plan", "pro", false},
		{"home_address", "x", true},
		{"Mobile Phone", "x", true},
		{"cellar", "wine", false},
		{"contact", "ann@example.com", true},
		{"handle", "@ann", false},
		{"n", 7.0, false},
	} {
		open, hidden, err := customs{}.split(map[string]any{tc.key: tc.value})
		if sealed := len(open) == 2; err != nil || sealed != tc.want || sealed != (hidden != nil) {
			t.Errorf("%q: %v is split into %s and %s, %v", tc.key, tc.value, open, hidden, err)
		}
	}
}
