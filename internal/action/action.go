// Package action is the log of everything that touches the outside world, and
// the only door out: nothing sends, calls, posts or charges except as an action
// that was written down before it happened.
//
// Life of an action:
//
//	proposed -> (approval) -> queued -> claimed -> sending -> done | failed
//	sending -> queued (known not to have happened) | in_doubt (nobody knows)
//	in_doubt -> done (late evidence) | queued (released) | abandoned
//
// Invariants:
//   - once_key is unique in an organisation: a decision taken twice acts once.
//   - claimed carries a fresh claim token; only the holder of the token moves
//     the row on, so a worker that was taken for dead cannot act twice.
//   - sending is committed before the irreversible byte, in the transaction that
//     passed the gate, with a deadline after which its holder no longer acts.
//   - an incarnation is one life of one process, proven alive by a session
//     advisory lock; every process sweeps for the dead for ever.
//   - at most one touch per lead is queued, claimed or sending.
//
// Events out: action.in_doubt, action.released, action.abandoned,
// action.approved, action.proposed, action.rejected, action.reworded, decision.made.
// Tables: actions (phase is what its indexes see of state), action_claims,
// incarnations, decisions.
// Files: action.go (types), log.go (propose, claim, begin, settle),
// incarnation.go, sweep.go, person.go (what people do with actions),
// decision.go, store.go.
package action

import (
	"context"
	"encoding/json"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// State of an action.
type State string

// The states; see the package comment for their order.
const (
	Proposed  State = "proposed"
	Queued    State = "queued"
	Claimed   State = "claimed"
	Sending   State = "sending"
	Done      State = "done"
	Failed    State = "failed"
	InDoubt   State = "in_doubt"
	Refused   State = "refused" // by the gate; rule says why
	Abandoned State = "abandoned"
)

// Contract is what the provider can promise about doing something twice.
type Contract string

// The contracts.
const (
	Effective Contract = "E" // it dedups by our key: retry with the same key
	Lookup    Contract = "L" // it can be asked whether it happened
	Hold      Contract = "H" // neither: hold in doubt until evidence or a person
)

// Action is one row of the log.
type Action struct {
	ID          id.ID           `json:"id"`
	Kind        string          `json:"kind"`
	Contract    Contract        `json:"contract"`
	State       State           `json:"state"`
	LeadID      id.ID           `json:"lead_id,omitzero"`
	CampaignID  id.ID           `json:"campaign_id,omitzero"`
	EnrolmentID id.ID           `json:"enrolment_id,omitzero"`
	StepID      id.ID           `json:"step_id,omitzero"`
	VariantID   id.ID           `json:"variant_id,omitzero"`
	Propensity  float32         `json:"propensity,omitzero"`
	ContentID   id.ID           `json:"content_id,omitzero"`
	AccountID   id.ID           `json:"account_id,omitzero"`
	Payload     json.RawMessage `json:"payload,omitempty"`
	DueAt       time.Time       `json:"due_at"`
	CreatedAt   time.Time       `json:"created_at"`
	Attempts    int             `json:"attempts"`
	IntentAt    time.Time       `json:"intent_at,omitzero"`
	FinishedAt  time.Time       `json:"finished_at,omitzero"`
	Rule        string          `json:"rule,omitempty"`
	Reason      string          `json:"reason,omitempty"`
	ProviderRef string          `json:"provider_ref,omitempty"`

	token id.ID // claim token, for its holder
}

// Proposal is an action to be.
type Proposal struct {
	ID          id.ID // zero makes one
	OnceKey     string
	Touch       bool // reaches a person
	LeadID      id.ID
	CampaignID  id.ID
	EnrolmentID id.ID
	StepID      id.ID
	VariantID   id.ID
	Propensity  float32
	ContentID   id.ID
	AccountID   id.ID
	Payload     json.RawMessage
	DueAt       time.Time
	NeedsPerson bool // starts as proposed: a person must approve
}

// Outcome is what became of a claimed or sending action.
type Outcome struct {
	Action *Action
	State  State // Done, Failed, Queued (not done, try again at DueAt), InDoubt, Refused, Abandoned
	// DueAt is when a queued action is tried again.
	DueAt       time.Time
	Rule        string
	Reason      string // shown to people; no personal data
	ProviderRef string
	At          time.Time
	// Untried says that the provider was never asked (a rule put the action off,
	// or nobody could be reached): the attempt does not count.
	Untried bool
}

// Observer learns, in the transaction that writes them, what became of actions.
// Campaign is one: it moves enrolments on.
type Observer interface {
	ActionsSettled(ctx context.Context, tx db.Tx, org id.ID, outcomes []Outcome) error
}
