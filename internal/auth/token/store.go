package token

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

type signingKeyRow struct {
	id        id.ID
	sealed    []byte
	public    []byte
	createdAt time.Time
}

// signingKeyLock is the advisory lock of whoever makes a signing key.
const signingKeyLock = 7_246_010

func lockSigningKeys(ctx context.Context, tx db.Tx) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, signingKeyLock)
	return err
}

// selectSigningKeys returns the newest first.
func selectSigningKeys(ctx context.Context, tx db.Tx) ([]signingKeyRow, error) {
	rows, err := tx.Query(ctx, `select id, private_sealed, public_jwk, created_at from signing_keys order by created_at desc, id desc`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (signingKeyRow, error) {
		var k signingKeyRow
		err := row.Scan(&k.id, &k.sealed, &k.public, &k.createdAt)
		return k, err
	})
}

func insertSigningKey(ctx context.Context, tx db.Tx, k signingKeyRow) error {
	_, err := tx.Exec(ctx, `insert into signing_keys (id, private_sealed, public_jwk, created_at) values ($1, $2, $3, $4)`,
		k.id, k.sealed, string(k.public), k.createdAt)
	return err
}

// deleteSigningKeys deletes those made at a time or before.
func deleteSigningKeys(ctx context.Context, tx db.Tx, until time.Time) error {
	_, err := tx.Exec(ctx, `delete from signing_keys where created_at <= $1`, until)
	return err
}
