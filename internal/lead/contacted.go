package lead

import (
	"context"
	"encoding/json"
	"fmt"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Contacted makes new leads active when the first mail to them was sent. It is a
// consumer, apart from the sending: nobody waits for it, and a thousand people
// cost one statement. The mail's own event tells of it; there is no second.
func (s *Service) Contacted() event.Consumer {
	return event.Consumer{
		Name: "lead.contacted", Wants: func(typ string) bool { return typ == "email.sent" },
		Handle: func(ctx context.Context, tx db.Tx, org id.ID, events []event.Event) error {
			var leads []id.ID
			for _, e := range events {
				var sent struct {
					Items []struct {
						LeadID id.ID `json:"lead_id"`
					} `json:"items"`
				}
				if err := json.Unmarshal(e.Data, &sent); err != nil {
					return fmt.Errorf("event %s: %w", e.ID, err)
				}
				for _, item := range sent.Items {
					leads = append(leads, item.LeadID)
				}
			}
			if err := activateNew(ctx, tx, org, leads, s.Clock.Now()); err != nil {
				return fmt.Errorf("activate %d leads: %w", len(leads), err)
			}
			return nil
		},
	}
}
