package action

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// MostCounted is where a count of waiting actions ends: a person who has a
// thousand things to do needs no closer number, and the database no longer walk.
const MostCounted = 1000

// Pile is what waits in one state.
type Pile struct {
	Count    int        `json:"count" doc:"At most 1000; more are counted as 1000."`
	OldestAt *time.Time `json:"oldest_at" doc:"Since when the oldest waits."`
}

// Waiting is what waits for a person, and what cannot be stopped any more.
type Waiting struct {
	Proposed Pile `json:"proposed" doc:"Waits to be approved."`
	InDoubt  Pile `json:"in_doubt" doc:"May or may not have happened."`
	InFlight int  `json:"in_flight" doc:"Being handed over at this moment."`
}

// Waiting counts what waits for a person.
func (l *Log) Waiting(ctx context.Context, org id.ID) (Waiting, error) {
	var out Waiting
	err := l.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		out, err = countWaiting(ctx, tx, org, MostCounted)
		return err
	})
	return out, err
}

// Reword gives a proposed action other words: content is theirs, stored before in
// tx; by names the person. Whoever approves it after approves those words.
func (l *Log) Reword(ctx context.Context, tx db.Tx, org, action, content id.ID, by string) (Action, error) {
	a, err := findAction(ctx, tx, org, action, true)
	if err != nil {
		return Action{}, err
	}
	if a.State != Proposed {
		return Action{}, errs.New(errs.Conflict, "cannot change the words of an action that is %s", a.State)
	}
	if err := setContent(ctx, tx, org, action, content); err != nil {
		return Action{}, err
	}
	a.ContentID = content
	e, err := event.New("action.reworded", action.String(), l.Clock.Now(), map[string]any{"action_id": action, "lead_id": a.LeadID, "campaign_id": a.CampaignID, "by": by})
	if err != nil {
		return Action{}, err
	}
	return a, event.Append(ctx, tx, org, e)
}
