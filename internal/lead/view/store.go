package view

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const columns = `id, owner, name, search, shared, is_default, created_at`

func scan(row pgx.CollectableRow) (View, error) {
	var v View
	var search []byte
	if err := row.Scan(&v.ID, &v.Owner, &v.Name, &search, &v.Shared, &v.Default, &v.CreatedAt); err != nil {
		return View{}, err
	}
	return v, json.Unmarshal(search, &v.Search)
}

func list(ctx context.Context, tx db.Tx, tenant id.ID, by org.Actor) ([]View, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from saved_views where org_id = $1 and (owner = $2 or shared)
		order by name, id limit 500`, tenant, string(by))
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

func countOwn(ctx context.Context, tx db.Tx, tenant id.ID, by org.Actor) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from saved_views where org_id = $1 and owner = $2`, tenant, string(by)).Scan(&n)
	return n, err
}

func lock(ctx context.Context, tx db.Tx, tenant, which id.ID) (View, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from saved_views where org_id = $1 and id = $2 for update`, tenant, which)
	if err != nil {
		return View{}, fmt.Errorf("lock view: %w", err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scan)
	if db.NoRows(err) {
		return View{}, errs.New(errs.NotFound, "not found")
	}
	return v, err
}

// store writes a view; when it is the default, its owner's others are not any
// more.
func store(ctx context.Context, tx db.Tx, tenant id.ID, v View) error {
	search, err := json.Marshal(v.Search)
	if err != nil {
		return fmt.Errorf("store view: %w", err)
	}
	if v.Default {
		_, err := tx.Exec(ctx, `update saved_views set is_default = false where org_id = $1 and owner = $2 and is_default and id <> $3`, tenant, string(v.Owner), v.ID)
		if err != nil {
			return fmt.Errorf("store view: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `insert into saved_views (org_id, `+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (org_id, id) do update set name = excluded.name, search = excluded.search, shared = excluded.shared, is_default = excluded.is_default`,
		tenant, v.ID, string(v.Owner), v.Name, search, v.Shared, v.Default, v.CreatedAt)
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "saved_views_org_id_owner_name_key" {
		return errs.New(errs.Conflict, "you have a view of this name")
	}
	if err != nil {
		return fmt.Errorf("store view: %w", err)
	}
	return nil
}

func remove(ctx context.Context, tx db.Tx, tenant, which id.ID) error {
	if _, err := tx.Exec(ctx, `delete from saved_views where org_id = $1 and id = $2`, tenant, which); err != nil {
		return fmt.Errorf("delete view: %w", err)
	}
	return nil
}
