package lead

import (
	"context"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/custom"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Query is one page of a list.
type Query struct {
	Filter Filter
	Sort   Sort
	Cursor string // of the page before
	Limit  int    // 1 to 200
	Count  bool   // also count all matches
}

// Page is the answer to a Query.
type Page struct {
	Items []Lead
	Next  string // cursor of the next page; empty on the last
	Total *int64 // when asked for
}

// List returns one page of matching leads.
func (s *Service) List(ctx context.Context, org id.ID, q Query) (Page, error) {
	if err := q.Filter.check("query"); err != nil {
		return Page{}, err
	}
	if q.Sort.Column == "" {
		q.Sort = Sort{Column: "created_at", Desc: true}
	}
	from, err := parseCursor(q.Cursor, q.Sort)
	if err != nil {
		return Page{}, err
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Page{}, err
	}
	q.Limit = min(max(q.Limit, 1), 200)
	page := Page{Items: []Lead{}}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c := where(org, q.Filter, keys)
		if err := c.page(q.Sort, from, q.Limit+1); err != nil {
			return err
		}
		items, err := listLeads(ctx, tx, keys, c)
		if err != nil {
			return err
		}
		if len(items) > q.Limit {
			items = items[:q.Limit]
			page.Next = after(items[q.Limit-1], q.Sort).String()
		}
		page.Items = append(page.Items, items...)
		if !q.Count {
			return nil
		}
		total, err := countLeads(ctx, tx, where(org, q.Filter, keys))
		page.Total = &total
		return err
	})
	return page, err
}

// Count returns how many leads match, in tx.
func (s *Service) Count(ctx context.Context, tx db.Tx, org id.ID, f Filter) (int64, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return 0, err
	}
	return countLeads(ctx, tx, where(org, f, keys))
}

// Select returns up to limit ids of matching leads above after, in the order of
// the ids: call it again with the last one for the next batch.
func (s *Service) Select(ctx context.Context, tx db.Tx, org id.ID, f Filter, after id.ID, limit int) ([]id.ID, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return nil, err
	}
	return selectIDs(ctx, tx, where(org, f, keys), after, limit)
}

// FindByEmail returns the lead with a normal e-mail address, in tx; NotFound
// when there is none.
func (s *Service) FindByEmail(ctx context.Context, tx db.Tx, org id.ID, email string) (id.ID, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return id.Nil, err
	}
	lead, err := findByEmail(ctx, tx, org, keys.Blind(compliance.KindEmail, email))
	if db.NoRows(err) {
		return id.Nil, notFound()
	}
	return lead, err
}

// Ledgers keeps consents and suppressions: compliance.Service.
type Ledgers interface {
	Ledger(ctx context.Context, tx db.Tx, org, lead id.ID, blinds ...[]byte) (compliance.Ledger, error)
}

// Ledger returns what decides about contacting a lead.
func (s *Service) Ledger(ctx context.Context, org, lead id.ID, rules Ledgers) (out compliance.Ledger, err error) {
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		blinds, err := s.Blinds(ctx, tx, org, lead)
		if err != nil {
			return err
		}
		out, err = rules.Ledger(ctx, tx, org, lead, blinds...)
		return err
	})
	return out, err
}

// Blinds gives the lead's blind indexes for compliance.Service.Ledger.
func (s *Service) Blinds(ctx context.Context, tx db.Tx, org, lead id.ID) ([][]byte, error) {
	out, err := blinds(ctx, tx, org, lead)
	if db.NoRows(err) {
		return nil, notFound()
	}
	return out, err
}

// openContact decrypts one contact.
func openContact(keys *secret.Keys, r *contactRow) (Contact, error) {
	var err error
	if r.Email, err = keys.Open("leads", "email", r.ID, r.email); err != nil {
		return Contact{}, err
	}
	if r.Phone, err = keys.Open("leads", "phone", r.ID, r.phone); err != nil {
		return Contact{}, err
	}
	hidden, err := keys.Open("leads", "custom", r.ID, r.hidden)
	if err != nil {
		return Contact{}, err
	}
	r.Custom, err = custom.Join(r.custom, hidden)
	return r.Contact, err
}

// Explain returns the plan of a list as this tenant sees it: for tests and for
// the doctor.
func (s *Service) Explain(ctx context.Context, org id.ID, q Query) (string, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return "", err
	}
	var plan string
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c := where(org, q.Filter, keys)
		if err := c.page(q.Sort, nil, q.Limit); err != nil {
			return err
		}
		plan, err = explain(ctx, tx, c)
		return err
	})
	return plan, err
}
