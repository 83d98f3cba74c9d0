package ledger

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"rainmaker/internal/platform/id"
)

// Forge makes places, chains, tree and head anew over the rows that are there,
// in the order of their leaves, and removes the checkpoints: all that somebody
// can do who owns the database and has no keys.
func Forge(ctx context.Context, tx pgx.Tx) error {
	got, err := tx.Query(ctx, `select org_id, id, at, actor, action, target, data::text, mac from audit_log order by leaf, id`)
	if err != nil {
		return err
	}
	rows, err := pgx.CollectRows(got, func(c pgx.CollectableRow) (row, error) {
		var r row
		err := c.Scan(&r.Org, &r.ID, &r.At, &r.Actor, &r.Action, &r.Target, &r.Data, &r.mac)
		return r, err
	})
	if err != nil {
		return err
	}
	for _, sql := range []string{
		`delete from audit_heads`, `delete from audit_nodes`, `delete from audit_checkpoints`,
		`update audit_log set leaf = null, seq = null, hash = null`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	tails, tree := map[id.ID]tail{}, frontier{}
	var buf []byte
	for i := range rows {
		r := &rows[i]
		t, ok := tails[r.Org]
		if !ok {
			t.hash = first()
		}
		r.leaf, r.seq = int64(i), t.seq+1
		var hash [32]byte
		hash, buf = rowHash(buf, t.hash, r)
		r.hash = hash[:]
		tails[r.Org] = tail{r.seq, r.hash}
		tree.add(tlog.RecordHash(r.hash))
	}
	if _, err := updateSealed(ctx, tx, rows); err != nil {
		return err
	}
	root := tree.root()
	// The HMAC of the head is what stays as it was: it cannot be made.
	_, err = tx.Exec(ctx, `update audit_head set size = $1, root = $2`, tree.size, root[:])
	return err
}

// BookOf is the book that a connection carries.
func BookOf(tx pgx.Tx) *Book {
	b, _ := tx.Conn().PgConn().CustomData()[attachment].(*Book)
	return b
}

// Fill puts n sealed rows of some organisations into an empty record, as the
// program would have, but fast. tx is a superuser's.
func Fill(ctx context.Context, tx pgx.Tx, b *Book, n int) error {
	orgs := make([]id.ID, 50)
	for i := range orgs {
		orgs[i] = id.New()
	}
	tails, tree := map[id.ID]tail{}, frontier{}
	var buf []byte
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"audit_log"},
		[]string{"org_id", "id", "at", "actor", "action", "target", "data", "mac", "leaf", "seq", "hash"},
		pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			org := orgs[i*i%len(orgs)]
			r := row{Entry: Entry{
				Org: org, ID: id.New(), At: at.Add(time.Duration(i) * time.Second), Actor: "user:" + org.String(), Action: "lead.updated",
				Target: "lead:" + id.New().String(), Data: `{"fields":["first_name","company","title"]}`,
			}}
			t, ok := tails[org]
			if !ok {
				t.hash = first()
			}
			r.mac, r.leaf, r.seq = b.mac(&r.Entry), int64(i), t.seq+1
			var hash [32]byte
			hash, buf = rowHash(buf, t.hash, &r)
			r.hash = hash[:]
			tails[org] = tail{r.seq, r.hash}
			tree.add(tlog.RecordHash(r.hash))
			return []any{r.Org, r.ID, r.At, r.Actor, r.Action, r.Target, json.RawMessage(r.Data), r.mac, r.leaf, r.seq, r.hash}, nil
		}))
	if err != nil {
		return err
	}
	for org, t := range tails {
		if _, err := tx.Exec(ctx, `insert into audit_heads (org_id, seq, hash) values ($1, $2, $3)`, org, t.seq, t.hash); err != nil {
			return err
		}
	}
	root := tree.root()
	return updateHead(ctx, tx, head{size: tree.size, root: root[:], mac: b.headMAC(tree.size, root[:])})
}
