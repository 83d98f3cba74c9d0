// Package recall takes back what one request enrolled by hand: the people of it
// whom nothing has reached leave the campaign as if they had never been in it.
//
// Invariants: who was written to, or may have been, stays. Each person is locked
// before it is decided, as the send gate does, so that a mail either goes before
// and keeps the enrolment or finds it gone and is refused.
//
// Event out: enrolment.withdrawn. Table: enrolments (campaign's).
// Files: recall.go (rules), store.go (SQL).
package recall

import (
	"context"

	"rainmaker/internal/action"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// chunk is how many enrolments one transaction takes back: the send gate waits
// for the people of it.
const chunk = 500

// Why an enrolment stays.
const (
	keptContacted = "contacted" // something left for them, or may have
	keptStarted   = "started"   // a step was passed over, or made a task
)

// Report says what became of an undo.
type Report struct {
	Withdrawn   int            `json:"withdrawn" doc:"People who are out of the campaign again."`
	Kept        int            `json:"kept"`
	KeptReasons map[string]int `json:"kept_reasons" doc:"contacted: something reached them or may have; started: a step of theirs is behind them."`
}

// People locks leads against touches: lead.Service.
type People interface {
	LockForTouch(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) (map[id.ID]lead.Contact, error)
}

// Log takes back actions that have not begun: action.Log.
type Log interface {
	Withdraw(ctx context.Context, tx db.Tx, org id.ID, leads, enrolments []id.ID, reason string) (map[id.ID]action.Trace, error)
}

// Service takes enrolments back.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	people People
	log    Log
}

// New returns a Service.
func New(database *db.DB, c clock.Clock, people People, log Log) *Service {
	return &Service{database, c, people, log}
}

// Undo takes back the enrolments of one batch. It works in chunks: when it fails
// in the middle, what it did stays done and the same call goes on.
func (s *Service) Undo(ctx context.Context, tenant, campaign, batch id.ID, by org.Actor) (Report, error) {
	report := Report{KeptReasons: map[string]int{}}
	for after := id.Nil; ; {
		seen := 0
		err := s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
			found, err := page(ctx, tx, tenant, campaign, batch, after, chunk)
			if err != nil {
				return err
			}
			if seen = len(found); seen == 0 {
				if after == id.Nil {
					return errs.New(errs.NotFound, "nothing of this enrolment is left in the campaign")
				}
				return s.finish(ctx, tx, tenant, campaign, batch, by, report)
			}
			after = found[seen-1].id
			part, err := s.withdraw(ctx, tx, tenant, found)
			if err != nil {
				return err
			}
			for reason, n := range part.KeptReasons {
				report.KeptReasons[reason] += n
			}
			report.Withdrawn += part.Withdrawn
			report.Kept += part.Kept
			return nil
		})
		if err != nil || seen == 0 {
			return report, err
		}
	}
}

// withdraw decides about some enrolments and deletes those that nothing has
// come of.
func (s *Service) withdraw(ctx context.Context, tx db.Tx, tenant id.ID, found []enrolment) (Report, error) {
	part := Report{KeptReasons: map[string]int{}}
	leads, ids := make([]id.ID, len(found)), make([]id.ID, len(found))
	for i, e := range found {
		leads[i], ids[i] = e.lead, e.id
	}
	// People first, then their enrolments: the order of the send gate.
	if _, err := s.people.LockForTouch(ctx, tx, tenant, leads); err != nil {
		return part, err
	}
	steps, err := lock(ctx, tx, tenant, ids)
	if err != nil {
		return part, err
	}
	traces, err := s.log.Withdraw(ctx, tx, tenant, leads, ids, "enrolment taken back")
	if err != nil {
		return part, err
	}
	var gone []id.ID
	for enrolled, step := range steps {
		switch trace := traces[enrolled]; {
		case trace.Left > 0:
			part.KeptReasons[keptContacted]++
			part.Kept++
		case step > trace.Waiting:
			part.KeptReasons[keptStarted]++
			part.Kept++
		default:
			gone = append(gone, enrolled)
		}
	}
	part.Withdrawn = len(gone)
	return part, remove(ctx, tx, tenant, gone)
}

// finish writes down what was done.
func (s *Service) finish(ctx context.Context, tx db.Tx, tenant, campaign, batch id.ID, by org.Actor, report Report) error {
	now := s.clock.Now()
	e, err := event.New("enrolment.withdrawn", campaign.String(), now, map[string]any{"campaign_id": campaign, "count": report.Withdrawn})
	if err != nil {
		return err
	}
	if err := event.Append(ctx, tx, tenant, e); err != nil {
		return err
	}
	return org.Audit(ctx, tx, tenant, now, by, "campaign.enrolment_undone", org.Target("campaign", campaign),
		map[string]any{"batch": batch, "withdrawn": report.Withdrawn, "kept": report.Kept})
}
