package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// querier is what a pool and a transaction have in common.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func insert(ctx context.Context, tx db.Tx, e Entry, mac []byte) (xid string, err error) {
	err = tx.QueryRow(ctx, `insert into audit_log (org_id, id, at, actor, action, target, data, mac)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning pg_current_xact_id()::text`,
		e.Org, e.ID, e.At, e.Actor, e.Action, e.Target, json.RawMessage(e.Data), mac).Scan(&xid)
	return xid, err
}

// lockSealer takes the sealer's work for this transaction, unless another
// process has it.
func lockSealer(ctx context.Context, tx db.Tx) (mine bool, err error) {
	err = tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, sealerLock).Scan(&mine)
	return mine, err
}

// head is how far the sealer is.
type head struct {
	size int64
	root []byte
	mac  []byte
}

func selectHead(ctx context.Context, q querier) (h head, err error) {
	err = q.QueryRow(ctx, `select size, root, mac from audit_head`).Scan(&h.size, &h.root, &h.mac)
	return h, err
}

func updateHead(ctx context.Context, tx db.Tx, h head) error {
	_, err := tx.Exec(ctx, `update audit_head set size = $1, root = $2, mac = $3`, h.size, h.root, h.mac)
	return err
}

func selectPending(ctx context.Context, q querier, n int) ([]row, error) {
	rows, err := q.Query(ctx, `select org_id, id, at, actor, action, target, data, mac from audit_pending($1)`, n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(c pgx.CollectableRow) (row, error) {
		var r row
		err := c.Scan(&r.Org, &r.ID, &r.At, &r.Actor, &r.Action, &r.Target, &r.Data, &r.mac)
		return r, err
	})
}

// tail is the end of a tenant's chain.
type tail struct {
	seq  int64
	hash []byte
}

// selectTails reads the ends of the chains of orgs, of all for nil.
func selectTails(ctx context.Context, q querier, orgs []id.ID) (map[id.ID]tail, error) {
	sql, args := `select org_id, seq, hash from audit_tails($1)`, []any{orgs}
	if orgs == nil {
		sql, args = `select org_id, seq, hash from audit_all_tails()`, nil
	}
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	tails := map[id.ID]tail{}
	var (
		org id.ID
		t   tail
	)
	_, err = pgx.ForEachRow(rows, []any{&org, &t.seq, &t.hash}, func() error {
		tails[org] = tail{t.seq, append([]byte(nil), t.hash...)}
		return nil
	})
	return tails, err
}

func updateSealed(ctx context.Context, tx db.Tx, rows []row) (int, error) {
	n := len(rows)
	orgs, ids := make([]id.ID, n), make([]id.ID, n)
	leaves, seqs := make([]int64, n), make([]int64, n)
	hashes, macs := make([][]byte, n), make([][]byte, n)
	for i, r := range rows {
		orgs[i], ids[i], leaves[i], seqs[i], hashes[i], macs[i] = r.Org, r.ID, r.leaf, r.seq, r.hash, r.mac
	}
	var sealed int
	err := tx.QueryRow(ctx, `select audit_seal($1, $2, $3, $4, $5, $6)`, orgs, ids, leaves, seqs, hashes, macs).Scan(&sealed)
	return sealed, err
}

// selectNodes reads inner nodes and leaves by their stored index.
func selectNodes(ctx context.Context, q querier, indexes []int64) (map[int64]tlog.Hash, error) {
	nodes := make(map[int64]tlog.Hash, len(indexes))
	var inner, leaves []int64
	for _, index := range indexes {
		if level, n := tlog.SplitStoredHashIndex(index); level == 0 {
			leaves = append(leaves, n)
		} else {
			inner = append(inner, index)
		}
	}
	var (
		n    int64
		hash []byte
	)
	rows, err := q.Query(ctx, `select index, hash from audit_nodes where index = any ($1)`, inner)
	if err != nil {
		return nil, err
	}
	if _, err = pgx.ForEachRow(rows, []any{&n, &hash}, func() error {
		nodes[n] = tlog.Hash(hash)
		return nil
	}); err != nil {
		return nil, err
	}
	if rows, err = q.Query(ctx, `select leaf, hash from audit_leaf_hashes($1)`, leaves); err != nil {
		return nil, err
	}
	_, err = pgx.ForEachRow(rows, []any{&n, &hash}, func() error {
		nodes[tlog.StoredHashIndex(0, n)] = leafHash(hash)
		return nil
	})
	return nodes, err
}

func insertNodes(ctx context.Context, tx db.Tx, indexes []int64, hashes [][]byte) error {
	_, err := tx.Exec(ctx, `insert into audit_nodes (index, hash) select * from unnest($1::bigint[], $2::bytea[])`, indexes, hashes)
	return err
}

