package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/action"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// actions registers the log of what touches the world, what people do about it,
// and decisions.
func (a *API) actions(o Outreach) {
	h := actionHandlers{Outreach: o, clock: a.Clock, leads: a.Lead}
	tags := []string{"Actions"}
	register(a, huma.Operation{OperationID: "list-actions", Method: http.MethodGet, Path: "/actions", Summary: "Actions, the newest first", Tags: tags}, h.list)
	register(a, huma.Operation{OperationID: "show-action", Method: http.MethodGet, Path: "/actions/{id}", Summary: "One action", Tags: tags}, h.show)
	verbs := []struct {
		verb    action.Verb
		summary string
	}{
		{action.Approve, "Let a proposed action happen"},
		{action.Reject, "Do not let a proposed action happen"},
		{action.Release, "Send what is in doubt again: it did not arrive"},
		{action.Abandon, "Give up what is in doubt, queued or proposed"},
	}
	for _, v := range verbs {
		register(a, huma.Operation{
			OperationID: string(v.verb) + "-action", Method: http.MethodPost, Path: "/actions/{id}/" + string(v.verb), Summary: v.summary, Tags: tags,
		}, h.judge(v.verb))
	}
	register(a, huma.Operation{
		OperationID: "show-waiting", Method: http.MethodGet, Path: "/actions/waiting", Summary: "How much waits for a person, and for how long", Tags: tags,
	}, h.waiting)
	register(a, huma.Operation{
		OperationID: "show-action-message", Method: http.MethodGet, Path: "/actions/{id}/message", Summary: "What a mail says, as written and as its person reads it", Tags: tags,
	}, h.message)
	register(a, huma.Operation{
		OperationID: "reword-action", Method: http.MethodPut, Path: "/actions/{id}/message", Summary: "Give a proposed mail other words, for this person only", Tags: tags,
	}, h.reword)
	register(a, huma.Operation{
		OperationID: "list-decisions", Method: http.MethodGet, Path: "/decisions", Tags: []string{"Decisions"},
		Summary: "What was decided, from which options, and why, the newest first",
	}, h.decisions)
}

type actionHandlers struct {
	Outreach
	clock clock.Clock
	leads *lead.Service
}

// Action is a row of the log as answers show it.
type Action struct {
	ID          id.ID           `json:"id"`
	Kind        string          `json:"kind"`
	Contract    action.Contract `json:"contract" enum:"E,L,H" doc:"What the provider promises: E dedups by our key, L can be asked, H neither."`
	State       action.State    `json:"state" enum:"proposed,queued,claimed,sending,done,failed,in_doubt,refused,abandoned"`
	LeadID      *id.ID          `json:"lead_id"`
	LeadName    string          `json:"lead_name" doc:"Empty when the lead is gone."`
	CampaignID  *id.ID          `json:"campaign_id"`
	Campaign    string          `json:"campaign_name"`
	EnrolmentID *id.ID          `json:"enrolment_id"`
	StepID      *id.ID          `json:"step_id"`
	VariantID   *id.ID          `json:"variant_id"`
	Propensity  float32         `json:"propensity,omitempty" doc:"Probability with which the variant was chosen."`
	AccountID   *id.ID          `json:"account_id" doc:"The mailbox."`
	DueAt       time.Time       `json:"due_at"`
	CreatedAt   time.Time       `json:"created_at"`
	Attempts    int             `json:"attempts"`
	IntentAt    *time.Time      `json:"intent_at" doc:"When it was permitted to happen."`
	FinishedAt  *time.Time      `json:"finished_at"`
	Rule        string          `json:"rule" doc:"Verdict of the gate."`
	Reason      string          `json:"reason"`
	ProviderRef string          `json:"provider_ref"`
}

func actionOf(a action.Action) Action {
	return Action{
		ID: a.ID, Kind: a.Kind, Contract: a.Contract, State: a.State, LeadID: optionalID(a.LeadID), CampaignID: optionalID(a.CampaignID),
		EnrolmentID: optionalID(a.EnrolmentID), StepID: optionalID(a.StepID), VariantID: optionalID(a.VariantID), Propensity: a.Propensity,
		AccountID: optionalID(a.AccountID), DueAt: a.DueAt, CreatedAt: a.CreatedAt, Attempts: a.Attempts,
		IntentAt: optionalTime(a.IntentAt), FinishedAt: optionalTime(a.FinishedAt), Rule: a.Rule, Reason: a.Reason, ProviderRef: a.ProviderRef,
	}
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type listActionsInput struct {
	PageQuery
	State      string `query:"state" enum:"proposed,queued,claimed,sending,done,failed,in_doubt,refused,abandoned"`
	Kind       string `query:"kind" maxLength:"64"`
	CampaignID id.ID  `query:"campaign_id"`
	LeadID     id.ID  `query:"lead_id"`
}

func (h actionHandlers) list(ctx context.Context, in *listActionsInput) (*bodyOf[Page[Action]], error) {
	filter := action.Filter{State: action.State(in.State), Kind: in.Kind, CampaignID: in.CampaignID, LeadID: in.LeadID, Limit: in.Limit + 1}
	if err := decodeCursor(in.Cursor, &filter.Before); err != nil {
		return nil, err
	}
	list, err := h.Log.List(ctx, From(ctx).Org, filter)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = encodeCursor(list[in.Limit-1].ID)
	}
	shown, err := h.named(ctx, list...)
	if err != nil {
		return nil, err
	}
	return page(shown, next), nil
}

