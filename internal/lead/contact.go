package lead

import (
	"context"
	"fmt"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Contact is what a sender needs of a lead: the gate reads the blind indexes,
// the renderer the rest.
type Contact struct {
	ID               id.ID
	Email            string
	EmailBlind       []byte
	EmailDomainBlind []byte
	Phone            string
	PhoneBlind       []byte
	FirstName        string
	LastName         string
	Company          string
	Title            string
	Region           string
	Timezone         string
	Status           Status
	Score            int
	Custom           map[string]any
}

// LockForTouch returns the contacts of leads, locked in tx in the order of
// their ids. The send gate calls it with up to 500 ids: from then on nobody
// else can touch these people until the transaction ends. Deleted leads are
// missing from the answer.
func (s *Service) LockForTouch(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) (map[id.ID]Contact, error) {
	return s.contacts(ctx, tx, org, leads, true)
}

// Contacts is LockForTouch without locks.
func (s *Service) Contacts(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) (map[id.ID]Contact, error) {
	return s.contacts(ctx, tx, org, leads, false)
}

func (s *Service) contacts(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, lock bool) (map[id.ID]Contact, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return nil, err
	}
	rows, err := contacts(ctx, tx, org, leads, lock)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]Contact, len(rows))
	for i := range rows {
		c, err := openContact(keys, &rows[i])
		if err != nil {
			return nil, fmt.Errorf("contact %s: %w", rows[i].ID, err)
		}
		out[c.ID] = c
	}
	return out, nil
}
