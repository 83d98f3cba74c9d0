package mfa

import (
	"context"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func selectState(ctx context.Context, tx db.Tx, user id.ID) (State, error) {
	var s State
	err := tx.QueryRow(ctx, `select (select confirmed_at from user_totp where user_id = $1),
		(select count(*) from recovery_codes where user_id = $1 and used_at is null)`, user).Scan(&s.Since, &s.RecoveryCodes)
	return s, err
}

type totpRow struct {
	sealed    []byte
	confirmed bool
	lastStep  int64
}

func selectTOTP(ctx context.Context, tx db.Tx, user id.ID) (totpRow, error) {
	var r totpRow
	err := tx.QueryRow(ctx, `select secret_sealed, confirmed_at is not null, last_step from user_totp where user_id = $1`, user).
		Scan(&r.sealed, &r.confirmed, &r.lastStep)
	return r, err
}

// upsertTOTP reports false when a confirmed secret stands in the way.
func upsertTOTP(ctx context.Context, tx db.Tx, user id.ID, sealed []byte, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into user_totp (user_id, secret_sealed, created_at) values ($1, $2, $3)
		on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = 0
		where user_totp.confirmed_at is null`, user, sealed, now)
	return tag.RowsAffected() == 1, err
}

func confirmTOTP(ctx context.Context, tx db.Tx, user id.ID, step int64, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update user_totp set confirmed_at = $3, last_step = $2 where user_id = $1 and confirmed_at is null`,
		user, step, now)
	return tag.RowsAffected() == 1, err
}

// useStep reports whether this call is the first to use the step: of several at
// once the row's lock lets one through, and the others find it moved.
func useStep(ctx context.Context, tx db.Tx, user id.ID, step int64) (bool, error) {
	tag, err := tx.Exec(ctx, `update user_totp set last_step = $2 where user_id = $1 and last_step < $2 and confirmed_at is not null`,
		user, step)
	return tag.RowsAffected() == 1, err
}

func deleteTOTP(ctx context.Context, tx db.Tx, user id.ID) (bool, error) {
	tag, err := tx.Exec(ctx, `delete from user_totp where user_id = $1`, user)
	return tag.RowsAffected() == 1, err
}

func replaceRecovery(ctx context.Context, tx db.Tx, user id.ID, hashes [][]byte, now time.Time) error {
	if _, err := tx.Exec(ctx, `delete from recovery_codes where user_id = $1`, user); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into recovery_codes (user_id, hash, created_at) select $1, unnest($2::bytea[]), $3`, user, hashes, now)
	return err
}

// useRecovery reports whether there was such a code that nobody had used.
func useRecovery(ctx context.Context, tx db.Tx, user id.ID, hash []byte, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update recovery_codes set used_at = $3 where user_id = $1 and hash = $2 and used_at is null`, user, hash, now)
	return tag.RowsAffected() == 1, err
}