// named adds the names of people and campaigns.
func (h actionHandlers) named(ctx context.Context, list ...action.Action) ([]Action, error) {
	var people, plans []id.ID
	for i := range list {
		people, plans = append(people, list[i].LeadID), append(plans, list[i].CampaignID)
	}
	names, err := h.leads.LeadNames(ctx, From(ctx).Org, people)
	if err != nil {
		return nil, err
	}
	campaigns, err := h.Campaigns.CampaignNames(ctx, From(ctx).Org, plans)
	if err != nil {
		return nil, err
	}
	out := make([]Action, len(list))
	for i := range list {
		out[i] = actionOf(list[i])
		out[i].LeadName, out[i].Campaign = names[list[i].LeadID], campaigns[list[i].CampaignID]
	}
	return out, nil
}

func (h actionHandlers) oneNamed(ctx context.Context, a action.Action) (*bodyOf[Action], error) {
	shown, err := h.named(ctx, a)
	if err != nil {
		return nil, err
	}
	return answer(shown[0]), nil
}

func (h actionHandlers) show(ctx context.Context, in *IDPath) (*bodyOf[Action], error) {
	found, err := h.Log.Find(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return h.oneNamed(ctx, found)
}

// judge makes the handler of one verb.
func (h actionHandlers) judge(verb action.Verb) func(context.Context, *IDPath) (*bodyOf[Action], error) {
	return func(ctx context.Context, in *IDPath) (*bodyOf[Action], error) {
		who := From(ctx)
		var after action.Action
		err := h.DB.InTenant(ctx, who.Org, func(tx db.Tx) (err error) {
			if after, err = h.Log.Judge(ctx, tx, who.Org, in.ID, verb, string(who.Actor())); err != nil {
				return err
			}
			return org.Audit(ctx, tx, who.Org, h.clock.Now(), who.Actor(), "action."+string(verb), org.Target("action", in.ID), nil)
		})
		if err != nil {
			return nil, err
		}
		h.Email.Poke()
		return h.oneNamed(ctx, after)
	}
}

func (h actionHandlers) waiting(ctx context.Context, _ *empty) (*bodyOf[action.Waiting], error) {
	waiting, err := h.Log.Waiting(ctx, From(ctx).Org)
	if err != nil {
		return nil, err
	}
	return answer(waiting), nil
}

// ActionMessage is what a mail says.
type ActionMessage struct {
	Subject string   `json:"subject" doc:"As written, with merge fields."`
	Body    string   `json:"body" doc:"As written, with merge fields."`
	Shown   Shown    `json:"shown" doc:"As its person reads it."`
	Missing []string `json:"missing" doc:"Merge fields that come out empty."`
}

// Shown is a mail with its fields filled in.
type Shown struct {
	Subject string `json:"subject" personal:"text"`
	Text    string `json:"text" personal:"text"`
}

func messageOf(d email.Draft) ActionMessage {
	missing := d.Shown.Missing
	if missing == nil {
		missing = []string{}
	}
	return ActionMessage{Subject: d.Subject, Body: d.Body, Shown: Shown{Subject: d.Shown.Subject, Text: d.Shown.Text}, Missing: missing}
}

func (h actionHandlers) message(ctx context.Context, in *IDPath) (*bodyOf[ActionMessage], error) {
	draft, err := h.Email.Draft(ctx, From(ctx).Org, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(messageOf(draft)), nil
}

type rewordActionInput struct {
	IDPath
	Body struct {
		Subject string `json:"subject" maxLength:"500"`
		Body    string `json:"body" maxLength:"100000"`
	}
}

func (h actionHandlers) reword(ctx context.Context, in *rewordActionInput) (*bodyOf[ActionMessage], error) {
	who := From(ctx)
	var draft email.Draft
	err := h.DB.InTenant(ctx, who.Org, func(tx db.Tx) (err error) {
		if draft, err = h.Email.Reword(ctx, tx, who.Org, in.ID, in.Body.Subject, in.Body.Body, string(who.Actor())); err != nil {
			return err
		}
		return org.Audit(ctx, tx, who.Org, h.clock.Now(), who.Actor(), "action.reworded", org.Target("action", in.ID), nil)
	})
	if err != nil {
		return nil, err
	}
	return answer(messageOf(draft)), nil
}

// Decision is a stored choice as answers show it.
type Decision struct {
	ID          id.ID           `json:"id"`
	Kind        string          `json:"kind"`
	LeadID      *id.ID          `json:"lead_id"`
	CampaignID  *id.ID          `json:"campaign_id"`
	ActionID    *id.ID          `json:"action_id"`
	Inputs      json.RawMessage `json:"inputs"`
	Options     json.RawMessage `json:"options"`
	Chosen      string          `json:"chosen"`
	Probability float32         `json:"probability"`
	Decider     string          `json:"decider" doc:"Rule set and version, model, or person."`
	Reason      string          `json:"reason"`
	DecidedAt   time.Time       `json:"decided_at"`
}

type listDecisionsInput struct {
	PageQuery
	LeadID     id.ID `query:"lead_id"`
	CampaignID id.ID `query:"campaign_id"`
}

func (h actionHandlers) decisions(ctx context.Context, in *listDecisionsInput) (*bodyOf[Page[Decision]], error) {
	var before id.ID
	if err := decodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	list, err := h.Log.Decisions(ctx, From(ctx).Org, in.LeadID, in.CampaignID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = encodeCursor(list[in.Limit-1].ID)
	}
	return mapPage(list, next, func(d action.Decision) Decision {
		return Decision{
			ID: d.ID, Kind: d.Kind, LeadID: optionalID(d.LeadID), CampaignID: optionalID(d.CampaignID), ActionID: optionalID(d.ActionID),
			Inputs: d.Inputs, Options: d.Options, Chosen: d.Chosen, Probability: d.Probability, Decider: d.Decider, Reason: d.Reason, DecidedAt: d.DecidedAt,
		}
	}), nil
}
