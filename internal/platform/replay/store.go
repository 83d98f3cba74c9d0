package replay

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

type row struct {
	id        id.ID
	operation string
	bodyHash  []byte
	status    *int
	sealed    []byte
}

// claimKey inserts the key, or takes over one that is expired, or one of the
// same request that has been running for too long.
func claimKey(ctx context.Context, tx db.Tx, r Request, claim id.ID, now, lease, life time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into idempotency_keys as k (org_id, id, actor, key, operation, body_hash, created_at)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (org_id, actor, key) do update set id = excluded.id, operation = excluded.operation,
			body_hash = excluded.body_hash, status = null, response = null, created_at = excluded.created_at
		where k.created_at < $9
			or k.status is null and k.created_at < $8 and k.operation = excluded.operation and k.body_hash = excluded.body_hash`,
		r.Org, claim, r.Actor, r.Key, r.Operation, r.BodyHash, now, lease, life)
	return tag.RowsAffected() == 1, err
}

func selectKey(ctx context.Context, tx db.Tx, r Request) (row, error) {
	var k row
	err := tx.QueryRow(ctx, `select id, operation, body_hash, status, response from idempotency_keys
		where org_id = $1 and actor = $2 and key = $3`, r.Org, r.Actor, r.Key).
		Scan(&k.id, &k.operation, &k.bodyHash, &k.status, &k.sealed)
	return k, err
}

func storeAnswer(ctx context.Context, tx db.Tx, org, claim id.ID, status int, sealed []byte) error {
	_, err := tx.Exec(ctx, `update idempotency_keys set status = $3, response = $4 where org_id = $1 and id = $2`, org, claim, status, sealed)
	return err
}

func deleteKey(ctx context.Context, tx db.Tx, org, claim id.ID) error {
	_, err := tx.Exec(ctx, `delete from idempotency_keys where org_id = $1 and id = $2`, org, claim)
	return err
}
