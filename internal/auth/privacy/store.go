package privacy

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func insertAccess(ctx context.Context, tx db.Tx, tenant id.ID, a Access) error {
	_, err := tx.Exec(ctx, `insert into pii_access (org_id, id, at, actor, role, operation, request_id, fields, subjects, count)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tenant, a.ID, a.At, string(a.Actor), string(a.Role), a.Operation, a.RequestID, a.Fields, a.Subjects, a.Count)
	return err
}

func selectAccess(ctx context.Context, tx db.Tx, tenant id.ID, q Query) ([]Access, error) {
	sql := `select id, at, actor, role, operation, request_id, fields, subjects, count from pii_access where org_id = $1`
	args := []any{tenant, q.Limit}
	and := func(condition string, value any) {
		args = append(args, value)
		sql += " and " + condition + " $" + strconv.Itoa(len(args))
	}
	if q.Actor != "" {
		and("actor =", q.Actor)
	}
	if q.Operation != "" {
		and("operation =", q.Operation)
	}
	if q.Subject != id.Nil {
		and("subjects @> ", []id.ID{q.Subject})
	}
	if !q.From.IsZero() {
		and("at >=", q.From)
	}
	if !q.To.IsZero() {
		and("at <", q.To)
	}
	if q.Before != id.Nil {
		and("id <", q.Before)
	}
	rows, err := tx.Query(ctx, sql+` order by id desc limit $2`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Access, error) {
		var a Access
		err := row.Scan(&a.ID, &a.At, &a.Actor, &a.Role, &a.Operation, &a.RequestID, &a.Fields, &a.Subjects, &a.Count)
		return a, err
	})
}

func pruneAccess(ctx context.Context, tx db.Tx, before time.Time, n int) (gone int, err error) {
	err = tx.QueryRow(ctx, `select access_prune($1, $2)`, before, n).Scan(&gone)
	return gone, err
}
