package intake

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// errorBatch is how many rows of errors.csv one transaction reads.
const errorBatch = 2000

// WriteErrors writes why rows were not taken as CSV: row, column, reason, raw
// row. which is failed, skipped, warning or all.
func (s *Service) WriteErrors(ctx context.Context, org, imp id.ID, which string, w io.Writer) error {
	switch which {
	case "":
		which = outcomeFailed
	case outcomeFailed, outcomeSkipped, outcomeWarning, "all":
	default:
		return errs.InvalidField("query.outcome", "must be failed, skipped, warning or all")
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"row", "column", "reason", "raw"}); err != nil {
		return fmt.Errorf("write errors: %w", err)
	}
	last := -1
	for {
		var batch []rowError
		err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
			batch, err = listImportErrors(ctx, tx, org, imp, which, last, errorBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range batch {
			raw, err := keys.Open("import_errors", rawColumn(e.number), imp, e.raw)
			if err != nil {
				return err
			}
			if err := out.Write([]string{strconv.Itoa(e.number), plain.Cell(e.column), plain.Cell(e.reason), plain.Cell(raw)}); err != nil {
				return fmt.Errorf("write errors: %w", err)
			}
			last = e.number
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return fmt.Errorf("write errors: %w", err)
		}
		if len(batch) < errorBatch {
			return nil
		}
	}
}

// Errors returns a page of why rows were not taken, in their order: those after a
// row number. which is as in WriteErrors. next is 0 at the end.
func (s *Service) Errors(ctx context.Context, org, imp id.ID, which string, after, limit int) (out []RowError, next int, err error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return nil, 0, err
	}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		i, err := loadImport(ctx, tx, org, imp, false)
		if err != nil {
			return err
		}
		list, err := listImportErrors(ctx, tx, org, imp, which, after, limit+1)
		if err != nil {
			return err
		}
		if len(list) > limit {
			list = list[:limit]
			next = list[limit-1].number
		}
		for _, e := range list {
			line, err := keys.Open("import_errors", rawColumn(e.number), imp, e.raw)
			if err != nil {
				return err
			}
			cells, err := rawCells(line, i.Columns)
			if err != nil {
				return fmt.Errorf("row %d of import %s: %w", e.number, imp, err)
			}
			out = append(out, RowError{Row: e.number, Outcome: e.outcome, Column: e.column, Reason: e.reason, Raw: cells})
		}
		return nil
	})
	return out, next, err
}

// ImportExists answers NotFound for another organisation's import, before a
// stream of its errors begins.
func (s *Service) ImportExists(ctx context.Context, org, imp id.ID) error {
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		_, err := loadImport(ctx, tx, org, imp, false)
		return err
	})
}

// rawColumn binds the sealed raw row to its number.
func rawColumn(number int) string { return "raw:" + strconv.Itoa(number) }

// rawRow writes cells as one line of CSV.
func rawRow(cells []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(cells); err != nil {
		return "" // a Builder takes everything
	}
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}
