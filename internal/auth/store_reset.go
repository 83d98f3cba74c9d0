package auth

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func insertReset(ctx context.Context, tx db.Tx, hash []byte, user, by id.ID, now, expires time.Time) error {
	var madeBy *id.ID
	if by != id.Nil {
		madeBy = &by
	}
	_, err := tx.Exec(ctx, `insert into password_resets (hash, user_id, made_by_org, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
		hash, user, madeBy, now, expires)
	return err
}

type resetRow struct {
	user, org id.ID
	expires   time.Time
}

func selectReset(ctx context.Context, tx db.Tx, hash []byte) (resetRow, error) {
	var r resetRow
	err := tx.QueryRow(ctx, `select user_id, org_id, expires_at from auth_password_reset($1)`, hash).Scan(&r.user, &r.org, &r.expires)
	return r, err
}

// useReset reports whether this is the first use.
func useReset(ctx context.Context, tx db.Tx, hash []byte, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update password_resets set used_at = $2 where hash = $1 and used_at is null`, hash, now)
	return tag.RowsAffected() == 1, err
}

// voidResets uses up every link of the person.
func voidResets(ctx context.Context, tx db.Tx, user id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update password_resets set used_at = $2 where user_id = $1 and used_at is null`, user, now)
	return err
}

// soleMember reports whether the person signs in here with a password, and
// nowhere else.
func soleMember(ctx context.Context, tx db.Tx, org, user id.ID) (sole bool, err error) {
	err = tx.QueryRow(ctx, `select auth_sole_member($1, $2)`, user, org).Scan(&sole)
	return sole, err
}
