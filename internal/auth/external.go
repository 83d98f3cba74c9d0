package auth

import (
	"context"
	"fmt"

	"rainmaker/internal/auth/external"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// OpenExternal opens a session in tx for somebody an identity provider vouches
// for (connection is zero for the installation's own). Only package sso may call
// it: nothing is checked here but the membership.
func (s *Service) OpenExternal(ctx context.Context, tx db.Tx, tenant, user, connection id.ID) (SignedIn, error) {
	out, err := s.openProven(ctx, tx, tenant, user)
	if err == nil {
		err = external.Mark(ctx, tx, tenant, out.Session, connection)
	}
	if err != nil {
		return SignedIn{}, fmt.Errorf("open session: %w", err)
	}
	return out, nil
}

// Fresh refuses a session without a proof within VerifiedLife: adding a way in is
// as grave as changing a password. A provider's sessions are never fresh.
func (s *Service) Fresh(ctx context.Context, i Identity) error {
	return s.db.InTenant(ctx, i.Org, func(tx db.Tx) error { return s.verified(ctx, tx, i) })
}
