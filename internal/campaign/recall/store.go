package recall

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

type enrolment struct{ id, lead id.ID }

// page finds enrolments of a batch, those above after in the order of their ids.
func page(ctx context.Context, tx db.Tx, tenant, campaign, batch, after id.ID, limit int) ([]enrolment, error) {
	rows, err := tx.Query(ctx, `select id, lead_id from enrolments
		where org_id = $1 and campaign_id = $2 and batch_id = $3 and enrolments.id > $4 order by enrolments.id limit $5`, tenant, campaign, batch, after, limit)
	if err != nil {
		return nil, fmt.Errorf("enrolments of batch %s: %w", batch, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (enrolment, error) {
		var e enrolment
		return e, row.Scan(&e.id, &e.lead)
	})
}

// lock holds enrolments and returns the next step of each that is still there.
func lock(ctx context.Context, tx db.Tx, tenant id.ID, enrolments []id.ID) (map[id.ID]int, error) {
	rows, err := tx.Query(ctx, `select id, step from enrolments where org_id = $1 and id = any($2) order by enrolments.id for update`, tenant, enrolments)
	if err != nil {
		return nil, fmt.Errorf("lock enrolments: %w", err)
	}
	steps := make(map[id.ID]int, len(enrolments))
	var which id.ID
	var step int
	_, err = pgx.ForEachRow(rows, []any{&which, &step}, func() error {
		steps[which] = step
		return nil
	})
	return steps, err
}

func remove(ctx context.Context, tx db.Tx, tenant id.ID, enrolments []id.ID) error {
	_, err := tx.Exec(ctx, `with gone as (
			delete from enrolments where org_id = $1 and id = any($2) returning id, campaign_id, next_at)
		delete from enrolment_due d using gone
		where d.org_id = $1 and d.campaign_id = gone.campaign_id and d.next_at = gone.next_at and d.enrolment_id = gone.id`, tenant, enrolments)
	if err != nil {
		return fmt.Errorf("remove enrolments: %w", err)
	}
	return nil
}
