package keeper

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

type rotation struct {
	id       id.ID
	started  time.Time
	promoted *time.Time
}

func rotationsDue(ctx context.Context, tx db.Tx) ([]id.ID, error) {
	rows, err := tx.Query(ctx, `select key_rotations_due()`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.ID])
}

func insertRotation(ctx context.Context, tx db.Tx, tenant, r id.ID, by org.Actor, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into key_rotations (org_id, id, actor, started_at) values ($1, $2, $3, $4)`, tenant, r, by, now)
	return err
}

// claimRotation answers pgx.ErrNoRows when nothing is under way or another
// process is at it.
func claimRotation(ctx context.Context, tx db.Tx, tenant id.ID, now, until time.Time) (r rotation, err error) {
	err = tx.QueryRow(ctx, `update key_rotations set held_until = $3
		where org_id = $1 and finished_at is null and (held_until is null or held_until < $2)
		returning id, started_at, promoted_at`, tenant, now, until).Scan(&r.id, &r.started, &r.promoted)
	return r, err
}

func extendRotation(ctx context.Context, tx db.Tx, tenant, r id.ID, until time.Time) error {
	_, err := tx.Exec(ctx, `update key_rotations set held_until = $3 where org_id = $1 and id = $2`, tenant, r, until)
	return err
}

func promoteRotation(ctx context.Context, tx db.Tx, tenant, r id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update key_rotations set promoted_at = $3, held_until = null where org_id = $1 and id = $2`, tenant, r, now)
	return err
}

func releaseRotation(ctx context.Context, tx db.Tx, tenant, r id.ID, n int64, clean bool, now time.Time) error {
	_, err := tx.Exec(ctx, `update key_rotations set held_until = null, sealed = sealed + $3, clean_at = case when $4 then $5 else clean_at end
		where org_id = $1 and id = $2`, tenant, r, n, clean, now)
	return err
}

func finishRotation(ctx context.Context, tx db.Tx, tenant, r id.ID, now time.Time) (sealed int64, err error) {
	err = tx.QueryRow(ctx, `update key_rotations set held_until = null, clean_at = $3, finished_at = $3
		where org_id = $1 and id = $2 returning sealed`, tenant, r, now).Scan(&sealed)
	return sealed, err
}

// oldValues are values that do not begin as those under the primary key do.
func oldValues(ctx context.Context, tx db.Tx, tenant id.ID, c Column, prefix []byte, after id.ID) ([]value, error) {
	place := "'" + c.Place + "'"
	if c.PlaceSQL != "" {
		place = c.PlaceSQL
	}
	rows, err := tx.Query(ctx, `select `+c.row()+`, `+c.sub()+`, `+place+`, `+c.Sealed+` from `+c.Table+`
		where org_id = $1 and `+c.row()+` >= $2 and `+c.Sealed+` is not null and substring(`+c.Sealed+` from 1 for 5) <> $3
		order by `+c.row()+` limit $4`, tenant, after, prefix, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v value, err error) {
		return v, row.Scan(&v.row, &v.sub, &v.place, &v.old)
	})
}

// sealAgain replaces values that are as they were read; no lock is needed, for
// two sealed values are never equal.
func sealAgain(ctx context.Context, tx db.Tx, tenant id.ID, c Column, values []value, fresh [][]byte) (int64, error) {
	rows, subs, olds := make([]id.ID, len(values)), make([]int, len(values)), make([][]byte, len(values))
	for i, v := range values {
		rows[i], subs[i], olds[i] = v.row, v.sub, v.old
	}
	same := ""
	if c.Sub != "" {
		same = ` and t.` + c.Sub + ` = u.sub`
	}
	tag, err := tx.Exec(ctx, `update `+c.Table+` t set `+c.Sealed+` = u.fresh
		from unnest($2::uuid[], $3::int[], $4::bytea[], $5::bytea[]) as u(row, sub, old, fresh)
		where t.org_id = $1 and t.`+c.row()+` = u.row`+same+` and t.`+c.Sealed+` = u.old`, tenant, rows, subs, olds, fresh)
	return tag.RowsAffected(), err
}

// clearValues are texts that older versions kept in clear.
func clearValues(ctx context.Context, tx db.Tx, tenant id.ID, c Column, _ []byte, after id.ID) ([]value, error) {
	rows, err := tx.Query(ctx, `select `+c.row()+`, '`+c.Place+`', `+c.Clear+` from `+c.Table+`
		where org_id = $1 and `+c.row()+` >= $2 and `+c.Clear+` <> '' order by `+c.row()+` limit $3`, tenant, after, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v value, err error) {
		return v, row.Scan(&v.row, &v.place, &v.clear)
	})
}

func sealClear(ctx context.Context, tx db.Tx, tenant id.ID, c Column, values []value, fresh [][]byte) (int64, error) {
	rows, olds := make([]id.ID, len(values)), make([]string, len(values))
	for i, v := range values {
		rows[i], olds[i] = v.row, v.clear
	}
	tag, err := tx.Exec(ctx, `update `+c.Table+` t set `+c.Sealed+` = coalesce(t.`+c.Sealed+`, u.fresh), `+c.Clear+` = ''
		from unnest($2::uuid[], $3::text[], $4::bytea[]) as u(row, old, fresh)
		where t.org_id = $1 and t.`+c.row()+` = u.row and t.`+c.Clear+` = u.old`, tenant, rows, olds, fresh)
	return tag.RowsAffected(), err
}
