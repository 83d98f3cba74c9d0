package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/org"
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

func (l Limits) check(role org.Role) error {
	if len(l) > maxLimits {
		return errs.InvalidField("body.limits", "must have at most %d entries", maxLimits)
	}
	for what, n := range l {
		operation := strings.TrimSuffix(what, ".rows")
		if !slices.Contains(RolesOf(operation), role) || operation != what && what != ExportRows {
			return errs.InvalidField("body.limits", "%q is no operation of this role: see /roles", what)
		}
		if n < 0 || n > maxLimit {
			return errs.InvalidField("body.limits", "%s must be between 0 and %d", what, maxLimit)
		}
	}
	return nil
}

// Spend takes n of what an identity may do today. Only API keys have limits; what
// was taken is not given back when the operation fails.
func (s *Service) Spend(ctx context.Context, i Identity, what string, n int64) error {
	if i.Key == id.Nil {
		return nil
	}
	limits, ok := s.limits.Find(i.Key)
	if !ok {
		err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) (err error) {
			limits, err = selectKeyLimits(ctx, tx, i.Org, i.Key)
			return err
		})
		if err != nil {
			return fmt.Errorf("limits of API key: %w", err)
		}
		s.limits.Put(i.Key, limits, s.clock.Now().Add(stateLife))
	}
	limit, ok := limits[what]
	if !ok {
		return nil
	}
	now := s.clock.Now()
	fits := n <= limit
	if fits {
		err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) (err error) {
			fits, err = spendKeyUsage(ctx, tx, i.Org, i.Key, now, what, n, limit)
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
