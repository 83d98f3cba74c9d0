package passkey

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// row is a passkey as the library stores it.
type row struct {
	id         id.ID
	credential []byte // JSON
}

func selectKeys(ctx context.Context, tx db.Tx, user id.ID, lock bool) ([]row, error) {
	sql := `select id, credential from passkeys where user_id = $1 order by id`
	if lock {
		sql += ` for update`
	}
	rows, err := tx.Query(ctx, sql, user)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
		var k row
		err := r.Scan(&k.id, &k.credential)
		return k, err
	})
}

const columns = `id, name, synced, created_at, last_used_at`

func scan(r pgx.Row) (Passkey, error) {
	var p Passkey
	err := r.Scan(&p.ID, &p.Name, &p.Synced, &p.CreatedAt, &p.LastUsedAt)
	return p, err
}

func selectList(ctx context.Context, tx db.Tx, user id.ID) ([]Passkey, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from passkeys where user_id = $1 order by id`, user)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Passkey, error) { return scan(r) })
}

func count(ctx context.Context, tx db.Tx, user id.ID) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from passkeys where user_id = $1`, user).Scan(&n)
	return n, err
}

func insert(ctx context.Context, tx db.Tx, user id.ID, p Passkey, credentialID, credential []byte) error {
	_, err := tx.Exec(ctx, `insert into passkeys (id, user_id, name, credential_id, credential, synced, created_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, p.ID, user, p.Name, credentialID, string(credential), p.Synced, p.CreatedAt)
	return err
}

// used stores the counter and the flags of a proof.
func used(ctx context.Context, tx db.Tx, user id.ID, credentialID, credential []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `update passkeys set credential = $3, last_used_at = $4 where user_id = $1 and credential_id = $2`,
		user, credentialID, string(credential), now)
	return err
}

func rename(ctx context.Context, tx db.Tx, user, key id.ID, name string) (Passkey, error) {
	return scan(tx.QueryRow(ctx, `update passkeys set name = $3 where user_id = $1 and id = $2 returning `+columns, user, key, name))
}

func remove(ctx context.Context, tx db.Tx, user, key id.ID) (bool, error) {
	tag, err := tx.Exec(ctx, `delete from passkeys where user_id = $1 and id = $2`, user, key)
	return tag.RowsAffected() == 1, err
}

func insertChallenge(ctx context.Context, tx db.Tx, hash []byte, purpose string, session []byte, expires time.Time) error {
	_, err := tx.Exec(ctx, `insert into passkey_challenges (hash, purpose, session, expires_at) values ($1, $2, $3, $4)`,
		hash, purpose, string(session), expires)
	return err
}

// takeChallenge answers pgx.ErrNoRows when there is none, or none any more.
func takeChallenge(ctx context.Context, tx db.Tx, hash []byte, purpose string, now time.Time) (session []byte, err error) {
	err = tx.QueryRow(ctx, `delete from passkey_challenges where hash = $1 and purpose = $2 and expires_at > $3 returning session`,
		hash, purpose, now).Scan(&session)
	return session, err
}

func deleteChallenges(ctx context.Context, tx db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `delete from passkey_challenges where expires_at < $1`, before)
	return err
}
