package quota

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func selectKeyLimits(ctx context.Context, tx db.Tx, org, key id.ID) (Limits, error) {
	var l Limits
	err := tx.QueryRow(ctx, `select limits from api_keys where org_id = $1 and id = $2`, org, key).Scan(&l)
	return l, err
}

// spendKeyUsage reports whether n more fit under the limit of the day; if not,
// nothing is taken. n itself must fit.
func spendKeyUsage(ctx context.Context, tx db.Tx, org, key id.ID, now time.Time, what string, n, limit int64) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into api_key_usage as u (org_id, key_id, day, what, used) values ($1, $2, $3, $4, $5)
		on conflict (org_id, key_id, day, what) do update set used = u.used + excluded.used where u.used + excluded.used <= $6`,
		org, key, now.UTC().Format(time.DateOnly), what, n, limit)
	return tag.RowsAffected() == 1, err
}
