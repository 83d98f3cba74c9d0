// Package campaign runs sequences: who is in which, which step is next, and when
// it may happen. It proposes actions and never sends anything itself.
//
// An enrolment is one lead in one campaign. The engine claims due enrolments in
// batches of a thousand, in one transaction: it chooses a variant for each,
// proposes its action and sets the enrolment waiting. When the action is
// settled, the enrolment becomes active again with the time of its next step,
// counted from when the last one really happened, or finishes.
//
// Invariants: a lead is in a campaign once; a step of an enrolment is proposed
// once (its once key); a paused campaign proposes and sends nothing, because
// both the engine and the gate ask; a reply, an opt-out, a bounce or a booking
// ends every enrolment of the person in its own transaction.
//
// States of a campaign: draft -> running <-> paused -> completed -> archived.
// States of an enrolment: active (next_at says when) -> waiting (its action is
// on its way) -> active | finished | stopped.
//
// Events out: campaign.created, campaign.updated, campaign.launched,
// campaign.paused, campaign.resumed, campaign.archived, campaign.completed,
// enrolment.started, enrolment.finished, enrolment.stopped; recall tells
// enrolment.withdrawn.
// Tables: campaigns, campaign_steps, campaign_variants, campaign_launches,
// enrolments, enrolment_due (one row for each active one), campaign_spend.
// Files: campaign.go (types), validate.go, service.go (drafts),
// compose.go (words from prompts, before any transaction), launch.go (the
// gate), engine.go (ticks), variant.go (choice), observe.go (what
// became of actions, answers, stops), enrolment/ (where each person stands), plan.go (what the sender asks), preview.go,
// people.go (the audience by verdict), warning.go, outlook.go (what is next, what
// was launched, tests), ship.go (the end of a comparison, copies), store.go,
// store_engine.go; when/ holds conditions, mailview/ shows mails to writers.
package campaign

import (
	"encoding/json"
	"time"

	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/campaign/when"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/money"
)

// Status of a campaign.
type Status string

// The statuses.
const (
	Draft     Status = "draft"
	Running   Status = "running"
	Paused    Status = "paused"
	Completed Status = "completed"
	Archived  Status = "archived"
)

// Channels of steps.
const (
	ChannelEmail  = "email"
	ChannelCall   = "call"
	ChannelSocial = "social"
	ChannelTask   = "task"
)

// Autonomy is how much the program may do by itself.
const (
	AutonomySuggest = "suggest" // every touch waits for a person, who writes it
	AutonomyApprove = "approve" // every touch waits for a person's yes
	AutonomyAuto    = "auto"
)

// Campaign is a goal, an audience and a sequence of steps.
type Campaign struct {
	ID            id.ID
	Name          string
	Type          string
	Status        Status
	Goal          string
	Audience      Audience
	Steps         []Step
	AI            AI
	Budget        Budget
	Schedule      Schedule
	ABTesting     bool
	AutoOptimize  bool
	MailboxID     id.ID
	PhoneNumberID id.ID
	StartAt       *time.Time
	EndAt         *time.Time
	LaunchedAt    *time.Time
	PausedBy      string
	Enrolling     bool
	Version       int
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Audience says who is enrolled. The zero filter is everybody.
type Audience struct {
	Filter lead.Filter `json:"filter"`
}

// AI says how much and in which manner the program writes and decides.
type AI struct {
	Autonomy     string   `json:"autonomy,omitempty" enum:"suggest,approve,auto"`
	Persona      string   `json:"persona,omitempty" maxLength:"4000"`
	Voice        string   `json:"voice,omitempty" maxLength:"200"`
	KnowledgeIDs []string `json:"knowledge_ids,omitempty" maxItems:"100" doc:"Must be empty: there is no knowledge base yet whose parts it could name."`
	Model        string   `json:"model,omitempty" maxLength:"200"`
}

// Budget caps what a campaign may spend; nil does not cap.
type Budget struct {
	Daily *money.Money `json:"daily,omitempty"`
	Total *money.Money `json:"total,omitempty"`
}

// Schedule is when people may be contacted, in the zone of Timezone, or in their
// own when that is "lead" or empty. No days and no times mean always.
type Schedule struct {
	Days     []string `json:"days,omitempty" maxItems:"7"`
	From     string   `json:"from,omitempty"`
	To       string   `json:"to,omitempty"`
	Timezone string   `json:"timezone,omitempty"`
}

// Condition decides whether a step applies.
type Condition = when.Condition

// Step is one touch of the sequence.
type Step struct {
	ID        id.ID
	Channel   string
	Delay     time.Duration // from when the previous step happened; of the first, from enrolment
	Condition *Condition    // nil is always
	Variants  []Variant
}

// Variant is one wording of a step.
type Variant struct {
	ID        id.ID
	Name      string
	Weight    int // share of the traffic among the step's variants
	Subject   string
	Body      string
	Prompt    string
	Script    string
	ContentID id.ID
}

// Enrolment is one lead in one campaign.
type Enrolment = enrolment.Enrolment

// snapshot is what campaign_launches keeps. Changes must still read old rows.
type snapshot struct {
	Version   int             `json:"version"`
	Policy    int             `json:"policy"`
	Audience  Audience        `json:"audience"`
	Counts    Reach           `json:"counts"`
	MailboxID id.ID           `json:"mailbox_id"`
	Schedule  Schedule        `json:"schedule"`
	Steps     json.RawMessage `json:"steps"`
}
