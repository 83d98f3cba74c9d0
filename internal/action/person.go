package action

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Filter narrows a list of actions; zero fields do not.
type Filter struct {
	State      State
	Kind       string
	CampaignID id.ID
	LeadID     id.ID
	Before     id.ID // keyset: ids below this one
	Limit      int
}

// List returns actions, newest first.
func (l *Log) List(ctx context.Context, org id.ID, filter Filter) ([]Action, error) {
	var out []Action
	err := l.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		out, err = listActions(ctx, tx, org, filter)
		return err
	})
	return out, err
}

// Find returns one action.
func (l *Log) Find(ctx context.Context, org, action id.ID) (Action, error) {
	var out Action
	err := l.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		out, err = findAction(ctx, tx, org, action, false)
		return err
	})
	return out, err
}

// Verb is what a person does with an action that waits for one.
type Verb string

// The verbs.
const (
	Approve Verb = "approve" // proposed -> queued
	Reject  Verb = "reject"  // proposed -> abandoned
	Release Verb = "release" // in_doubt -> queued: "it did not arrive, send it again"
	Abandon Verb = "abandon" // in_doubt, queued or proposed -> abandoned
)

// moves says from which states a verb moves an action, to which, and the event
// that tells of it.
var moves = map[Verb]struct {
	from []State
	to   State
	told string
}{
	Approve: {[]State{Proposed}, Queued, "action.approved"},
	Reject:  {[]State{Proposed}, Abandoned, "action.rejected"},
	Release: {[]State{InDoubt}, Queued, "action.released"},
	Abandon: {[]State{InDoubt, Queued, Proposed}, Abandoned, "action.abandoned"},
}

// Judge does verb to an action on behalf of a person; by names them in the
// record. The audit entry is the caller's, in the same transaction.
func (l *Log) Judge(ctx context.Context, tx db.Tx, org, action id.ID, verb Verb, by string) (Action, error) {
	move := moves[verb]
	a, err := findAction(ctx, tx, org, action, true)
	if err != nil {
		return Action{}, err
	}
	allowed := false
	for _, from := range move.from {
		allowed = allowed || a.State == from
	}
	if !allowed {
		return Action{}, errs.New(errs.Conflict, "cannot %s an action that is %s", verb, a.State)
	}
	now := l.Clock.Now()
	if verb == Release && a.Reason == orphaned && now.Before(a.IntentAt.Add(lastWord)) {
		return Action{}, errs.New(errs.Conflict, "its process may still be at work on it; try again in a few seconds")
	}
	reason := fmt.Sprintf("%s by %s", move.told[len("action."):], by)
	if err := judgeAction(ctx, tx, org, action, move.to, reason, now); err != nil {
		if db.Violates(err, "actions_in_flight") {
			return Action{}, errs.New(errs.Conflict, "another touch of this person is on its way; try again when it is done")
		}
		return Action{}, fmt.Errorf("%s action %s: %w", verb, action, err)
	}
	a.State, a.Reason = move.to, reason
	if err := l.observe(ctx, tx, org, []Outcome{{Action: &a, State: move.to, Reason: reason, At: now, DueAt: now}}); err != nil {
		return Action{}, err
	}
	e, err := event.New(move.told, action.String(), now, map[string]any{"action_id": action, "lead_id": a.LeadID, "campaign_id": a.CampaignID, "by": by})
	if err != nil {
		return Action{}, err
	}
	return a, event.Append(ctx, tx, org, e)
}

// Evidence settles an action in doubt as done, because the world has answered
// to it: a reply, a bounce or an opened mail proves that it was sent. It changes
// nothing when the action is not in doubt.
func (l *Log) Evidence(ctx context.Context, tx db.Tx, org, action id.ID, what string) error {
	a, err := findAction(ctx, tx, org, action, true)
	if err != nil {
		return err
	}
	if a.State != InDoubt {
		return nil
	}
	now := l.Clock.Now()
	reason := "proved by " + what
	if err := judgeAction(ctx, tx, org, action, Done, reason, now); err != nil {
		return fmt.Errorf("evidence for %s: %w", action, err)
	}
	a.State = Done
	return l.observe(ctx, tx, org, []Outcome{{Action: &a, State: Done, Reason: reason, At: now}})
}

// OrgOf returns the organisation of an action that an outsider named, for
// example by its Message-ID. It tells nothing else.
func (l *Log) OrgOf(ctx context.Context, action id.ID) (id.ID, error) {
	var org id.ID
	err := l.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		org, err = orgOf(ctx, tx, action)
		return err
	})
	return org, err
}

// Cancel abandons the queued and proposed actions of leads, in tx: after an
// opt-out nothing of theirs may wait in the queue.
func (l *Log) Cancel(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, reason string) error {
	if err := cancelQueued(ctx, tx, org, leads, reason, l.Clock.Now()); err != nil {
		return fmt.Errorf("cancel actions of %d leads: %w", len(leads), err)
	}
	return nil
}

// Trace is what is recorded of one enrolment.
type Trace struct {
	Left    int // actions that reached the world, or may have
	Waiting int // those that did not and never will
}

// Withdraw abandons what waits for some enrolments, in tx, and returns what is
// recorded of each. The caller holds the people, so that nothing of theirs begins
// before it is done; what is claimed finds its enrolment gone when it asks.
func (l *Log) Withdraw(ctx context.Context, tx db.Tx, org id.ID, leads, enrolments []id.ID, reason string) (map[id.ID]Trace, error) {
	if err := withdrawQueued(ctx, tx, org, leads, enrolments, reason, l.Clock.Now()); err != nil {
		return nil, fmt.Errorf("withdraw actions of %d enrolments: %w", len(enrolments), err)
	}
	return traces(ctx, tx, org, leads, enrolments)
}

// Delay puts off the queued actions of a lead until at.
func (l *Log) Delay(ctx context.Context, tx db.Tx, org, lead id.ID, at time.Time) error {
	return delayQueued(ctx, tx, org, lead, at)
}

// CountStates counts a campaign's unfinished actions by state.
func (l *Log) CountStates(ctx context.Context, tx db.Tx, org, campaign id.ID) (map[State]int64, error) {
	return countStates(ctx, tx, org, campaign)
}

// Recent counts the touches of each lead since the given number of days.
func (l *Log) Recent(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, days int) (map[id.ID]int, error) {
	return recentTouches(ctx, tx, org, leads, l.Clock.Now().AddDate(0, 0, -days))
}

// FindIn is Find within the caller's transaction.
func (l *Log) FindIn(ctx context.Context, tx db.Tx, org, action id.ID) (Action, error) {
	return findAction(ctx, tx, org, action, false)
}
