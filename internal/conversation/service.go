package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/llm"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Listener ends or rests the plans of a person who answered, in the transaction
// of the answer. Campaign is one.
type Listener interface {
	Answered(ctx context.Context, tx db.Tx, org, lead id.ID, intent string, back *time.Time) error
}

// Stopper takes a person out of everything, in tx. email.Service is one.
type Stopper interface {
	OptOutLead(ctx context.Context, tx db.Tx, org, person id.ID, about *action.Action, source string) error
}

// Deps are what a Service needs. The Listener is joined by app.
type Deps struct {
	DB    *db.DB
	Keys  secret.Keyring
	Clock clock.Clock
	Log   *action.Log
	Leads *lead.Service
	Stop  Stopper
	// Model is asked about what the rules are unsure of; it may have none
	// configured.
	Model  *llm.Service
	Logger *slog.Logger
}

// Service understands what people answer.
type Service struct {
	Deps
	listener Listener
}

// New returns a Service. Join must be called before answers come in.
func New(deps Deps) *Service { return &Service{Deps: deps} }

// Join connects the package above.
func (s *Service) Join(listener Listener) { s.listener = listener }

// Reply is an answer as it was understood.
type Reply struct {
	ID         id.ID      `json:"id"`
	LeadID     id.ID      `json:"lead_id"`
	LeadName   string     `json:"lead_name"`
	CampaignID *id.ID     `json:"campaign_id"`
	ActionID   *id.ID     `json:"action_id"`
	Channel    string     `json:"channel"`
	Subject    string     `json:"subject" personal:"text"`
	Text       string     `json:"text" personal:"text"`
	Machine    bool       `json:"machine" doc:"An auto-reply, not a person."`
	Intent     Intent     `json:"intent"`
	Confidence float64    `json:"confidence"`
	Decider    string     `json:"decider" doc:"The rules and their version, or the model."`
	Reason     string     `json:"reason"`
	RetryAfter *time.Time `json:"retry_after"`
	ReceivedAt time.Time  `json:"received_at"`
}

// Answered sorts an answer, stores it with the reason, and acts on it, all in tx,
// which holds the lead's lock (email.Answerer).
func (s *Service) Answered(ctx context.Context, tx db.Tx, org id.ID, answer email.Answer) error {
	verdict := s.sort(answer)
	reply := Reply{
		ID: id.New(), LeadID: answer.LeadID, CampaignID: orNone(answer.CampaignID), ActionID: orNone(answer.ActionID), Channel: "email",
		Subject: answer.Subject, Text: answer.Text, Machine: answer.Machine, ReceivedAt: answer.ReceivedAt,
	}
	reply.apply(verdict)
	if err := s.store(ctx, tx, org, reply, answer); err != nil {
		return err
	}
	if err := s.record(ctx, tx, org, reply, answer); err != nil {
		return err
	}
	return s.act(ctx, tx, org, reply)
}

// sort asks the rules. What a machine wrote can only be an absence note, never
// an opinion.
func (s *Service) sort(answer email.Answer) Verdict {
	verdict := Classify(answer.Text, answer.Subject, answer.ReceivedAt)
	if answer.Machine && verdict.Intent != OutOfOffice {
		verdict = Verdict{Intent: OutOfOffice, Confidence: 0.9, RuleVersion: verdict.RuleVersion, Reason: "the mail says that a machine wrote it (RFC 3834)"}
	}
	if verdict.Intent == OutOfOffice && answer.BackAt != nil {
		verdict.RetryAfter = answer.BackAt
	}
	return verdict
}

