package action

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

const (
	sweepEvery = time.Second
	// sweepGrace is how long after the deadline of a living incarnation's action
	// the sweeper still waits for its outcome: the longest SMTP reply time-out
	// and a restart of the database fit in.
	sweepGrace = 2 * time.Minute
	// claimLease is how long a living incarnation may hold a claim without
	// beginning. Taking it back is safe at any time: Begin checks the token.
	claimLease = 10 * time.Minute
	// lastWord is how long after its intent the holder of an action may still act
	// and tell of it, although the sweeper takes it for dead (it may have lost only
	// its connection to the database): Deadline and the wait for an answer.
	lastWord = 2 * Deadline
	// claimKept is how long a claim is remembered at least: most are worked off by
	// then, and one look finds nothing held.
	claimKept = 3 * time.Second
	// orphaned is the sweeper's reason for a doubt.
	orphaned = "the process ended while it was being sent"
)

// sweepForEver looks for the leavings of the dead. Recovery only at start-up
// would be a bug: a killed client's last statement can commit after the new
// process has looked.
func (l *Log) sweepForEver(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := l.Sweep(ctx); err != nil && ctx.Err() == nil {
			l.Logger.Warn("sweep", "error", err)
		}
	}
}

// Sweep makes one round: actions of dead incarnations go claimed -> queued and
// sending -> in_doubt.
func (l *Log) Sweep(ctx context.Context) error {
	var held []heldBy
	var inDoubt int64
	err := l.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		if held, err = heldActions(ctx, tx); err != nil {
			return err
		}
		inDoubt, err = countInDoubt(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("who holds actions: %w", err)
	}
	l.inDoubt.Set(float64(inDoubt))
	// One organisation's failure must not keep the others unswept.
	var failed []error
	for _, h := range held {
		if err := l.sweepOf(ctx, h); err != nil {
			failed = append(failed, fmt.Errorf("sweep incarnation %d: %w", h.incarnation, err))
		}
	}
	return errors.Join(failed...)
}

// sweepOf sweeps one incarnation's actions in one organisation. It holds the
// incarnation's lock while it does, when it can get it: then the owner is dead.
func (l *Log) sweepOf(ctx context.Context, h heldBy) error {
	return l.DB.InTenant(ctx, h.org, func(tx db.Tx) error {
		dead, err := lockIncarnation(ctx, tx, h.incarnation)
		if err != nil {
			return err
		}
		now := l.Clock.Now()
		requeueBefore, doubtBefore := now.Add(-claimLease), now.Add(-sweepGrace)
		if dead {
			requeueBefore, doubtBefore = farFuture, farFuture
		}
		forget := now.Add(-claimKept)
		if dead {
			forget = farFuture
		}
		requeued, err := requeueClaimed(ctx, tx, h, requeueBefore)
		if err != nil {
			return err
		}
		doubtful, err := doubtSending(ctx, tx, h, doubtBefore)
		if err != nil {
			return err
		}
		if requeued > 0 || len(doubtful) > 0 {
			l.Logger.Info("swept", "incarnation", h.incarnation, "dead", dead, "requeued", requeued, "in_doubt", len(doubtful))
		}
		if err := dropClaims(ctx, tx, h, forget); err != nil {
			return err
		}
		if len(doubtful) == 0 {
			return nil
		}
		return l.tellDoubt(ctx, tx, h.org, doubtful)
	})
}

// farFuture is later than any deadline.
var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// tellDoubt observes and announces actions that are in doubt now.
func (l *Log) tellDoubt(ctx context.Context, tx db.Tx, org id.ID, doubtful []Action) error {
	outcomes := make([]Outcome, len(doubtful))
	items := make([]map[string]any, len(doubtful))
	for i := range doubtful {
		a := &doubtful[i]
		outcomes[i] = Outcome{Action: a, State: InDoubt, Reason: orphaned, At: l.Clock.Now()}
		items[i] = map[string]any{"action_id": a.ID, "lead_id": a.LeadID, "campaign_id": a.CampaignID, "step_id": a.StepID, "variant_id": a.VariantID}
		l.settled.WithLabelValues(a.Kind, string(InDoubt)).Inc()
	}
	if err := l.observe(ctx, tx, org, outcomes); err != nil {
		return err
	}
	e, err := event.New("action.in_doubt", doubtful[0].CampaignID.String(), l.Clock.Now(), map[string]any{"items": items})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}
