package lead

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// activateNew locks in the order of ids, as the send gate does.
func activateNew(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `with found as (
			select id from leads where org_id = $1 and id = any($2) and status = 'new' order by leads.id for no key update)
		update leads l set status = 'active', status_reason = 'first mail sent', version = version + 1, updated_at = $3
		from found where l.org_id = $1 and l.id = found.id`, org, leads, now)
	return err
}
