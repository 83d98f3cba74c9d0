package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// An answer is sorted anew by a person, or by the model that the rules left it to.
const (
	typeCorrected = "reply.corrected"
	typeResorted  = "reply.resorted"
)

// correction is what such an event tells.
type correction struct {
	CampaignID id.ID     `json:"campaign_id"`
	ActionID   id.ID     `json:"action_id"`
	StepID     id.ID     `json:"step_id"`
	VariantID  id.ID     `json:"variant_id"`
	Channel    string    `json:"channel"`
	From       string    `json:"from"`
	To         string    `json:"to"`
	Others     []string  `json:"others"` // how other answers to the same mail are sorted
	At         time.Time `json:"at"`     // of the answer
}

// countedAs says whether one of several answers counts for the metric.
func countedAs(m Metric, intents ...string) bool {
	return slices.ContainsFunc(intents, func(intent string) bool {
		if m == PositiveReplies {
			return intent == "interested"
		}
		return fromPerson(intent)
	})
}

// correct returns what an answer that is sorted anew adds to the numbers, or takes
// from them. An answer to a mail of ours brings the mail to the state that its
// answers say, so the same correction twice changes nothing; what is taken back is
// taken from the hour it was counted in.
func correct(ctx context.Context, tx db.Tx, org id.ID, e *event.Event) (*tally, error) {
	t := newTally()
	var c correction
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return nil, fmt.Errorf("correction: %w", err)
	}
	if c.At.IsZero() {
		c.At = e.OccurredAt
	}
	if c.Channel == "" {
		c.Channel = "email"
	}
	p := place{c.CampaignID, c.StepID, c.VariantID, c.Channel}
	for _, m := range []Metric{Replies, PositiveReplies} {
		before, after := countedAs(m, c.From), countedAs(m, append([]string{c.To}, c.Others...)...)
		switch {
		case c.ActionID == id.Nil && before && !after:
			t.count(m, c.At, p, -1, "")
		case c.ActionID == id.Nil && after && !before:
			t.count(m, c.At, p, 1, "")
		case c.ActionID == id.Nil:
		case after:
			t.once(m, c.At, p, c.ActionID)
		default:
			hour, counted, err := dropFirst(ctx, tx, org, first{c.ActionID, m}, hourOf(c.At))
			if err != nil {
				return nil, err
			}
			if counted {
				t.sums[cell{m, hour, "", p}]--
			}
		}
	}
	return t, nil
}
