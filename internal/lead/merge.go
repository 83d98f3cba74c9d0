package lead

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

const kindPhone = compliance.KindPhone

// suppressed is an address a file says not to contact.
type suppressed struct{ kind, value string }

func (s *Service) suppressImported(ctx context.Context, tx db.Tx, org, imp id.ID, list []suppressed) error {
	if len(list) == 0 {
		return nil
	}
	addresses := make([]compliance.Address, len(list))
	for i, a := range list {
		addresses[i] = compliance.Address{Kind: a.kind, Value: a.value}
	}
	return s.Compliance.Suppress(ctx, tx, org, compliance.NewSuppression{Reason: "import", Source: "import " + imp.String()}, addresses...)
}

// update writes rows into older leads. Addresses that another lead has, or that
// an earlier row of the chunk claimed, are left where they are.
func (r *importRun) update(ctx context.Context, tx db.Tx, updates []update, matches map[int][]match) error {
	if len(updates) == 0 {
		return nil
	}
	ids := make([]id.ID, len(updates))
	for i, u := range updates {
		ids[i] = u.lead
	}
	ids = uniqueIDs(ids)
	leads, err := lockLeads(ctx, tx, r.org, ids, scanLead(r.keys))
	if err != nil {
		return err
	}
	engaged, err := engagement(ctx, tx, r.org, ids)
	if err != nil {
		return err
	}
	claimed := map[string]id.ID{}
	changed := map[id.ID]bool{}
	for _, u := range updates {
		l, found := leads[u.lead]
		if !found {
			u.rec.skip("gone", "the lead it belongs to was deleted at this moment")
			continue
		}
		if !merge(&l, u.rec, taken(u, matches[u.rec.number], claimed)) {
			u.rec.skip("unchanged", "nothing new about lead "+u.lead.String())
			continue
		}
		u.rec.done(outcomeUpdated)
		leads[u.lead] = l
		changed[u.lead] = true
	}
	if r.imp.DryRun || len(changed) == 0 {
		return nil
	}
	now := r.s.Clock.Now()
	rows := make([]row, 0, len(changed))
	for _, lead := range ids {
		if !changed[lead] {
			continue
		}
		l := leads[lead]
		l.UpdatedAt = now
		sealed, err := seal(r.keys, l, now, engaged[lead])
		if err != nil {
			return fmt.Errorf("update lead %s: %w", lead, err)
		}
		rows = append(rows, sealed)
	}
	return updateLeads(ctx, tx, r.org, rows)
}

// taken says which addresses of the row belong to others than its lead.
func taken(u update, matches []match, claimed map[string]id.ID) map[string]bool {
	out := map[string]bool{}
	for _, m := range matches {
		if m.lead != u.lead {
			out[m.by] = true
		}
	}
	for by, value := range map[string]string{"email": u.rec.email, "phone": u.rec.phone, "id": u.rec.external} {
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
func merge(l *Lead, r *record, taken map[string]bool) bool {
	changed := false
	set := func(to *string, value string) {
		if value != "" && *to != value {
			*to = value
			changed = true
		}
	}
	if !taken["email"] {
		set(&l.Email, r.email)
	}
	if !taken["phone"] {
		set(&l.Phone, r.phone)
	}
	if !taken["id"] {
		set(&l.ExternalID, r.external)
	}
	set(&l.FirstName, r.first)
	set(&l.LastName, r.last)
	set(&l.Company, r.company)
	set(&l.Title, r.title)
	set(&l.Region, r.region)
	set(&l.Timezone, r.timezone)
	for _, tag := range r.tags {
		if !slices.Contains(l.Tags, tag) && len(l.Tags) < maxTags {
			l.Tags = append(l.Tags, tag)
			changed = true
		}
	}
	for key, value := range r.custom {
		if !reflect.DeepEqual(l.Custom[key], value) {
			l.Custom[key] = value
			changed = true
		}
	}
	return changed
}
