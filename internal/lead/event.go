package lead

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// The events of this package. Their data holds ids and names, never an address.
const (
	eventCreated       = "lead.created"
	eventUpdated       = "lead.updated"
	eventDeleted       = "lead.deleted"
	eventStatusChanged = "lead.status_changed"
	eventScored        = "lead.scored"
)

type leadTold struct {
	ID        id.ID    `json:"lead_id"`
	FirstName string   `json:"first_name"`
	LastName  string   `json:"last_name"`
	Company   string   `json:"company"`
	Status    Status   `json:"status"`
	Score     int      `json:"score"`
	Source    string   `json:"source"`
	Fields    []string `json:"fields,omitempty"` // changed ones, of lead.updated
}

func told(l Lead, fields []string) leadTold {
	return leadTold{l.ID, l.FirstName, l.LastName, l.Company, l.Status, l.Score, l.Source, fields}
}

type deleted struct {
	ID id.ID `json:"lead_id"`
}

type statusChanged struct {
	ID     id.ID  `json:"lead_id"`
	From   Status `json:"from"`
	To     Status `json:"to"`
	Reason string `json:"reason"`
}

type scoreChanged struct {
	ID      id.ID `json:"lead_id"`
	From    int   `json:"from"`
	To      int   `json:"to"`
	Version int   `json:"rules_version"`
}

// tell appends one event in tx.
func (s *Service) tell(ctx context.Context, tx db.Tx, org id.ID, typ string, subject id.ID, at time.Time, data any) error {
	e, err := event.New(typ, subject.String(), at, data)
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}
