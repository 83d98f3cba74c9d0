package lead

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// interactionRow is an Interaction with its text sealed.
type interactionRow struct {
	Interaction
	body []byte
}

func insertInteractions(ctx context.Context, tx db.Tx, org id.ID, rows []interactionRow) error {
	n := len(rows)
	ids, leads := make([]id.ID, n), make([]id.ID, n)
	campaigns, actions := make([]*id.ID, n), make([]*id.ID, n)
	types, channels, directions := make([]string, n), make([]string, n), make([]string, n)
	times, data, bodies := make([]time.Time, n), make([]string, n), make([][]byte, n)
	for i, r := range rows {
		ids[i], leads[i], campaigns[i], actions[i] = r.ID, r.LeadID, r.CampaignID, r.ActionID
		types[i], channels[i], directions[i] = r.Type, r.Channel, r.Direction
		times[i], data[i], bodies[i] = r.OccurredAt, string(r.Data), r.body
	}
	_, err := tx.Exec(ctx, `insert into interactions (org_id, id, lead_id, campaign_id, action_id, type, channel, direction, occurred_at, data, body_sealed)
		select $1, i, l, c, a, t, ch, d, o, j::jsonb, b
		from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::bytea[])
			as u(i, l, c, a, t, ch, d, o, j, b)`,
		org, ids, leads, campaigns, actions, types, channels, directions, times, data, bodies)
	if err != nil {
		return fmt.Errorf("add interactions: %w", err)
	}
	return nil
}

func listInteractions(ctx context.Context, tx db.Tx, org, lead id.ID, before time.Time, beforeID id.ID, limit int) ([]interactionRow, error) {
	sql := `select id, lead_id, campaign_id, action_id, type, channel, direction, occurred_at, data, body_sealed
		from interactions where org_id = $1 and lead_id = $2`
	args := []any{org, lead, limit}
	if !before.IsZero() {
		sql += ` and (occurred_at, id) < ($4, $5)`
		args = append(args, before, beforeID)
	}
	rows, err := tx.Query(ctx, sql+` order by occurred_at desc, interactions.id desc limit $3`, args...)
	if err != nil {
		return nil, fmt.Errorf("list interactions: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (interactionRow, error) {
		var i interactionRow
		err := r.Scan(&i.ID, &i.LeadID, &i.CampaignID, &i.ActionID, &i.Type, &i.Channel, &i.Direction, &i.OccurredAt, &i.Data, &i.body)
		i.OccurredAt = i.OccurredAt.UTC()
		return i, err
	})
}

// Exists is NotFound when the organisation has no such lead.
func Exists(ctx context.Context, tx db.Tx, org, lead id.ID) error {
	var found bool
	err := tx.QueryRow(ctx, `select exists (select from leads where org_id = $1 and id = $2)`, org, lead).Scan(&found)
	if err == nil && !found {
		return notFound()
	}
	return err
}
