// Package quota bounds what one API key may do in a day.
//
// Invariant: processes count together, in the database; a day is one of UTC.
//
// Tables: api_key_usage; of api_keys the column limits. Files: quota.go, store.go
// (SQL).
package quota

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/auth/cache"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Limits are what one API key may do in a day (UTC): by operation, and by
// operation and ".rows" for what an export gives away.
type Limits map[string]int64

// ExportRows limits the rows of GET /leads/export.csv.
const ExportRows = "export-leads.rows"

const (
	maxLimits = 50
	maxLimit  = 1_000_000_000
)

// Check refuses limits of what may says no to: operations.
func (l Limits) Check(may func(operation string) bool) error {
	if len(l) > maxLimits {
		return errs.InvalidField("body.limits", "must have at most %d entries", maxLimits)
	}
	for what, n := range l {
		operation := strings.TrimSuffix(what, ".rows")
		if !may(operation) || operation != what && what != ExportRows {
			return errs.InvalidField("body.limits", "%q is no operation of this role: see /roles", what)
		}
		if n < 0 || n > maxLimit {
			return errs.InvalidField("body.limits", "%s must be between 0 and %d", what, maxLimit)
		}
	}
	return nil
}

// knownFor bounds how long a process believes what a key's limits were.
const knownFor = time.Second

// Service counts.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	limits *cache.Cache[id.ID, Limits] // by the row of the key
}

// New returns a Service.
func New(d *db.DB, c clock.Clock) *Service {
	return &Service{db: d, clock: c, limits: cache.New[id.ID, Limits](c)}
}

// Spend takes n of what a key may do today. What was taken is not given back when
// the operation fails.
func (s *Service) Spend(ctx context.Context, tenant, key id.ID, what string, n int64) error {
	limits, ok := s.limits.Find(key)
	if !ok {
		err := s.db.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
			limits, err = selectKeyLimits(ctx, tx, tenant, key)
			return err
		})
		if err != nil {
			return fmt.Errorf("limits of API key: %w", err)
		}
		s.limits.Put(key, limits, s.clock.Now().Add(knownFor))
	}
	limit, ok := limits[what]
	if !ok {
		return nil
	}
	now := s.clock.Now()
	fits := n <= limit
	if fits {
		err := s.db.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
			fits, err = spendKeyUsage(ctx, tx, tenant, key, now, what, n, limit)
			return err
		})
		if err != nil {
			return fmt.Errorf("usage of API key: %w", err)
		}
	}
	if fits {
		return nil
	}
	tomorrow := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	return &errs.Error{
		Kind: errs.LimitExceeded, Code: "daily_limit", RetryAfter: tomorrow.Sub(now).Round(time.Second) + time.Second,
		Message: fmt.Sprintf("this API key may do %d of %s a day", limit, what),
	}
}
