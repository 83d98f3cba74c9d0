// Package keeper changes the sealing keys of organisations while the program
// runs.
//
// A rotation goes by steps that may be cut off anywhere and are taken up by any
// process: a new key is added, which opens; when every process must have heard
// of it, it seals; everything that is sealed under older keys is sealed again, in
// small batches; when nothing is left, and an hour after the last process could
// have sealed under them, the older keys are taken away. Blind indexes hang on
// the first key and never change.
//
// Invariants: a value is replaced only by the same value sealed anew, and only
// if nobody changed it in between; a key is taken away only when a whole walk
// found nothing under it.
//
// Table: key_rotations; it rewrites the sealed columns that app names. Files:
// keeper.go (the steps), walk.go (sealing again), store.go (SQL).
package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const (
	// tick is how often a process asks for changes.
	tick = 30 * time.Second
	// PromoteAfter is how long a new key only opens: more than twice as long as a
	// process may be without news (org.KeysKnown).
	PromoteAfter = 5 * time.Minute
	// RetireAfter is how long older keys stay after the new one seals, at least: no
	// operation takes as long.
	RetireAfter = time.Hour
	// batch is how many values are sealed again in one transaction.
	batch = 500
	// hold is how long a process has a rotation to itself without a sign of life.
	hold = time.Minute
)

// Deps are what a Keeper needs.
type Deps struct {
	DB      *db.DB
	Vault   *secret.Vault
	Org     *org.Service
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer
	// Columns are all sealed columns of tenants.
	Columns []Column
	// Works makes this process seal again; others only follow.
	Works bool
}

// Keeper follows and drives rotations.
type Keeper struct {
	Deps
	sealed prometheus.Counter
	open   prometheus.Gauge
}

// New returns a Keeper.
func New(d Deps) (*Keeper, error) {
	k := &Keeper{
		Deps:   d,
		sealed: prometheus.NewCounter(prometheus.CounterOpts{Name: "rainmaker_values_resealed_total", Help: "Values sealed again under a new key."}),
		open:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "rainmaker_key_rotations", Help: "Changes of organisations' sealing keys under way, or over for less than ten minutes."}),
	}
	for _, c := range []prometheus.Collector{k.sealed, k.open} {
		if d.Metrics != nil {
			if err := d.Metrics.Register(c); err != nil {
				return nil, fmt.Errorf("metrics of keys: %w", err)
			}
		}
	}
	return k, nil
}

// Run follows rotations until ctx ends, and drives them where Works is set.
func (k *Keeper) Run(ctx context.Context) error {
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		if err := k.Step(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			k.Logger.ErrorContext(ctx, "keys of organisations", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// Step hears of all rotations under way and moves each on as far as it can go
// now. One that fails does not hold up the others.
func (k *Keeper) Step(ctx context.Context) error {
	due, err := k.due(ctx)
	if err != nil {
		return err
	}
	k.open.Set(float64(len(due)))
	if err := k.Org.RenewKeys(ctx, due); err != nil {
		return err
	}
	if !k.Works {
		return nil
	}
	for _, tenant := range due {
		if err := k.advance(ctx, tenant); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			k.Logger.ErrorContext(ctx, "change of a sealing key does not go on", "org_id", tenant, "error", err)
		}
	}
	return nil
}

func (k *Keeper) due(ctx context.Context) (due []id.ID, err error) {
	err = k.DB.InSystem(ctx, func(tx db.Tx) error {
		due, err = rotationsDue(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("rotations under way: %w", err)
	}
	return due, nil
}

// Start begins a rotation. One at a time: a second one is a conflict.
func (k *Keeper) Start(ctx context.Context, tenant id.ID, by org.Actor) error {
	now := k.Clock.Now()
	return k.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := k.Org.ChangeKeys(ctx, tx, tenant, k.Vault.AddOrgKey); err != nil {
			return err
		}
		rotation := id.New()
		if err := insertRotation(ctx, tx, tenant, rotation, by, now); err != nil {
			if db.Violates(err, "key_rotations_open") {
				return errs.New(errs.Conflict, "the key of this organisation is being changed already")
			}
			return fmt.Errorf("start a rotation: %w", err)
		}
		return org.Audit(ctx, tx, tenant, now, by, "organization.key_change_started", org.Target("key_rotation", rotation), nil)
	})
}

// advance takes the next step of one rotation, unless another process is at it.
func (k *Keeper) advance(ctx context.Context, tenant id.ID) error {
	now := k.Clock.Now()
	var r rotation
	err := k.DB.InTenant(ctx, tenant, func(tx db.Tx) (err error) {
		r, err = claimRotation(ctx, tx, tenant, now, now.Add(hold))
		return err
	})
	if db.NoRows(err) {
		return nil // done, or in other hands
	}
	if err != nil {
		return fmt.Errorf("claim the rotation: %w", err)
	}
	if r.promoted == nil {
		if now.Sub(r.started) >= PromoteAfter {
			return k.promote(ctx, tenant, r.id)
		}
		return k.release(ctx, tenant, r.id, 0, false)
	}
	n, err := k.walk(ctx, tenant, r.id)
	if err != nil {
		return err
	}
	// What was found under an older key was found after the promotion: only a walk
	// that begins when nobody can seal under one any more, and finds nothing, is
	// the last.
	if n > 0 || now.Sub(*r.promoted) < RetireAfter {
		return k.release(ctx, tenant, r.id, n, n == 0)
	}
	return k.retire(ctx, tenant, r.id)
}

func (k *Keeper) promote(ctx context.Context, tenant, rotation id.ID) error {
	err := k.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := k.Org.ChangeKeys(ctx, tx, tenant, k.Vault.PromoteOrgKey); err != nil {
			return err
		}
		return promoteRotation(ctx, tx, tenant, rotation, k.Clock.Now())
	})
	if err != nil {
		return fmt.Errorf("promote the new key: %w", err)
	}
	k.Logger.InfoContext(ctx, "a new sealing key is in use", "org_id", tenant)
	return k.Org.RenewKey(ctx, tenant)
}

func (k *Keeper) release(ctx context.Context, tenant, rotation id.ID, n int64, clean bool) error {
	return k.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		return releaseRotation(ctx, tx, tenant, rotation, n, clean, k.Clock.Now())
	})
}

func (k *Keeper) retire(ctx context.Context, tenant, rotation id.ID) error {
	now := k.Clock.Now()
	err := k.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := k.Org.ChangeKeys(ctx, tx, tenant, k.Vault.RetireOrgKeys); err != nil {
			return err
		}
		n, err := finishRotation(ctx, tx, tenant, rotation, now)
		if err != nil {
			return err
		}
		return org.Audit(ctx, tx, tenant, now, org.SystemActor("keeper"), "organization.key_changed", org.Target("key_rotation", rotation), map[string]any{"resealed": n})
	})
	if err != nil {
		return fmt.Errorf("retire older keys: %w", err)
	}
	k.Logger.InfoContext(ctx, "older sealing keys are gone", "org_id", tenant)
	return k.Org.RenewKey(ctx, tenant)
}
