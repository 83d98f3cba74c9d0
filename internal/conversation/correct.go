package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// ByPerson is the decider of a verdict that a person gave.
const ByPerson = "person"

// Reply returns one answer.
func (s *Service) Reply(ctx context.Context, org, reply id.ID) (Reply, error) {
	return s.find(ctx, org, reply)
}

// Correct sorts an answer as a person says, acts on it as if it had been sorted so
// at first, and stores the decision beside the earlier ones. What the first
// verdict has ended stays ended, and an opt-out cannot be sorted away: whoever
// asked for it is let back in by lifting the suppression, which has a right and a
// reason of its own.
func (s *Service) Correct(ctx context.Context, orgID, replyID id.ID, intent Intent, actor org.Actor) (Reply, error) {
	if !intent.Known() {
		return Reply{}, errs.InvalidField("body.intent", "is not an intent")
	}
	before, err := s.find(ctx, orgID, replyID)
	if err != nil {
		return Reply{}, err
	}
	after := before
	after.Intent, after.Confidence, after.Decider, after.RetryAfter = intent, 1, ByPerson, nil
	after.Reason = fmt.Sprintf("a person sorted it; %s had said %s", before.Decider, before.Intent)
	err = s.DB.InTenant(ctx, orgID, func(tx db.Tx) error {
		if _, err := s.Leads.LockForTouch(ctx, tx, orgID, []id.ID{before.LeadID}); err != nil {
			return err
		}
		was, err := correctReply(ctx, tx, orgID, after)
		if err != nil {
			return err
		}
		if was == OptOut && intent != OptOut {
			return errs.New(errs.Conflict, "an opt-out stays one; if this was none, lift the suppression of the person and say why")
		}
		if err := s.recordCorrection(ctx, tx, orgID, was, after, actor); err != nil {
			return err
		}
		if was == intent {
			return nil // confirmed: what follows from it has followed
		}
		return s.act(ctx, tx, orgID, after)
	})
	return after, err
}

// recordCorrection writes the decision, the audit entry, the timeline entry and the
// event.
func (s *Service) recordCorrection(ctx context.Context, tx db.Tx, orgID id.ID, was Intent, after Reply, actor org.Actor) error {
	labels := make([]string, 0, len(Intents()))
	for _, intent := range Intents() {
		labels = append(labels, string(intent))
	}
	if err := s.decide(ctx, tx, orgID, after, labels); err != nil {
		return err
	}
	now := s.Clock.Now()
	if err := org.Audit(ctx, tx, orgID, now, actor, "reply.corrected", org.Target("reply", after.ID), map[string]any{"from": was, "to": after.Intent}); err != nil {
		return err
	}
	return s.tellSorted(ctx, tx, orgID, "reply.corrected", was, after, now)
}

// tellSorted says that an answer is sorted another way than it was: on the lead's
// timeline, which its score follows, and in an event, with all that numbers need.
func (s *Service) tellSorted(ctx context.Context, tx db.Tx, orgID id.ID, typ string, was Intent, after Reply, now time.Time) error {
	said := map[string]any{"reply_id": after.ID, "lead_id": after.LeadID, "campaign_id": after.CampaignID, "from": was, "to": after.Intent}
	data, err := json.Marshal(said)
	if err != nil {
		return err
	}
	err = s.Leads.AddInteractions(ctx, tx, orgID, []lead.Interaction{{
		LeadID: after.LeadID, CampaignID: after.CampaignID, ActionID: after.ActionID, Type: typ, Channel: after.Channel,
		OccurredAt: now, Data: data,
	}})
	if err != nil {
		return err
	}
	step, variant, others, err := placeOf(ctx, tx, orgID, after.ID)
	if err != nil {
		return err
	}
	e, err := event.New(typ, after.LeadID.String(), now, map[string]any{
		"reply_id": after.ID, "lead_id": after.LeadID, "campaign_id": after.CampaignID, "action_id": after.ActionID, "step_id": step,
		"variant_id": variant, "channel": after.Channel, "at": after.ReceivedAt, "from": was, "to": after.Intent, "others": others,
	})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, orgID, e)
}