func selectBacklog(ctx context.Context, q querier) (n int64, oldest *time.Time, err error) {
	err = q.QueryRow(ctx, `select unsealed, oldest from audit_bounds()`).Scan(&n, &oldest)
	return n, oldest, err
}

// selectBounds returns the lowest and the highest leaf; nil for no rows.
func selectBounds(ctx context.Context, q querier) (lowest, highest *int64, err error) {
	err = q.QueryRow(ctx, `select first_leaf, last_leaf from audit_bounds()`).Scan(&lowest, &highest)
	return lowest, highest, err
}

// readRows reads sealed rows of all tenants with from <= leaf < to.
func readRows(ctx context.Context, q querier, from, to int64, visit func(*row) error) error {
	rows, err := q.Query(ctx, `select leaf, seq, hash, org_id, id, at, actor, action, target, data, mac from audit_read($1, $2)`, from, to)
	if err != nil {
		return err
	}
	var r row
	_, err = pgx.ForEachRow(rows, []any{&r.leaf, &r.seq, &r.hash, &r.Org, &r.ID, &r.At, &r.Actor, &r.Action, &r.Target, &r.Data, &r.mac},
		func() error { return visit(&r) })
	return err
}

func selectLastCheckpoint(ctx context.Context, q querier) (size int64, madeAt time.Time, err error) {
	err = q.QueryRow(ctx, `select size, made_at from audit_checkpoints order by size desc limit 1`).Scan(&size, &madeAt)
	if db.NoRows(err) {
		return -1, time.Time{}, nil
	}
	return size, madeAt, err
}

// selectNotes reads the signed texts in order of size.
func selectNotes(ctx context.Context, q querier) ([]string, error) {
	rows, err := q.Query(ctx, `select note from audit_checkpoints order by size`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// selectNoteFor reads the newest signed text; with a leaf, of those that cover it.
func selectNoteFor(ctx context.Context, q querier, leaf int64) (text string, err error) {
	err = q.QueryRow(ctx, `select note from audit_checkpoints where size > $1 order by size desc limit 1`, leaf).Scan(&text)
	return text, err
}

func insertCheckpoint(ctx context.Context, tx db.Tx, c Checkpoint) error {
	_, err := tx.Exec(ctx, `insert into audit_checkpoints (size, note, made_at) values ($1, $2, $3)`, c.Size, c.Note, c.At)
	return err
}

func selectUnexported(ctx context.Context, q querier, n int) ([]string, error) {
	rows, err := q.Query(ctx, `select note from audit_checkpoints where exported_at is null order by size limit $1`, n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func markExported(ctx context.Context, tx db.Tx, size int64, at time.Time) error {
	_, err := tx.Exec(ctx, `update audit_checkpoints set exported_at = $2 where size = $1`, size, at)
	return err
}

// thinCheckpoints keeps of those before a time only the last of each hour.
func thinCheckpoints(ctx context.Context, tx db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `delete from audit_checkpoints c where c.made_at < $1 and c.exported_at is not null and exists (
		select from audit_checkpoints l where l.size > c.size and date_trunc('hour', l.made_at) = date_trunc('hour', c.made_at))`, before)
	return err
}

// fate is what became of an appended row.
type fate struct {
	status string // of its transaction; empty when PostgreSQL has forgotten it
	found  bool
}

func fatesOf(ctx context.Context, d *db.DB, rows []appended) ([]fate, error) {
	n := len(rows)
	orgs, ids, macs, xids := make([]id.ID, n), make([]id.ID, n), make([][]byte, n), make([]string, n)
	for i, r := range rows {
		orgs[i], ids[i], macs[i], xids[i] = r.org, r.id, r.mac, r.xid
	}
	fates := make([]fate, n)
	got, err := d.Pool().Query(ctx, `select n, coalesce(status, ''), found from audit_witness($1, $2, $3, $4)`, orgs, ids, macs, xids)
	if err != nil {
		return nil, err
	}
	var (
		i int64
		f fate
	)
	_, err = pgx.ForEachRow(got, []any{&i, &f.status, &f.found}, func() error {
		if i < 1 || i > int64(n) {
			return fmt.Errorf("answer %d of %d", i, n)
		}
		fates[i-1] = f
		return nil
	})
	return fates, err
}

// selectSealedRow reads one row of a tenant in its transaction.
func selectSealedRow(ctx context.Context, tx db.Tx, org, entry id.ID) (leaf *int64, hash []byte, err error) {
	err = tx.QueryRow(ctx, `select leaf, hash from audit_log where org_id = $1 and id = $2`, org, entry).Scan(&leaf, &hash)
	return leaf, hash, err
}
