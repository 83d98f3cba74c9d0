package analytics

import (
	"time"

	"rainmaker/internal/platform/id"
)

// EventUpdated tells that numbers changed; its subject is the organisation.
const EventUpdated = "metrics.updated"

// touchItem is one entry of a batch event of the e-mail side.
type touchItem struct {
	ActionID   id.ID     `json:"action_id"`
	LeadID     id.ID     `json:"lead_id"`
	CampaignID id.ID     `json:"campaign_id"`
	StepID     id.ID     `json:"step_id"`
	VariantID  id.ID     `json:"variant_id"`
	At         time.Time `json:"at"`
	Hard       bool      `json:"hard"`
	Machine    bool      `json:"machine"`
	First      bool      `json:"first"`
	Intent     string    `json:"intent"`
}

// touched is the payload of email.* and action.in_doubt.
type touched struct {
	Items []touchItem `json:"items"`
}

// imported is the payload of lead.imported, one a chunk; older senders say
// count for created.
type imported struct {
	Created int64 `json:"created"`
	Count   int64 `json:"count"`
}

// outcome is the payload of call.ended, meeting.booked, deal.won and
// spend.recorded: where it belongs, and what it was.
type outcome struct {
	CampaignID  id.ID     `json:"campaign_id"`
	StepID      id.ID     `json:"step_id"`
	VariantID   id.ID     `json:"variant_id"`
	Channel     string    `json:"channel"`
	At          time.Time `json:"at"`
	Connected   bool      `json:"connected"`    // call.ended: a person answered
	AmountMinor int64     `json:"amount_minor"` // deal.won
	Micros      int64     `json:"micros"`       // spend.recorded: millionths of the currency
	Currency    string    `json:"currency"`
}

// updated is the payload of metrics.updated. Totals are over all time, by
// campaign id, without zeros.
type updated struct {
	CampaignIDs []id.ID           `json:"campaign_ids"`
	Totals      map[id.ID]Figures `json:"totals"`
	Currency    string            `json:"currency"`
}

// moved is the data of lead.status_changed.
type moved struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Reason string `json:"reason"`
}

// meetings is how a change of status changes the number of meetings: one that
// was agreed outside of the program is known from the status that somebody set,
// and setting it back takes it away. Booking here tells meeting.booked.
func (m moved) meetings() int64 {
	switch {
	case m.Reason != "by hand":
		return 0
	case m.To == "meeting_booked" && m.From != "customer":
		return 1
	case m.From == "meeting_booked" && m.To != "customer":
		return -1
	}
	return 0
}