// record writes the timeline entry, the decision and the event.
func (s *Service) record(ctx context.Context, tx db.Tx, org id.ID, reply Reply, answer email.Answer) error {
	typ := "email.replied"
	if reply.Machine {
		typ = "email.auto_replied"
	}
	data, err := json.Marshal(map[string]any{"intent": reply.Intent, "reason": reply.Reason, "reply_id": reply.ID})
	if err != nil {
		return err
	}
	entry := lead.Interaction{
		LeadID: reply.LeadID, CampaignID: reply.CampaignID, ActionID: reply.ActionID, Type: typ, Channel: "email", Direction: "in",
		OccurredAt: reply.ReceivedAt, Data: data, Body: reply.Text,
	}
	if err := s.Leads.AddInteractions(ctx, tx, org, []lead.Interaction{entry}); err != nil {
		return err
	}
	labels := make([]string, 0, len(Intents()))
	for _, intent := range Intents() {
		labels = append(labels, string(intent))
	}
	if err := s.decide(ctx, tx, org, reply, labels); err != nil {
		return err
	}
	e, err := event.New("email.replied", reply.LeadID.String(), reply.ReceivedAt, map[string]any{"items": []map[string]any{{
		"action_id": answer.ActionID, "lead_id": reply.LeadID, "campaign_id": answer.CampaignID, "step_id": answer.StepID,
		"variant_id": answer.VariantID, "reply_id": reply.ID, "intent": reply.Intent, "machine": reply.Machine, "at": reply.ReceivedAt,
	}}})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// act does what an intent means for the person and their plans.
func (s *Service) act(ctx context.Context, tx db.Tx, org id.ID, reply Reply) error {
	if reply.Intent == OptOut {
		about, err := s.answered(ctx, tx, org, reply)
		if err != nil {
			return err
		}
		return s.Stop.OptOutLead(ctx, tx, org, reply.LeadID, about, "reply")
	}
	status, moves := map[Intent]lead.Status{
		Interested: lead.StatusQualified, Question: lead.StatusEngaged, NotNow: lead.StatusEngaged, Other: lead.StatusEngaged,
		NotInterested: lead.StatusCold, WrongPerson: lead.StatusCold,
	}[reply.Intent]
	if moves {
		if err := s.Leads.SetStatus(ctx, tx, org, reply.LeadID, status, "answered: "+string(reply.Intent)); err != nil {
			return err
		}
	}
	return s.listener.Answered(ctx, tx, org, reply.LeadID, string(reply.Intent), reply.RetryAfter)
}

// answered returns the mail that was answered, so that what follows counts for its
// campaign; nil for an answer to none.
func (s *Service) answered(ctx context.Context, tx db.Tx, org id.ID, reply Reply) (*action.Action, error) {
	if reply.ActionID == nil {
		return nil, nil
	}
	about, err := s.Log.FindIn(ctx, tx, org, *reply.ActionID)
	if err != nil {
		return nil, fmt.Errorf("the mail answered by reply %s: %w", reply.ID, err)
	}
	return &about, nil
}

// Replies lists answers, newest first, below the id before when it is set; an
// empty intent lists all.
func (s *Service) Replies(ctx context.Context, org id.ID, intent Intent, before id.ID, limit int) ([]Reply, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return nil, err
	}
	out := []Reply{}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		rows, err := listReplies(ctx, tx, org, string(intent), before, limit)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Subject, err = keys.Open("replies", "subject", row.ID, row.subject); err != nil {
				return err
			}
			if row.Text, err = keys.Open("replies", "text", row.ID, row.text); err != nil {
				return err
			}
			out = append(out, row.Reply)
		}
		return nil
	})
	return out, err
}

// store seals and writes a reply.
func (s *Service) store(ctx context.Context, tx db.Tx, org id.ID, reply Reply, answer email.Answer) error {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	subject, err := keys.Seal("replies", "subject", reply.ID, reply.Subject)
	if err != nil {
		return err
	}
	text, err := keys.Seal("replies", "text", reply.ID, reply.Text)
	if err != nil {
		return err
	}
	if err := insertReply(ctx, tx, org, reply, answer, subject, text, unsureOf(reply)); err != nil {
		return fmt.Errorf("store reply: %w", err)
	}
	return nil
}

// apply puts a verdict into a reply.
func (r *Reply) apply(v Verdict) {
	r.Intent, r.Confidence, r.Reason, r.RetryAfter = v.Intent, v.Confidence, v.Reason, v.RetryAfter
	r.Decider = v.RuleVersion
	if v.Model != "" {
		r.Decider = v.Model
	}
}

// unsureOf returns since when a model should look at an answer: only a person's,
// and only when the rules are not sure.
func unsureOf(reply Reply) *time.Time {
	if reply.Machine || reply.Intent == OptOut || reply.Confidence >= Sure {
		return nil
	}
	return &reply.ReceivedAt
}

// find returns one reply, opened.
func (s *Service) find(ctx context.Context, org, reply id.ID) (Reply, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Reply{}, err
	}
	var found Reply
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		row, err := findReply(ctx, tx, org, reply)
		if err != nil {
			return err
		}
		found = row.Reply
		if found.Subject, err = keys.Open("replies", "subject", found.ID, row.subject); err != nil {
			return err
		}
		found.Text, err = keys.Open("replies", "text", found.ID, row.text)
		return err
	})
	return found, err
}

func orNone(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}
