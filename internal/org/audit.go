package org

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
)

// Actor is who did something: user:<id>, key:<id> or system:<name>.
type Actor string

// UserActor is a person.
func UserActor(user id.ID) Actor { return Actor("user:" + user.String()) }

// KeyActor is a program with an API key.
func KeyActor(key id.ID) Actor { return Actor("key:" + key.String()) }

// SystemActor is a part of the program itself, such as "engine".
func SystemActor(name string) Actor { return Actor("system:" + name) }

// AuditEntry is one row of the record of who did what.
type AuditEntry struct {
	ID     id.ID           `json:"id"`
	At     time.Time       `json:"at"`
	Actor  Actor           `json:"actor" doc:"user:<id>, key:<id> or system:<name>."`
	Action string          `json:"action" doc:"Past tense, such as member.added."`
	Target string          `json:"target" doc:"kind:<id>, may be empty."`
	Data   json.RawMessage `json:"data"`
	Seq    *int64          `json:"seq" nullable:"true" doc:"Number in the organisation's chain, from 1 and without gaps; null for the second or so until the entry is sealed."`
	Hash   string          `json:"hash" doc:"SHA-256 in hexadecimal over the entry, its place and the hash of the entry before; empty until it is sealed."`
}

// Audit adds to the record of org in tx, which must be the transaction of the
// change itself. action is in the past tense (member.added), target names the
// thing (Target). data (nil for none) holds ids, roles and names of fields:
// never personal data or secrets, for the record outlives erasure.
func Audit(ctx context.Context, tx db.Tx, org id.ID, at time.Time, actor Actor, action, target string, data any) error {
	raw := []byte("{}")
	if data != nil {
		var err error
		if raw, err = json.Marshal(data); err != nil {
			return fmt.Errorf("audit %s: %w", action, err)
		}
	}
	err := ledger.Append(ctx, tx, ledger.Entry{
		Org: org, ID: id.New(), At: at, Actor: string(actor), Action: action, Target: target, Data: string(raw),
	})
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}

// Target names a thing in the record, such as lead:<id>.
func Target(kind string, thing id.ID) string { return kind + ":" + thing.String() }

// AuditQuery selects a page of the record, the newest first.
type AuditQuery struct {
	Action string    // exact; empty means all
	Actor  Actor     // exact; empty means all
	Target string    // exact; empty means all
	From   time.Time // inclusive; zero means from the beginning
	To     time.Time // exclusive; zero means until now
	Before AuditMark // the zero mark is the newest
	Limit  int
}

// AuditMark is the place after one entry of the record.
type AuditMark struct {
	At time.Time `json:"t"`
	ID id.ID     `json:"i"`
}

// AuditLog returns a page of the record, the newest first.
func (s *Service) AuditLog(ctx context.Context, org id.ID, q AuditQuery) ([]AuditEntry, error) {
	var entries []AuditEntry
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		var err error
		entries, err = selectAudit(ctx, tx, org, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return entries, nil
}

// exportPage is how many entries ExportAudit holds in memory.
const exportPage = 1000

// ExportAudit gives every entry that q selects to each, the newest first,
// whatever its Limit.
func (s *Service) ExportAudit(ctx context.Context, org id.ID, q AuditQuery, each func(AuditEntry) error) error {
	q.Limit = exportPage
	for {
		entries, err := s.AuditLog(ctx, org, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := each(e); err != nil {
				return err
			}
		}
		if len(entries) < exportPage {
			return nil
		}
		last := entries[len(entries)-1]
		q.Before = AuditMark{At: last.At, ID: last.ID}
	}
}

// AuditProof shows that an entry is under a signed checkpoint.
func (s *Service) AuditProof(ctx context.Context, org, entry id.ID) (ledger.Proof, error) {
	var p ledger.Proof
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		var err error
		p, err = ledger.Prove(ctx, tx, org, entry)
		return err
	})
	return p, err
}

// requireActor: a change that nobody made is a bug.
func requireActor(actor Actor) error {
	if actor == "" {
		return errs.New(errs.Internal, "change without an actor")
	}
	return nil
}
