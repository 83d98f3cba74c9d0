package intake

import (
	"context"
	"reflect"
	"slices"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// suppressed is an address a file says not to contact.
type suppressed struct{ kind, value string }

func (s *Service) suppress(ctx context.Context, tx db.Tx, org, imp id.ID, list []suppressed) error {
	if len(list) == 0 {
		return nil
	}
	addresses := make([]compliance.Address, len(list))
	for i, a := range list {
		addresses[i] = compliance.Address{Kind: a.kind, Value: a.value}
	}
	return s.Compliance.Suppress(ctx, tx, org, compliance.NewSuppression{Reason: "import", Source: "import " + imp.String()}, addresses...)
}

// update is a row that goes into an older lead.
type update struct {
	rec  *record
	lead id.ID
}

// update writes rows into older leads. Addresses that another lead has, or that
// an earlier row of the chunk claimed, are left where they are.
func (r *importRun) update(ctx context.Context, tx db.Tx, updates []update, matches map[int][]lead.Match) error {
	if len(updates) == 0 {
		return nil
	}
	ids := make([]id.ID, len(updates))
	for i, u := range updates {
		ids[i] = u.lead
	}
	return r.s.Leads.Revise(ctx, tx, r.org, ids, func(leads map[id.ID]lead.Lead) (changed []id.ID) {
		claimed := map[string]id.ID{}
		for _, u := range updates {
			l, found := leads[u.lead]
			if !found {
				u.rec.skip("gone", "the lead it belongs to was deleted at this moment")
				continue
			}
			if !merge(&l, u.rec, taken(u, matches[u.rec.Number], claimed)) {
				u.rec.skip("unchanged", "nothing new about lead "+u.lead.String())
				continue
			}
			u.rec.done(outcomeUpdated)
			leads[u.lead] = l
			changed = append(changed, u.lead)
		}
		if r.imp.DryRun {
			return nil
		}
		return changed
	})
}

// taken says which addresses of the row belong to others than its lead.
func taken(u update, matches []lead.Match, claimed map[string]id.ID) map[string]bool {
	out := map[string]bool{}
	for _, m := range matches {
		if m.Lead != u.lead {
			out[m.By] = true
		}
	}
	for by, value := range map[string]string{"email": u.rec.Email, "phone": u.rec.Phone, "id": u.rec.ExternalID} {
		if value == "" || out[by] {
			continue
		}
		if owner, ok := claimed[by+value]; ok && owner != u.lead {
			out[by] = true
			continue
		}
		claimed[by+value] = u.lead
	}
	return out
}

// merge puts what a row says into a lead and reports whether anything changed.
// Rows fill and correct; an empty cell erases nothing, and where the lead came
// from stays.
func merge(l *lead.Lead, r *record, taken map[string]bool) bool {
	changed := false
	set := func(to *string, value string) {
		if value != "" && *to != value {
			*to = value
			changed = true
		}
	}
	if !taken["email"] {
		set(&l.Email, r.Email)
	}
	if !taken["phone"] {
		set(&l.Phone, r.Phone)
	}
	if !taken["id"] {
		set(&l.ExternalID, r.ExternalID)
	}
	set(&l.FirstName, r.FirstName)
	set(&l.LastName, r.LastName)
	set(&l.Company, r.Company)
	set(&l.Title, r.Title)
	set(&l.Region, r.Region)
	set(&l.Timezone, r.Timezone)
	for _, tag := range r.Tags {
		if !slices.Contains(l.Tags, tag) && len(l.Tags) < lead.MaxTags {
			l.Tags = append(l.Tags, tag)
			changed = true
		}
	}
	for key, value := range r.Custom {
		if !reflect.DeepEqual(l.Custom[key], value) {
			l.Custom[key] = value
			changed = true
		}
	}
	return changed
}
