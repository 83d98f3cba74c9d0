package sso

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

const connectionColumns = `id, slug, kind, name, enabled, issuer, client_id, client_secret_sealed, default_role, allowed_domains,
	enforced, break_glass_user_id, version, created_at, updated_at, sso_url, certificates, idp_initiated`

func scanConnection(row pgx.Row) (Connection, error) {
	var c Connection
	err := row.Scan(&c.ID, &c.Slug, &c.Kind, &c.Name, &c.Enabled, &c.Issuer, &c.ClientID, &c.secretSealed, &c.DefaultRole, &c.AllowedDomains,
		&c.Enforce, &c.BreakGlassUserID, &c.Version, &c.CreatedAt, &c.UpdatedAt,
		&c.SSOURL, &c.certificates, &c.IDPInitiated)
	return c, err
}

func selectConnections(ctx context.Context, tx db.Tx, org id.ID) ([]Connection, error) {
	rows, err := tx.Query(ctx, `select `+connectionColumns+` from sso_connections where org_id = $1 order by id`, org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Connection, error) { return scanConnection(row) })
}

func selectConnection(ctx context.Context, tx db.Tx, org, connection id.ID, lock bool) (Connection, error) {
	sql := `select ` + connectionColumns + ` from sso_connections where org_id = $1 and id = $2`
	if lock {
		sql += ` for update`
	}
	return scanConnection(tx.QueryRow(ctx, sql, org, connection))
}

func insertConnection(ctx context.Context, tx db.Tx, org id.ID, c Connection) error {
	_, err := tx.Exec(ctx, `insert into sso_connections (org_id, id, slug, kind, name, enabled, issuer, client_id, client_secret_sealed,
			default_role, allowed_domains, enforced, break_glass_user_id, version, created_at, updated_at, sso_url, certificates, idp_initiated)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $17, $18)`,
		org, c.ID, c.Slug, c.Kind, c.Name, c.Enabled, c.Issuer, c.ClientID, c.secretSealed, c.DefaultRole, c.AllowedDomains,
		c.Enforce, c.BreakGlassUserID, c.Version, c.CreatedAt, c.SSOURL, append([]string{}, c.certificates...), c.IDPInitiated)
	return err
}

func updateConnection(ctx context.Context, tx db.Tx, org id.ID, c Connection) error {
	_, err := tx.Exec(ctx, `update sso_connections set slug = $3, name = $4, enabled = $5, issuer = $6, client_id = $7, client_secret_sealed = $8,
			default_role = $9, allowed_domains = $10, enforced = $11, break_glass_user_id = $12, version = $13, updated_at = $14,
			sso_url = $15, certificates = $16, idp_initiated = $17
		where org_id = $1 and id = $2`,
		org, c.ID, c.Slug, c.Name, c.Enabled, c.Issuer, c.ClientID, c.secretSealed, c.DefaultRole, c.AllowedDomains,
		c.Enforce, c.BreakGlassUserID, c.Version, c.UpdatedAt, c.SSOURL, append([]string{}, c.certificates...), c.IDPInitiated)
	return err
}

// deleteConnection answers pgx.ErrNoRows when there is none.
func deleteConnection(ctx context.Context, tx db.Tx, org, connection id.ID) error {
	return tx.QueryRow(ctx, `delete from sso_connections where org_id = $1 and id = $2 returning id`, org, connection).Scan(&connection)
}

func selectPasswordAdmin(ctx context.Context, tx db.Tx, org, user id.ID) (bool, error) {
	var ok bool
	err := tx.QueryRow(ctx, `select exists (select from members m join users u on u.id = m.user_id
		where m.org_id = $1 and m.user_id = $2 and m.role = 'admin' and m.accepted_at is not null and u.password_hash is not null)`, org, user).Scan(&ok)
	return ok, err
}

func endSessionsOf(ctx context.Context, tx db.Tx, org, connection id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update sessions set revoked_at = $3, revoked_reason = 'sso_off'
		where org_id = $1 and sso_connection_id = $2 and revoked_at is null`, org, connection, now)
	return err
}

// endOtherSessions ends those that no provider opened, but the break-glass
// admin's and the one that this is asked from.
func endOtherSessions(ctx context.Context, tx db.Tx, org id.ID, except *id.ID, session id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update sessions set revoked_at = $4, revoked_reason = 'sso_required'
		where org_id = $1 and not by_sso and revoked_at is null and user_id is distinct from $2 and id <> $3`, org, except, session, now)
	return err
}

// findConnection answers pgx.ErrNoRows when no connection has the name.
func findConnection(ctx context.Context, tx db.Tx, ref string, kind Kind) (org, connection id.ID, err error) {
	err = tx.QueryRow(ctx, `select org_id, id from sso_connection($1, $2)`, ref, kind).Scan(&org, &connection)
	return org, connection, err
}

func insertLogin(ctx context.Context, tx db.Tx, state, browser, sealed []byte, until time.Time) error {
	_, err := tx.Exec(ctx, `insert into sso_logins (state_hash, browser_hash, sealed, expires_at) values ($1, $2, $3, $4)`, state, browser, sealed, until)
	return err
}

// takeLogin removes a sign-in and returns it; pgx.ErrNoRows when it is not there
// or too old.
func takeLogin(ctx context.Context, tx db.Tx, state []byte, now time.Time) (browser, sealed []byte, err error) {
	err = tx.QueryRow(ctx, `delete from sso_logins where state_hash = $1 and expires_at > $2 returning browser_hash, sealed`, state, now).
		Scan(&browser, &sealed)
	return browser, sealed, err
}

func pruneLogins(ctx context.Context, tx db.Tx, now time.Time) (gone int, err error) {
	tag, err := tx.Exec(ctx, `delete from sso_logins where expires_at < $1`, now)
	if err != nil {
		return 0, err
	}
	var used int
	err = tx.QueryRow(ctx, `select sso_prune($1)`, now).Scan(&used)
	return int(tag.RowsAffected()) + used, err
}

// useAssertion reports whether this is the first use.
func useAssertion(ctx context.Context, tx db.Tx, org, connection id.ID, hash []byte, until time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into saml_assertions (org_id, connection_id, assertion_hash, expires_at) values ($1, $2, $3, $4)
		on conflict do nothing`, org, connection, hash, until)
	return tag.RowsAffected() == 1, err
}
