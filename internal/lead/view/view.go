// Package view keeps filters and orders of the lead list under names.
//
// Invariants: a view is seen by its owner and, when it is shared, by the
// organisation; only its owner changes it. A person has at most one default. No
// address of a person is kept: what is searched for lies in clear.
//
// Table: saved_views. Files: view.go (rules), store.go (SQL).
package view

import (
	"context"
	"strings"
	"time"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	// maxName bounds a name, in bytes.
	maxName = 80
	// maxOwn bounds the views of one person: a menu nobody reads to its end.
	maxOwn = 50
)

// Search is what the list of leads is asked for.
type Search struct {
	Text     string `json:"q,omitempty"`
	Status   string `json:"status,omitempty"`
	MinScore int    `json:"min_score,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Sort     string `json:"sort,omitempty"`
	Columns  string `json:"columns,omitempty"`
}

// View is a search under a name.
type View struct {
	ID        id.ID
	Owner     org.Actor
	Name      string
	Search    Search
	Shared    bool
	Default   bool // of its owner
	CreatedAt time.Time
}

// Change names what is to become of a view; nil leaves a field as it is.
type Change struct {
	Name    *string
	Search  *Search
	Shared  *bool
	Default *bool
}

// Service keeps views.
type Service struct {
	db    *db.DB
	clock clock.Clock
}

// New returns a service.
func New(database *db.DB, c clock.Clock) *Service {
	return &Service{database, c}
}

// List returns the views that a person sees, by name.
func (s *Service) List(ctx context.Context, tenant id.ID, by org.Actor) ([]View, error) {
	var views []View
	err := s.db.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		views, err = list(ctx, tx, tenant, by)
		return err
	})
	return views, err
}

// Create keeps a view.
func (s *Service) Create(ctx context.Context, tenant id.ID, by org.Actor, v View) (View, error) {
	v.ID, v.Owner, v.CreatedAt = id.New(), by, s.clock.Now()
	if err := check(&v); err != nil {
		return View{}, err
	}
	err := s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		n, err := countOwn(ctx, tx, tenant, by)
		if err != nil {
			return err
		}
		if n >= maxOwn {
			return errs.New(errs.Conflict, "you keep %d views: delete one first", n)
		}
		if err := store(ctx, tx, tenant, v); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, v.CreatedAt, by, "view.created", org.Target("view", v.ID), map[string]any{"shared": v.Shared})
	})
	return v, err
}

// Update changes a view of one's own.
func (s *Service) Update(ctx context.Context, tenant id.ID, by org.Actor, which id.ID, c Change) (View, error) {
	var v View
	err := s.db.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		if v, err = own(ctx, tx, tenant, by, which); err != nil {
			return err
		}
		if c.Name != nil {
			v.Name = *c.Name
		}
		if c.Search != nil {
			v.Search = *c.Search
		}
		if c.Shared != nil {
			v.Shared = *c.Shared
		}
		if c.Default != nil {
			v.Default = *c.Default
		}
		if err := check(&v); err != nil {
			return err
		}
		if err := store(ctx, tx, tenant, v); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, s.clock.Now(), by, "view.updated", org.Target("view", v.ID), map[string]any{"shared": v.Shared})
	})
	return v, err
}

// Delete forgets a view of one's own.
func (s *Service) Delete(ctx context.Context, tenant id.ID, by org.Actor, which id.ID) error {
	return s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		if _, err := own(ctx, tx, tenant, by, which); err != nil {
			return err
		}
		if err := remove(ctx, tx, tenant, which); err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, s.clock.Now(), by, "view.deleted", org.Target("view", which), nil)
	})
}

// own is a view that its owner is about to change. Another's shared view is
// seen, and so refused in words; another's own view is not there.
func own(ctx context.Context, tx db.Tx, tenant id.ID, by org.Actor, which id.ID) (View, error) {
	v, err := lock(ctx, tx, tenant, which)
	switch {
	case err != nil:
		return View{}, err
	case v.Owner == by:
		return v, nil
	case v.Shared:
		return View{}, errs.New(errs.Forbidden, "this view is shared with you: only its owner changes it")
	}
	return View{}, errs.New(errs.NotFound, "not found")
}

func check(v *View) error {
	v.Name = strings.TrimSpace(v.Name)
	if v.Name == "" || len(v.Name) > maxName || strings.ContainsAny(v.Name, "\r\n") {
		return errs.InvalidField("body.name", "must be one line of 1 to %d bytes", maxName)
	}
	if strings.Contains(v.Search.Text, "@") {
		return errs.InvalidField("body.search.q", "addresses of people are not kept in views: search for something else")
	}
	return nil
}
