package analytics_test

import (
	"testing"
	"time"

	"rainmaker/internal/analytics"
	"rainmaker/internal/platform/id"
)

// TestNumbersFollowCorrections: an answer sorted anew counts as it is sorted now,
// once however often it is said, in the hour in which it came.
func TestNumbersFollowCorrections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, a, b := id.New(), id.New(), id.New()
	replied := func(action id.ID, intent string, at time.Time) {
		w.tell(w.org, "email.replied", at, items(mail{"action_id": action, "campaign_id": c, "at": at, "intent": intent}))
	}
	correct := func(typ string, action id.ID, from, to string, at time.Time, others ...string) {
		w.tell(w.org, typ, noon.Add(5*time.Hour), mail{
			"action_id": action, "campaign_id": c, "step_id": nil, "channel": "email", "at": at, "from": from, "to": to, "others": others,
		})
	}
	known := false // a number that fell to 0 is shown as 0
	wants := func(replies, positive int64) {
		t.Helper()
		want := analytics.Figures{analytics.Replies: replies}
		if known = known || positive != 0; known {
			want[analytics.PositiveReplies] = positive
		}
		w.until(w.org, want)
		r, err := w.service.CampaignMetrics(t.Context(), w.org, c)
		if err != nil {
			t.Fatal(err)
		}
		if r.Totals[analytics.Replies] != replies || r.Totals[analytics.PositiveReplies] != positive {
			t.Errorf("the campaign says %+v, want %d answers, %d positive", r.Totals, replies, positive)
		}
	}
	replied(a, "not_interested", noon)
	replied(b, "out_of_office", noon)
	wants(1, 0)
	correct("reply.corrected", a, "not_interested", "interested", noon)
	correct("reply.corrected", a, "not_interested", "interested", noon) // told twice
	correct("reply.resorted", b, "out_of_office", "question", noon)
	wants(2, 1)
	// Another answer to the same mail is interested still.
	replied(a, "interested", noon.Add(2*time.Hour))
	correct("reply.corrected", a, "interested", "other", noon, "interested")
	replied(b, "interested", noon.Add(time.Hour)) // the mark that all before was counted
	wants(2, 2)
	correct("reply.corrected", a, "interested", "not_now", noon.Add(2*time.Hour), "other")
	correct("reply.corrected", a, "interested", "not_now", noon.Add(2*time.Hour), "other")
	correct("reply.corrected", b, "interested", "out_of_office", noon.Add(time.Hour), "out_of_office")
	wants(1, 0)
	// An answer to none of our mails.
	w.tell(w.org, "reply.corrected", noon, mail{"at": noon, "from": "other", "to": "interested"})
	w.until(w.org, analytics.Figures{analytics.Replies: 1, analytics.PositiveReplies: 1})

	// What was taken away was taken from the hour it stood in: no hour is below 0.
	hours, err := w.service.Ask(t.Context(), w.org, analytics.Ask{
		Metrics: []string{"replies", "positive_replies"}, GroupBy: []string{"hour"}, From: "2026-03-10", To: "2026-03-10",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range hours.Rows {
		for metric, n := range row.Figures {
			if n < 0 {
				t.Errorf("%s is %d in %v", metric, n, row)
			}
		}
	}
}
