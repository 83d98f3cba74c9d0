package score

import (
	"testing"
	"time"
)

func TestScore(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	ceo := Facts{EmailDomain: "acme.com", HasPhone: true, Company: "Acme", Title: "CEO & Founder", HasZone: true}
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
		{"opted out", Facts{EmailDomain: "acme.com", Closed: true, Engagement: Engagement{Positive: 1}}, 0},
	} {
		got, reasons := Of(tc.facts, now)
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

// TestScorerAgrees: what is remembered is what the rules say.
func TestScorerAgrees(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	keeper := NewScorer(now)
	for range 2 {
		for _, f := range []Facts{
			{},
			{Company: "Acme", Title: "CEO", EmailDomain: "acme.com", HasPhone: true},
			{Company: "Zeta", Title: "Owner", EmailDomain: "zeta.com", HasPhone: true},
			{EmailDomain: "gmail.com", HasZone: true},
			{EmailDomain: "gmail.com", HasZone: true, Closed: true},
			{EmailDomain: "gmail.com", HasZone: true, Engagement: Engagement{Replies: 1, LastReply: now}},
		} {
			want, reasons := Of(f, now)
			got, err := keeper.Score(f)
			if err != nil || got.Points != want || len(got.Reasons) != len(reasons) {
				t.Errorf("%+v scores %+v, want %d %v; %v", f, got, want, reasons, err)
			}
			back, err := Decode(got.Stored)
			if err != nil || len(back) != len(reasons) || len(back) > 0 && back[0] != reasons[0] {
				t.Errorf("%s came back as %v, want %v; %v", got.Stored, back, reasons, err)
			}
		}
	}
}
