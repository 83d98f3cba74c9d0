package intake

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// importRow is an import as stored.
type importRow struct {
	Import
	preview     []byte
	corrections []byte
	run         *id.ID
}

const importColumns = `id, file_name, file_bytes, file_info, state, dry_run, update_existing, source, mapping, columns, header_row,
	rows_total, rows_done, rows_created, rows_updated, rows_skipped, rows_failed, reasons, contactable, preview_sealed, corrections_sealed, undo, error,
	run, created_at, started_at, finished_at`

func scanImport(r pgx.CollectableRow) (importRow, error) {
	var i importRow
	err := r.Scan(&i.ID, &i.FileName, &i.FileBytes, &i.FileInfo, &i.State, &i.DryRun, &i.UpdateExisting, &i.source, &i.Mapping, &i.Columns, &i.HeaderRow,
		&i.RowsTotal, &i.RowsDone, &i.RowsCreated, &i.RowsUpdated, &i.RowsSkipped, &i.RowsFailed, &i.Reasons, &i.Contactable, &i.preview, &i.corrections, &i.Undo, &i.Error,
		&i.run, &i.CreatedAt, &i.StartedAt, &i.FinishedAt)
	i.CreatedAt = i.CreatedAt.UTC()
	if i.Contactable.Email == nil {
		i.Contactable = Contactable{Email: map[string]int{}, Call: map[string]int{}}
	}
	return i, err
}

func insertImport(ctx context.Context, tx db.Tx, org id.ID, i Import, by id.ID, corrections []byte) error {
	var author *id.ID
	if by != id.Nil {
		author = &by
	}
	_, err := tx.Exec(ctx, `insert into imports (org_id, id, file_name, file_bytes, file_info, state, dry_run, update_existing, source, mapping, columns,
			header_row, rows_total, created_by, created_at, corrections_sealed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		org, i.ID, i.FileName, i.FileBytes, i.FileInfo, i.State, i.DryRun, i.UpdateExisting, i.source, i.Mapping, i.Columns,
		i.HeaderRow, i.RowsTotal, author, i.CreatedAt, corrections)
	if err != nil {
		return fmt.Errorf("insert import: %w", err)
	}
	return nil
}

func loadImport(ctx context.Context, tx db.Tx, org, imp id.ID, lock bool) (importRow, error) {
	sql := `select ` + importColumns + ` from imports where org_id = $1 and id = $2`
	if lock {
		sql += ` for no key update`
	}
	rows, err := tx.Query(ctx, sql, org, imp)
	if err != nil {
		return importRow{}, fmt.Errorf("load import: %w", err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanImport)
	if db.NoRows(err) {
		return importRow{}, errs.New(errs.NotFound, "not found")
	}
	if err != nil {
		return importRow{}, fmt.Errorf("load import %s: %w", imp, err)
	}
	return i, nil
}

func listImports(ctx context.Context, tx db.Tx, org id.ID, before time.Time, beforeID id.ID, limit int) ([]importRow, error) {
	sql := `select ` + importColumns + ` from imports where org_id = $1`
	args := []any{org, limit}
	if !before.IsZero() {
		sql += ` and (created_at, id) < ($3, $4)`
		args = append(args, before, beforeID)
	}
	rows, err := tx.Query(ctx, sql+` order by created_at desc, imports.id desc limit $2`, args...)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return pgx.CollectRows(rows, scanImport)
}

// saveImport writes what a run or an undo changes; corrections are kept until the
// import has ended.
func saveImport(ctx context.Context, tx db.Tx, org id.ID, i *importRow) error {
	_, err := tx.Exec(ctx, `update imports set state = $3, rows_done = $4, rows_created = $5, rows_updated = $6, rows_skipped = $7, rows_failed = $8,
			reasons = $9, contactable = $10, preview_sealed = $11, undo = $12, error = $13, run = $14, started_at = $15, finished_at = $16,
			corrections_sealed = case when $3 in ('pending', 'running') then corrections_sealed end
		where org_id = $1 and id = $2`,
		org, i.ID, i.State, i.RowsDone, i.RowsCreated, i.RowsUpdated, i.RowsSkipped, i.RowsFailed,
		i.Reasons, i.Contactable, i.preview, i.Undo, i.Error, i.run, i.StartedAt, i.FinishedAt)
	if err != nil {
		return fmt.Errorf("save import: %w", err)
	}
	return nil
}

// forgetImportErrors prepares a dry run that starts anew.
func forgetImportErrors(ctx context.Context, tx db.Tx, org, imp id.ID) error {
	if _, err := tx.Exec(ctx, `delete from import_errors where org_id = $1 and import_id = $2`, org, imp); err != nil {
		return fmt.Errorf("forget import errors: %w", err)
	}
	return nil
}

type rowError struct {
	number                  int
	outcome, column, reason string
	raw                     []byte
}

func insertImportErrors(ctx context.Context, tx db.Tx, org, imp id.ID, list []rowError) error {
	if len(list) == 0 {
		return nil
	}
	numbers, outcomes := make([]int32, len(list)), make([]string, len(list))
	columns, reasons, raws := make([]string, len(list)), make([]string, len(list)), make([][]byte, len(list))
	for i, e := range list {
		numbers[i], outcomes[i], columns[i], reasons[i], raws[i] = int32(e.number), e.outcome, e.column, e.reason, e.raw
	}
	_, err := tx.Exec(ctx, `insert into import_errors (org_id, import_id, row_number, outcome, column_name, reason, raw_sealed)
		select $1, $2, n, o, c, r, w from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::bytea[]) as u(n, o, c, r, w)`,
		org, imp, numbers, outcomes, columns, reasons, raws)
	if err != nil {
		return fmt.Errorf("insert import errors: %w", err)
	}
	return nil
}

func listImportErrors(ctx context.Context, tx db.Tx, org, imp id.ID, outcome string, after, limit int) ([]rowError, error) {
	rows, err := tx.Query(ctx, `select row_number, outcome, column_name, reason, raw_sealed from import_errors
		where org_id = $1 and import_id = $2 and row_number > $3 and ($4 = 'all' or outcome = $4)
		order by row_number limit $5`, org, imp, after, outcome, limit)
	if err != nil {
		return nil, fmt.Errorf("list import errors: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (rowError, error) {
		var e rowError
		return e, r.Scan(&e.number, &e.outcome, &e.column, &e.reason, &e.raw)
	})
}
