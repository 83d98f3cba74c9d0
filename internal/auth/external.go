package auth

import (
	"context"

	"rainmaker/internal/auth/external"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// OpenExternal opens a session in tx for somebody an identity provider vouches
// for; mfa says that it asked for a second factor. Only package sso may call it:
// nothing is checked but the membership.
func (s *Service) OpenExternal(ctx context.Context, tx db.Tx, tenant, user, connection id.ID, mfa bool) (SignedIn, error) {
	out, err := s.openProven(ctx, tx, tenant, user)
	if err == nil {
		err = external.Mark(ctx, tx, tenant, out.Session, connection, mfa)
	}
	return out, err
}

// Fresh refuses a session without a proof within VerifiedLife.
func (s *Service) Fresh(ctx context.Context, i Identity) error {
	return s.db.InTenant(ctx, i.Org, func(tx db.Tx) error { return s.verified(ctx, tx, i) })
}

// Holds says whose a session is, while it is good.
func (s *Service) Holds(ctx context.Context, tenant, session id.ID) (Identity, error) {
	return s.bySession(ctx, sessionRef{id: session, org: tenant})
}
