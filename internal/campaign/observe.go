package campaign

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/email"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// ActionsSettled moves enrolments on when their action is settled, in the
// transaction that settles it. What went back to the queue, or is in doubt,
// leaves them waiting.
func (s *Service) ActionsSettled(ctx context.Context, tx db.Tx, org id.ID, outcomes []action.Outcome) error {
	var done, ended []settled
	for _, o := range outcomes {
		if o.Action.EnrolmentID == id.Nil {
			continue
		}
		at := settled{enrolment: o.Action.EnrolmentID, at: o.At}
		switch o.State {
		case action.Done, action.Abandoned:
			done = append(done, at)
		case action.Refused:
			at.reason = o.Rule
			ended = append(ended, at)
		case action.Failed:
			at.reason = "failed"
			ended = append(ended, at)
		}
	}
	finished, err := advanceEnrolments(ctx, tx, org, done)
	if err != nil {
		return fmt.Errorf("advance %d enrolments: %w", len(done), err)
	}
	if err := endWaiting(ctx, tx, org, ended); err != nil {
		return fmt.Errorf("end %d enrolments: %w", len(ended), err)
	}
	if len(finished) == 0 && len(ended) == 0 {
		return nil
	}
	return s.tellEnded(ctx, tx, org, finished, ended)
}

// tellEnded announces enrolments that came to their end.
func (s *Service) tellEnded(ctx context.Context, tx db.Tx, org id.ID, finished []finishedEnrolment, ended []settled) error {
	items := make([]map[string]any, 0, len(finished)+len(ended))
	campaign := id.Nil
	for _, f := range finished {
		campaign = f.campaign
		items = append(items, map[string]any{"enrolment_id": f.enrolment, "lead_id": f.lead, "campaign_id": f.campaign, "reason": "completed"})
	}
	for _, e := range ended {
		items = append(items, map[string]any{"enrolment_id": e.enrolment, "reason": e.reason})
	}
	e, err := event.New("enrolment.finished", campaign.String(), s.Clock.Now(), map[string]any{"items": items})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// Stop ends every enrolment of a person (email.Stopper).
func (s *Service) Stop(ctx context.Context, tx db.Tx, org, lead id.ID, why email.Stop) error {
	return s.end(ctx, tx, org, []id.ID{lead}, "stopped", string(why))
}

// EndPlans ends every enrolment of people whom somebody of the team moved to a
// status that ends them (lead.Plans); why is that status.
func (s *Service) EndPlans(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, why string) error {
	return s.end(ctx, tx, org, leads, "stopped", why)
}

// end ends every enrolment of some people and takes back what is queued for them.
func (s *Service) end(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, state, reason string) error {
	ended, err := endLeads(ctx, tx, org, leads, state, reason, s.Clock.Now())
	if err != nil {
		return fmt.Errorf("end enrolments of %d people: %w", len(leads), err)
	}
	if len(ended) == 0 {
		return nil
	}
	if err := s.Log.Cancel(ctx, tx, org, leads, reason); err != nil {
		return err
	}
	items := make([]map[string]any, len(ended))
	for i, e := range ended {
		items[i] = map[string]any{"lead_id": e.lead, "campaign_id": e.campaign, "reason": reason}
	}
	e, err := event.New("enrolment.stopped", ended[0].lead.String(), s.Clock.Now(), map[string]any{"items": items})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// defaultAway is how long a plan rests when a person is away and does not say
// until when; defaultLater when they say "not now".
const (
	defaultAway  = 7 * 24 * time.Hour
	defaultLater = 30 * 24 * time.Hour
)

// Answered ends or rests every plan of a person who answered, in the transaction
// that stored the answer (conversation.Listener). back is when they said to try
// again.
func (s *Service) Answered(ctx context.Context, tx db.Tx, org, lead id.ID, intent string, back *time.Time) error {
	switch intent {
	case "out_of_office":
		return s.rest(ctx, tx, org, lead, back, defaultAway, intent)
	case "not_now":
		return s.rest(ctx, tx, org, lead, back, defaultLater, intent)
	default:
		return s.end(ctx, tx, org, []id.ID{lead}, "finished", "reply")
	}
}

// rest puts off every plan of a person until they are back.
func (s *Service) rest(ctx context.Context, tx db.Tx, org, lead id.ID, until *time.Time, fallback time.Duration, reason string) error {
	now := s.Clock.Now()
	at := now.Add(fallback)
	if until != nil && until.After(now) {
		at = *until
	}
	if err := restLead(ctx, tx, org, lead, at, reason); err != nil {
		return fmt.Errorf("rest %s: %w", lead, err)
	}
	return s.Log.Delay(ctx, tx, org, lead, at)
}
