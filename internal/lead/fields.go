package lead

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// LeadNames returns the names of leads; unknown and nameless ones are missing.
func (s *Service) LeadNames(ctx context.Context, org id.ID, leads []id.ID) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		contacts, err := s.Contacts(ctx, tx, org, leads)
		for lead, contact := range contacts {
			if name := contact.Name(); name != "" {
				names[lead] = name
			}
		}
		return err
	})
	return names, err
}

// Name returns the contact's full name, or what there is of it.
func (c *Contact) Name() string {
	return strings.TrimSpace(c.FirstName + " " + c.LastName)
}

// Field returns the value of a merge field: a column's name, "full_name", or
// custom.<key>. An unknown field is empty.
func (c *Contact) Field(name string) string {
	switch name {
	case "first_name":
		return c.FirstName
	case "last_name":
		return c.LastName
	case "full_name":
		return c.Name()
	case "email":
		return c.Email
	case "phone":
		return c.Phone
	case "company":
		return c.Company
	case "title":
		return c.Title
	case "region":
		return c.Region
	case "timezone":
		return c.Timezone
	}
	key, custom := strings.CutPrefix(name, "custom.")
	if !custom {
		return ""
	}
	switch value := c.Custom[key].(type) {
	case nil:
		return ""
	case string:
		return value
	case float64, bool, json.Number:
		return fmt.Sprint(value)
	default:
		return ""
	}
}
