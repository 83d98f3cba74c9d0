package lead

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// exportBatch is how many leads one transaction of an export reads: a slow
// reader on the other end must not hold a transaction open.
const exportBatch = 1000

// Export writes all matching leads as CSV, the oldest first, in bounded memory.
// Cells that a spreadsheet would take for a formula get an apostrophe before.
// each sees every batch before it is written and may change it.
func (s *Service) Export(ctx context.Context, org id.ID, f Filter, w io.Writer, each func([]Lead) error) error {
	if err := f.check("query"); err != nil {
		return err
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{
		"id", "email", "phone", "first_name", "last_name", "company", "title", "region", "timezone",
		"source", "external_id", "tags", "status", "score", "created_at", "updated_at", "custom",
	}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	sort := Sort{Column: "created_at"}
	var from *cursor
	for {
		var batch []Lead
		err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
			c := where(org, f, keys)
			if err := c.page(sort, from, exportBatch); err != nil {
				return err
			}
			batch, err = listLeads(ctx, tx, keys, c)
			return err
		})
		if err != nil {
			return err
		}
		if err := each(batch); err != nil {
			return err
		}
		for i := range batch {
			if err := writeLead(out, &batch[i]); err != nil {
				return fmt.Errorf("export: %w", err)
			}
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if len(batch) < exportBatch {
			return nil
		}
		place := after(batch[len(batch)-1], sort)
		from = &place
	}
}

func writeLead(out *csv.Writer, l *Lead) error {
	custom := ""
	if len(l.Custom) > 0 {
		raw, err := json.Marshal(l.Custom)
		if err != nil {
			return err
		}
		custom = string(raw)
	}
	record := []string{
		l.ID.String(), l.Email, l.Phone, l.FirstName, l.LastName, l.Company, l.Title, l.Region, l.Timezone,
		l.Source, l.ExternalID, strings.Join(l.Tags, "; "), string(l.Status), strconv.Itoa(l.Score),
		l.CreatedAt.Format(time.RFC3339), l.UpdatedAt.Format(time.RFC3339), custom,
	}
	for i := range record {
		record[i] = plain.Cell(record[i])
	}
	return out.Write(record)
}
