package action

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Decision is a choice that can be explained and replayed.
type Decision struct {
	ID          id.ID           `json:"id"`
	Kind        string          `json:"kind"`
	LeadID      id.ID           `json:"lead_id,omitzero"`
	CampaignID  id.ID           `json:"campaign_id,omitzero"`
	ActionID    id.ID           `json:"action_id,omitzero"`
	Inputs      json.RawMessage `json:"inputs"` // what it was decided from; ids and numbers, no personal data
	Options     json.RawMessage `json:"options"`
	Chosen      string          `json:"chosen"`
	Probability float32         `json:"probability"` // with which Chosen was chosen, 1 for rules
	Decider     string          `json:"decider"`     // rule set and version, or model and version
	Reason      string          `json:"reason"`
	DecidedAt   time.Time       `json:"decided_at"`
}

// Decide stores decisions in tx and tells of them.
func (l *Log) Decide(ctx context.Context, tx db.Tx, org id.ID, decisions ...Decision) error {
	for i := range decisions {
		d := &decisions[i]
		d.ID, d.DecidedAt = id.New(), l.Clock.Now()
		if d.Inputs == nil {
			d.Inputs = json.RawMessage(`{}`)
		}
		if d.Options == nil {
			d.Options = json.RawMessage(`[]`)
		}
	}
	if err := insertDecisions(ctx, tx, org, decisions); err != nil {
		return fmt.Errorf("store %d decisions: %w", len(decisions), err)
	}
	events := make([]event.Event, len(decisions))
	for i, d := range decisions {
		e, err := event.New("decision.made", d.ID.String(), d.DecidedAt, map[string]any{
			"decision_id": d.ID, "kind": d.Kind, "chosen": d.Chosen, "reason": d.Reason, "decider": d.Decider,
			"lead_id": d.LeadID, "campaign_id": d.CampaignID,
		})
		if err != nil {
			return err
		}
		events[i] = e
	}
	return event.Append(ctx, tx, org, events...)
}

// Decisions lists decisions about a lead or a campaign, newest first, below the
// id before when it is set.
func (l *Log) Decisions(ctx context.Context, org, lead, campaign, before id.ID, limit int) ([]Decision, error) {
	var out []Decision
	err := l.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		out, err = listDecisions(ctx, tx, org, lead, campaign, before, limit)
		return err
	})
	return out, err
}
