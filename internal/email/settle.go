package email

import (
	"context"
	"encoding/json"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

const (
	// settleBatch bounds one transaction of outcomes.
	settleBatch = 256
	// settlePatience is how long an outcome waits for others. Nobody waits for it
	// but the numbers on a page.
	settlePatience = 10 * time.Millisecond
	// settleRetry is the longest pause between two tries: it adds to the time that
	// sending needs to recover when the database comes back.
	settleRetry = 500 * time.Millisecond
)

// settleOutcomes writes outcomes down in groups until the channel closes. A
// group whose transaction fails is tried again until ctx ends: what happened in
// the world must not be forgotten while the database is away.
func (l *lane) settleOutcomes(ctx context.Context) {
	for first := range l.outcomes {
		group := gather(first, l.outcomes, settleBatch, settlePatience)
		for wait := 50 * time.Millisecond; ; wait = min(2*wait, settleRetry) {
			tried, span := telemetry.Span(ctx, "mail settle", telemetry.OrgID.String(l.org.String()), telemetry.Count.Int(len(group)))
			err := l.service.Log.Settle(tried, l.org, group, l.tell)
			span.End(err)
			if err == nil || ctx.Err() != nil {
				break
			}
			l.service.Logger.Warn("settle mail", "mails", len(group), "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
		l.service.Wake()
	}
}

// item is what events say of one mail.
type item struct {
	ActionID   id.ID     `json:"action_id"`
	LeadID     id.ID     `json:"lead_id"`
	CampaignID id.ID     `json:"campaign_id"`
	StepID     id.ID     `json:"step_id"`
	VariantID  id.ID     `json:"variant_id"`
	MailboxID  id.ID     `json:"mailbox_id"`
	At         time.Time `json:"at"`
	Hard       bool      `json:"hard,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Rule       string    `json:"rule,omitempty"`
	Machine    bool      `json:"machine,omitempty"`
	First      bool      `json:"first,omitempty"`
	Intent     string    `json:"intent,omitempty"`
}

func itemOf(a *action.Action, at time.Time) item {
	return item{ActionID: a.ID, LeadID: a.LeadID, CampaignID: a.CampaignID, StepID: a.StepID, VariantID: a.VariantID, MailboxID: a.AccountID, At: at}
}

// tell writes the interactions and events of outcomes that took effect, in their
// transaction.
func (l *lane) tell(ctx context.Context, tx db.Tx, effective []action.Outcome) error {
	told := map[string][]item{}
	interactions := make([]lead.Interaction, 0, len(effective))
	for _, outcome := range effective {
		a := outcome.Action
		entry := itemOf(a, outcome.At)
		switch outcome.State {
		case action.Done:
			told["email.sent"] = append(told["email.sent"], entry)
			sent, err := interactionOf(a, "email.sent", "out", outcome.At, dataOf(a))
			if err != nil {
				return err
			}
			interactions = append(interactions, sent)
		case action.Failed:
			entry.Reason = "rejected"
			told["email.failed"] = append(told["email.failed"], entry)
			data := dataOf(a)
			data.Detail = outcome.Reason
			failed, err := interactionOf(a, "email.failed", "none", outcome.At, data)
			if err != nil {
				return err
			}
			interactions = append(interactions, failed)
			if err := l.service.rejected(ctx, tx, l.org, a, outcome); err != nil {
				return err
			}
		case action.InDoubt:
			told["email.in_doubt"] = append(told["email.in_doubt"], entry)
		case action.Refused:
			entry.Rule = outcome.Rule
			told["email.refused"] = append(told["email.refused"], entry)
		}
	}
	if err := l.giveBack(ctx, tx, effective); err != nil {
		return err
	}
	if err := l.service.Leads.AddInteractions(ctx, tx, l.org, interactions); err != nil {
		return err
	}
	events := make([]event.Event, 0, len(told))
	for typ, items := range told {
		e, err := event.New(typ, items[0].CampaignID.String(), l.service.Clock.Now(), map[string]any{"items": items})
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	return event.Append(ctx, tx, l.org, events...)
}

// mailData is what a timeline entry says of a mail. Changes must still read old
// rows.
type mailData struct {
	StepID    id.ID  `json:"step_id,omitzero"`
	VariantID id.ID  `json:"variant_id,omitzero"`
	ContentID id.ID  `json:"content_id,omitzero"`
	Detail    string `json:"detail,omitempty"`
	Human     *bool  `json:"human,omitempty"` // of opens and clicks: not known to be a machine
	Intent    string `json:"intent,omitempty"`
	Subject   string `json:"subject,omitempty"`
}

func dataOf(a *action.Action) mailData {
	return mailData{StepID: a.StepID, VariantID: a.VariantID, ContentID: a.ContentID}
}

// interactionOf is a timeline entry about a mail of ours, or about none.
func interactionOf(a *action.Action, typ, direction string, at time.Time, data mailData) (lead.Interaction, error) {
	raw, err := json.Marshal(data)
	entry := lead.Interaction{LeadID: a.LeadID, Type: typ, Channel: "email", Direction: direction, OccurredAt: at, Data: raw}
	if a.CampaignID != id.Nil {
		entry.CampaignID = &a.CampaignID
	}
	if a.ID != id.Nil {
		entry.ActionID = &a.ID
	}
	return entry, err
}
