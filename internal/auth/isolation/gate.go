package isolation

import (
	"context"
	"time"

	"rainmaker/internal/auth/cache"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// knownFor bounds how late another process sees a change.
const knownFor = time.Second

// Refusal is the answer to a good proof of somebody who is shut out.
func Refusal() error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: "isolated", Message: "access is suspended: ask an admin of the organisation"}
}

// Gate refuses who is shut out. It stands before every request.
type Gate struct {
	db    *db.DB
	clock clock.Clock
	out   *cache.Cache[id.ID, ShutOut]
}

// NewGate returns a Gate.
func NewGate(d *db.DB, c clock.Clock) *Gate {
	return &Gate{db: d, clock: c, out: cache.New[id.ID, ShutOut](c)}
}

// Check refuses a person or an API key that is shut out.
func (g *Gate) Check(ctx context.Context, tenant id.ID, role org.Role, user, key id.ID) error {
	out, ok := g.out.Find(tenant)
	if !ok {
		err := g.db.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
			out, err = Now(ctx, tx, tenant)
			return err
		})
		if err != nil {
			return err
		}
		g.out.Put(tenant, out, g.clock.Now().Add(knownFor))
	}
	if out.Covers(role, user, key) {
		return Refusal()
	}
	return nil
}

// Forget makes this process look again at once.
func (g *Gate) Forget(tenant id.ID) { g.out.Forget(tenant) }
