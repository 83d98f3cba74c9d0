// Package ledger makes the record of who did what (table audit_log)
// tamper-evident: whoever changes, removes, inserts, reorders or cuts off rows,
// be it as superuser, is found by Verify.
//
// How: Append writes a row in the transaction of the change itself, with an HMAC
// over its content under a key that the database never sees. A Sealer gives
// committed rows their place: the next leaf of one Merkle tree over all
// tenants, the next number of the tenant's chain, and a SHA-256 over content,
// place and the hash before. Each minute it signs a checkpoint "so many rows,
// this root" (golang.org/x/mod/sumdb/note) and copies it out of the database:
// whoever rewrites everything inside cannot rewrite those.
//
// Why rows are not numbered in their own transaction: a gap-free number a tenant
// is a row lock held until commit. Measured with 8 writers of one tenant whose
// transactions go on for 2 ms after the entry (BenchmarkNumbering): 370 commits a
// second instead of 2,777, and two transactions that take the number and a lead's lock in
// different order would deadlock. The price is that a row is unsealed for up to
// a second. In that time a change or an insertion is caught by the HMAC, and a
// removal by the process that appended the row: it remembers it with its
// transaction number, asks PostgreSQL whether that committed, and when it did and
// the row is gone, says so with an entry of its own (witness.go).
//
// Invariants: leaves have no gaps; a sealed row is never touched again; the
// HMAC key and the signing key are derived from the master key and stored
// nowhere. Tables: audit_log (rows are org's), audit_head, audit_heads,
// audit_nodes, audit_checkpoints.
//
// Files: ledger.go (entries, keys, Append), hash.go (what is hashed),
// witness.go, seal.go (Sealer), checkpoint.go (signing), export.go (copies),
// verify.go, proof.go, store.go.
package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Entry is the content of one row.
type Entry struct {
	Org    id.ID
	ID     id.ID
	At     time.Time // microseconds
	Actor  string
	Action string
	Target string
	Data   string // JSON text, kept byte for byte
}

// KeySize of both keys in bytes.
const KeySize = 32

// Keys are what the record is protected with, derived from the master key.
type Keys struct {
	Row  []byte // HMAC of rows
	Sign []byte // seed of the Ed25519 key that signs checkpoints
	// Name of the log in its signatures: no spaces, no plus.
	Name string
}

// Book holds the keys of one process and remembers what it appended until that
// is sealed. It is safe for concurrent use.
type Book struct {
	keys    Keys
	witness witness
}

// NewBook returns the book of keys.
func NewBook(keys Keys) (*Book, error) {
	if len(keys.Row) != KeySize || len(keys.Sign) != KeySize || keys.Name == "" {
		return nil, errors.New("ledger: keys of the wrong size")
	}
	return &Book{keys: keys}, nil
}

// attachment is where a connection carries its book: Append has a transaction
// and nothing else.
const attachment = "rainmaker/ledger"

// Attach lets transactions of conn append. It is db.Config.OnConnect.
func (b *Book) Attach(conn *pgconn.PgConn) { conn.CustomData()[attachment] = b }

// Append writes e in tx, which must be e.Org's and the transaction of the change.
func Append(ctx context.Context, tx db.Tx, e Entry) error {
	b, ok := tx.Conn().PgConn().CustomData()[attachment].(*Book)
	if !ok {
		return errors.New("ledger: this connection has no book")
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	mac := b.mac(&e)
	xid, err := insert(ctx, tx, e, mac)
	if err != nil {
		return fmt.Errorf("append to the record: %w", err)
	}
	b.witness.remember(appended{org: e.Org, id: e.ID, mac: mac, xid: xid})
	return nil
}

// mac is the HMAC of an entry's content.
func (b *Book) mac(e *Entry) []byte {
	h := hmac.New(sha256.New, b.keys.Row)
	h.Write(appendContent([]byte("rainmaker/audit/row/v1\x00"), e))
	return h.Sum(nil)
}

// headMAC is the HMAC of how far the sealer is.
func (b *Book) headMAC(size int64, root []byte) []byte {
	h := hmac.New(sha256.New, b.keys.Row)
	h.Write([]byte("rainmaker/audit/head/v1\x00"))
	h.Write(appendUint(nil, size))
	h.Write(root)
	return h.Sum(nil)
}
