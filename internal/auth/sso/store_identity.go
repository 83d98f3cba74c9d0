package sso

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// identityRow is who a person is at a provider.
type identityRow struct {
	org, id, user id.ID
}

// selectIdentity answers pgx.ErrNoRows for a stranger.
func selectIdentity(ctx context.Context, tx db.Tx, org id.ID, key []byte) (identityRow, error) {
	row := identityRow{org: org}
	err := tx.QueryRow(ctx, `select id, user_id from identities where org_id = $1 and subject_key = $2`, org, key).Scan(&row.id, &row.user)
	return row, err
}

func selectIdentityAnywhere(ctx context.Context, tx db.Tx, key []byte) (identityRow, error) {
	var row identityRow
	err := tx.QueryRow(ctx, `select org_id, id, user_id from sso_identities($1) limit 1`, key).Scan(&row.org, &row.id, &row.user)
	return row, err
}

func insertIdentity(ctx context.Context, tx db.Tx, row identityRow, connection *id.ID, key []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into identities (org_id, id, user_id, connection_id, subject_key, created_at) values ($1, $2, $3, $4, $5, $6)`,
		row.org, row.id, row.user, connection, key, now)
	return err
}

func touchIdentity(ctx context.Context, tx db.Tx, row identityRow, now time.Time) error {
	_, err := tx.Exec(ctx, `update identities set last_used_at = $3 where org_id = $1 and id = $2`, row.org, row.id, now)
	return err
}

func selectIdentities(ctx context.Context, tx db.Tx, org, user id.ID) ([]Identity, error) {
	rows, err := tx.Query(ctx, `select i.id, i.connection_id, coalesce(c.name, ''), coalesce(c.kind, 'oidc'), i.created_at, i.last_used_at
		from identities i left join sso_connections c on c.org_id = i.org_id and c.id = i.connection_id
		where i.org_id = $1 and i.user_id = $2 order by i.id desc`, org, user)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Identity, error) {
		var i Identity
		err := row.Scan(&i.ID, &i.ConnectionID, &i.Provider, &i.Kind, &i.CreatedAt, &i.LastUsedAt)
		return i, err
	})
}

// deleteIdentity answers pgx.ErrNoRows when the person has no such identity.
func deleteIdentity(ctx context.Context, tx db.Tx, org, user, identity id.ID) error {
	return tx.QueryRow(ctx, `delete from identities where org_id = $1 and user_id = $2 and id = $3 returning id`, org, user, identity).Scan(&identity)
}

// otherWays reports whether a person can sign in without one identity.
func otherWays(ctx context.Context, tx db.Tx, org, user, identity id.ID) (bool, error) {
	var ok bool
	err := tx.QueryRow(ctx, `select exists (select from users where id = $2 and password_hash is not null)
		or exists (select from identities where org_id = $1 and user_id = $2 and id <> $3)`, org, user, identity).Scan(&ok)
	return ok, err
}

// invitedRow is an open invitation.
type invitedRow struct {
	org, user id.ID
	settled   bool // the person signs in somewhere already
}

func selectInvited(ctx context.Context, tx db.Tx, hash []byte) (invitedRow, error) {
	var r invitedRow
	err := tx.QueryRow(ctx, `select org_id, user_id, settled from auth_invitation($1)`, hash).Scan(&r.org, &r.user, &r.settled)
	return r, err
}
