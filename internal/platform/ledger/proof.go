package ledger

import (
	"context"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Proof shows that one row is in the record that a checkpoint signs, without
// showing any other row (RFC 9162 2.1.3).
type Proof struct {
	Leaf       int64    `json:"leaf" doc:"Place of the row among the rows of all organisations, from 0."`
	Hash       string   `json:"hash" doc:"The row's hash in hexadecimal. The leaf of the tree is SHA-256(0x00 | hash)."`
	TreeSize   int64    `json:"tree_size" doc:"Rows under the checkpoint."`
	Path       []string `json:"path" doc:"Hashes of the neighbours in hexadecimal, the lowest first (RFC 9162 2.1.3)."`
	Checkpoint string   `json:"checkpoint" doc:"The signed statement: origin, size, root, time, signature."`
	Key        string   `json:"key" doc:"Public key of the signature, in the form of golang.org/x/mod/sumdb/note. Compare it with rainmaker audit key."`
}

// Prove returns the proof for an entry of org in tx, which is org's. A row that
// no checkpoint covers yet is a conflict: it takes up to a minute.
func Prove(ctx context.Context, tx db.Tx, org, entry id.ID) (Proof, error) {
	b, ok := tx.Conn().PgConn().CustomData()[attachment].(*Book)
	if !ok {
		return Proof{}, fmt.Errorf("ledger: this connection has no book")
	}
	leaf, hash, err := selectSealedRow(ctx, tx, org, entry)
	if db.NoRows(err) {
		return Proof{}, errs.New(errs.NotFound, "audit entry not found")
	}
	if err != nil {
		return Proof{}, fmt.Errorf("prove: %w", err)
	}
	covered := leaf != nil
	var text string
	if covered {
		if text, err = selectNoteFor(ctx, tx, *leaf); db.NoRows(err) {
			covered = false
		} else if err != nil {
			return Proof{}, fmt.Errorf("prove: %w", err)
		}
	}
	if !covered {
		return Proof{}, errs.New(errs.Conflict, "no checkpoint covers this entry yet: one is signed each minute")
	}
	key, err := b.VerifierKey()
	if err != nil {
		return Proof{}, err
	}
	c, err := ParseCheckpoint(text, key)
	if err != nil {
		return Proof{}, fmt.Errorf("prove: %w", err)
	}
	path, err := tlog.ProveRecord(c.Size, *leaf, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		nodes, err := selectNodes(ctx, tx, indexes)
		if err != nil {
			return nil, err
		}
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			h, ok := nodes[index]
			if !ok {
				return nil, fmt.Errorf("node %d of the tree is missing", index)
			}
			hashes[i] = h
		}
		return hashes, nil
	}))
	if err != nil {
		return Proof{}, fmt.Errorf("prove: %w", err)
	}
	p := Proof{Leaf: *leaf, Hash: hex.EncodeToString(hash), TreeSize: c.Size, Path: make([]string, len(path)), Checkpoint: c.Note, Key: key}
	for i, h := range path {
		p.Path[i] = hex.EncodeToString(h[:])
	}
	return p, nil
}
