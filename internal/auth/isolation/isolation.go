// Package isolation keeps who is shut out of an organisation: their sessions end,
// and neither sign-in nor key is accepted until they are released. Package auth
// asks it for every request; package watch shuts out and releases.
//
// Invariant: a shut-out organisation lets its admins in, as people, and nobody
// else: somebody has to be able to end it.
//
// Table: isolations; of sessions the end. Files: isolation.go, gate.go (before every
// request), store.go (SQL).
package isolation

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Kind is what is shut out.
type Kind string

// The kinds.
const (
	User         Kind = "user"
	Key          Kind = "key"
	Organization Kind = "organization"
)

// Isolation shuts somebody out.
type Isolation struct {
	ID         id.ID      `json:"id"`
	IncidentID id.ID      `json:"incident_id"`
	Kind       Kind       `json:"kind" enum:"user,key,organization"`
	Subject    id.ID      `json:"subject_id"`
	At         time.Time  `json:"at"`
	By         org.Actor  `json:"by"`
	ReleasedAt *time.Time `json:"released_at"`
	ReleasedBy org.Actor  `json:"released_by"`
}

// ShutOut are the isolations of one organisation that hold now.
type ShutOut struct {
	everybody bool
	users     map[id.ID]bool
	keys      map[id.ID]bool
}

// Covers reports whether a person, or an API key, is shut out.
func (o ShutOut) Covers(role org.Role, user, key id.ID) bool {
	return o.users[user] || o.keys[key] || o.everybody && (role != org.Admin || key != id.Nil)
}

// Now returns what holds, in tx.
func Now(ctx context.Context, tx db.Tx, tenant id.ID) (ShutOut, error) {
	out, err := selectShutOut(ctx, tx, tenant)
	if err != nil {
		return out, fmt.Errorf("isolations: %w", err)
	}
	return out, nil
}

// By is who shuts out: a person, or an API key.
type By struct {
	Org, User, Key id.ID
	Actor          org.Actor
}

// Begin shuts somebody out in tx.
func Begin(ctx context.Context, tx db.Tx, by By, now time.Time, i Isolation) (Isolation, error) {
	switch {
	case i.Kind == User && i.Subject == by.User, i.Kind == Key && i.Subject == by.Key:
		return Isolation{}, errs.New(errs.Conflict, "nobody can shut themselves out: ask another admin")
	case i.Kind == Organization:
		i.Subject = by.Org
	}
	found, err := isolatable(ctx, tx, by.Org, i)
	if err != nil {
		return Isolation{}, err
	}
	if !found {
		return Isolation{}, errs.InvalidField("body.subject_id", "there is no such %s", i.Kind)
	}
	i.ID, i.At, i.By = id.New(), now, by.Actor
	if err := insertIsolation(ctx, tx, by.Org, i); err != nil {
		if db.Violates(err, "isolations_now") {
			return Isolation{}, errs.New(errs.Conflict, "is shut out already")
		}
		return Isolation{}, fmt.Errorf("isolate: %w", err)
	}
	if err := endSessionsOf(ctx, tx, by.Org, i, now); err != nil {
		return Isolation{}, fmt.Errorf("end sessions: %w", err)
	}
	return i, org.Audit(ctx, tx, by.Org, now, by.Actor, "access.isolated", org.Target(string(i.Kind), i.Subject), map[string]any{"incident_id": i.IncidentID})
}

// End lets somebody in again, who must sign in anew.
func End(ctx context.Context, tx db.Tx, by By, now time.Time, incident, isolation id.ID) (Isolation, error) {
	i, err := releaseIsolation(ctx, tx, by.Org, incident, isolation, by.Actor, now)
	if db.NoRows(err) {
		return Isolation{}, errs.InvalidField("body.isolation_id", "there is no such isolation, or it is over")
	}
	if err != nil {
		return Isolation{}, fmt.Errorf("release: %w", err)
	}
	return i, org.Audit(ctx, tx, by.Org, now, by.Actor, "access.released", org.Target(string(i.Kind), i.Subject), map[string]any{"incident_id": i.IncidentID})
}

// Of lists the isolations of an incident, in tx.
func Of(ctx context.Context, tx db.Tx, tenant, incident id.ID) ([]Isolation, error) {
	return selectIsolations(ctx, tx, tenant, incident)
}
