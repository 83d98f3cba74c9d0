package auth

import (
	"context"

	"rainmaker/internal/auth/isolation"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// errIsolated is the answer to a good proof of somebody who is shut out.
func errIsolated() error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: "isolated", Message: "access is suspended: ask an admin of the organisation"}
}

// admitted refuses an identity that is shut out. Each process sees a change within
// stateLife.
func (s *Service) admitted(ctx context.Context, i Identity) (Identity, error) {
	out, ok := s.isolated.Find(i.Org)
	if !ok {
		err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) (err error) {
			out, err = isolation.Now(ctx, tx, i.Org)
			return err
		})
		if err != nil {
			return Identity{}, err
		}
		s.isolated.Put(i.Org, out, s.clock.Now().Add(stateLife))
	}
	if out.Covers(i.Role, i.User, i.Key) {
		return Identity{}, errIsolated()
	}
	return i, nil
}

// IsolationsChanged makes this process look again at once.
func (s *Service) IsolationsChanged(tenant id.ID) {
	s.isolated.Forget(tenant)
	s.sessions.ForgetAll()
}
