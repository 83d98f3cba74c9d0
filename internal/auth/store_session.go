package auth

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// selectSessions returns what is alive.
func selectSessions(ctx context.Context, tx db.Tx, org, user id.ID, now, seenAfter time.Time) ([]Session, error) {
	rows, err := tx.Query(ctx, `select s.id, s.device, s.address, s.created_at, coalesce(s.last_seen_at, s.created_at), s.expires_at
		from sessions s
		join members m on m.org_id = s.org_id and m.user_id = s.user_id and m.version = s.member_version
		join users u on u.id = s.user_id and u.epoch = s.user_epoch
		where s.org_id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > $3
			and coalesce(s.last_seen_at, s.created_at) > $4
		order by coalesce(s.last_seen_at, s.created_at) desc, s.id desc`, org, user, now, seenAfter)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Session, error) {
		var s Session
		err := row.Scan(&s.ID, &s.Device, &s.Address, &s.CreatedAt, &s.LastSeenAt, &s.ExpiresAt)
		return s, err
	})
}

func touchSession(ctx context.Context, tx db.Tx, ref sessionRef, now time.Time) error {
	_, err := tx.Exec(ctx, `update sessions set last_seen_at = $3 where org_id = $1 and id = $2`, ref.org, ref.id, now)
	return err
}

func verifySession(ctx context.Context, tx db.Tx, org, session id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update sessions set verified_at = $3 where org_id = $1 and id = $2`, org, session, now)
	return err
}

func selectVerified(ctx context.Context, tx db.Tx, org, session id.ID) (at time.Time, err error) {
	err = tx.QueryRow(ctx, `select coalesce(verified_at, created_at) from sessions where org_id = $1 and id = $2`, org, session).Scan(&at)
	return at, err
}

// raiseEpoch ends all sessions of the person, in every organisation.
func raiseEpoch(ctx context.Context, tx db.Tx, user id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update users set epoch = epoch + 1, updated_at = $2 where id = $1`, user, now)
	return err
}

// keepSession lets one session outlive the epoch that was raised in this
// transaction.
func keepSession(ctx context.Context, tx db.Tx, org, session id.ID) error {
	_, err := tx.Exec(ctx, `update sessions s set user_epoch = u.epoch from users u
		where u.id = s.user_id and s.org_id = $1 and s.id = $2`, org, session)
	return err
}

// selectPassword returns the stored form of a password, empty for none.
func selectPassword(ctx context.Context, tx db.Tx, user id.ID) (hash string, err error) {
	err = tx.QueryRow(ctx, `select coalesce(password_hash, '') from users where id = $1`, user).Scan(&hash)
	return hash, err
}

// selectPlaces returns the organisations where a person may sign in, the last
// used first.
func selectPlaces(ctx context.Context, tx db.Tx, user id.ID) ([]id.ID, error) {
	rows, err := tx.Query(ctx, `select org_id from auth_user_places($1)`, user)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.ID])
}
