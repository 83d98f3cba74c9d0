package auth

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// signInRow is one place where a person may sign in; org is nil for a person
// without a place.
type signInRow struct {
	user         id.ID
	passwordHash *string
	org          *id.ID
}

func selectSignIn(ctx context.Context, tx db.Tx, blind []byte) ([]signInRow, error) {
	rows, err := tx.Query(ctx, `select user_id, password_hash, org_id from auth_user_by_email($1)`, blind)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (signInRow, error) {
		var r signInRow
		err := row.Scan(&r.user, &r.passwordHash, &r.org)
		return r, err
	})
}

// holdPassword reports whether a person's password is still the one whose stored
// form was proved, and keeps it and their second factors as they are until tx
// ends: who changes them meanwhile raises the epoch afterwards, and so ends what
// tx opened.
func holdPassword(ctx context.Context, tx db.Tx, user id.ID, proved string) (bool, error) {
	tag, err := tx.Exec(ctx, `select from users where id = $1 and password_hash = $2 for share`, user, proved)
	return tag.RowsAffected() == 1, err
}

// updatePassword ends all sessions of the user by raising the epoch.
func updatePassword(ctx context.Context, tx db.Tx, user id.ID, hash string, now time.Time) error {
	_, err := tx.Exec(ctx, `update users set password_hash = $2, epoch = epoch + 1, updated_at = $3 where id = $1`, user, hash, now)
	return err
}

type invitationRow struct {
	org, user    id.ID
	passwordHash *string
	// settled: the person signs in somewhere already, be it without a password.
	settled bool
}

func selectInvitation(ctx context.Context, tx db.Tx, hash []byte) (invitationRow, error) {
	var r invitationRow
	err := tx.QueryRow(ctx, `select org_id, user_id, password_hash, settled from auth_invitation($1)`, hash).
		Scan(&r.org, &r.user, &r.passwordHash, &r.settled)
	return r, err
}

type sessionRow struct {
	id            id.ID
	user          id.ID
	tokenHash     []byte
	memberVersion int
	device        string
	address       string // masked
	createdAt     time.Time
	expiresAt     time.Time
}

func insertSession(ctx context.Context, tx db.Tx, org id.ID, s sessionRow) error {
	_, err := tx.Exec(ctx, `insert into sessions (org_id, id, user_id, token_hash, member_version, user_epoch, device, address,
			created_at, last_seen_at, verified_at, expires_at)
		select $1, $2, $3, $4, $5, u.epoch, $6, $7, $8, $8, $8, $9 from users u where u.id = $3`,
		org, s.id, s.user, s.tokenHash, s.memberVersion, s.device, s.address, s.createdAt, s.expiresAt)
	return err
}

func sessionByToken(ctx context.Context, tx db.Tx, hash []byte) (sessionRef, error) {
	var r sessionRef
	err := tx.QueryRow(ctx, `select id, org_id from auth_session_by_token($1)`, hash).Scan(&r.id, &r.org)
	return r, err
}

func selectSessionState(ctx context.Context, tx db.Tx, ref sessionRef) (sessionState, error) {
	var s sessionState
	err := tx.QueryRow(ctx, `select s.user_id, m.role, s.expires_at, coalesce(s.last_seen_at, s.created_at),
			s.revoked_at is null and m.version = s.member_version and u.epoch = s.user_epoch,
			o.require_mfa and not s.provider_mfa
				and not exists (select from user_totp t where t.user_id = s.user_id and t.confirmed_at is not null)
				and not exists (select from passkeys p where p.user_id = s.user_id)
		from sessions s
		join organizations o on o.id = s.org_id
		join members m on m.org_id = s.org_id and m.user_id = s.user_id
		join users u on u.id = s.user_id
		where s.org_id = $1 and s.id = $2`, ref.org, ref.id).Scan(&s.user, &s.role, &s.expires, &s.seen, &s.alive, &s.lacking)
	return s, err
}

// endSession answers pgx.ErrNoRows when there is no such living session.
func endSession(ctx context.Context, tx db.Tx, org, session id.ID, now time.Time, reason string) (user id.ID, err error) {
	err = tx.QueryRow(ctx, `update sessions set revoked_at = $3, revoked_reason = $4
		where org_id = $1 and id = $2 and revoked_at is null returning user_id`, org, session, now, reason).Scan(&user)
	return user, err
}

type refreshRow struct {
	id, org, session id.ID
	expiresAt        time.Time
}

func refreshByHash(ctx context.Context, tx db.Tx, hash []byte) (refreshRow, error) {
	var r refreshRow
	err := tx.QueryRow(ctx, `select id, org_id, session_id, expires_at from auth_refresh_token($1)`, hash).
		Scan(&r.id, &r.org, &r.session, &r.expiresAt)
	return r, err
}

func insertRefresh(ctx context.Context, tx db.Tx, org, session id.ID, hash []byte, now, expires time.Time) error {
	_, err := tx.Exec(ctx, `insert into refresh_tokens (org_id, id, session_id, hash, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6)`, org, id.New(), session, hash, now, expires)
	return err
}

// useRefresh reports whether this is the first use.
func useRefresh(ctx context.Context, tx db.Tx, org, token id.ID, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update refresh_tokens set used_at = $3 where org_id = $1 and id = $2 and used_at is null`, org, token, now)
	return tag.RowsAffected() == 1, err
}

func prune(ctx context.Context, tx db.Tx, sessions, answers time.Time) (gone int, err error) {
	err = tx.QueryRow(ctx, `select auth_prune($1, $2)`, sessions, answers).Scan(&gone)
	return gone, err
}

func insertAPIKey(ctx context.Context, tx db.Tx, org id.ID, k APIKey, hash, sealed []byte, by id.ID) error {
	var creator *id.ID
	if by != id.Nil {
		creator = &by
	}
	_, err := tx.Exec(ctx, `insert into api_keys (org_id, id, key_id, name, role, scopes, rate_limit, secret_hash, secret_sealed,
			created_by, created_at, expires_at, limits, allowed_addresses)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		org, k.ID, k.KeyID, k.Name, k.Role, k.Scopes, k.RateLimit, hash, sealed, creator, k.CreatedAt, k.ExpiresAt, k.Limits, k.AllowedAddresses)
	return err
}

func selectAPIKeys(ctx context.Context, tx db.Tx, org id.ID) ([]APIKey, error) {
	rows, err := tx.Query(ctx, `select id, key_id, name, role, scopes, rate_limit, limits, created_at, expires_at, last_used_at, revoked_at,
			allowed_addresses, rotated_at, previous_until
		from api_keys where org_id = $1 order by id desc`, org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (APIKey, error) {
		var k APIKey
		err := row.Scan(&k.ID, &k.KeyID, &k.Name, &k.Role, &k.Scopes, &k.RateLimit, &k.Limits, &k.CreatedAt, &k.ExpiresAt, &k.LastUsedAt, &k.RevokedAt,
			&k.AllowedAddresses, &k.RotatedAt, &k.PreviousSecretUntil)
		return k, err
	})
}

// revokeAPIKey answers pgx.ErrNoRows when there is no such key that still
// works.
func revokeAPIKey(ctx context.Context, tx db.Tx, org, key id.ID, now time.Time) error {
	return tx.QueryRow(ctx, `update api_keys set revoked_at = $3 where org_id = $1 and id = $2 and revoked_at is null returning id`,
		org, key, now).Scan(&key)
}

// rotateAPIKey answers pgx.ErrNoRows when there is no such key that still works.
func rotateAPIKey(ctx context.Context, tx db.Tx, org, key id.ID, hash, sealed []byte, now, previousUntil time.Time) error {
	return tx.QueryRow(ctx, `update api_keys set previous_hash = secret_hash, previous_sealed = secret_sealed, previous_until = $6,
			secret_hash = $3, secret_sealed = $4, rotated_at = $5
		where org_id = $1 and id = $2 and revoked_at is null returning id`, org, key, hash, sealed, now, previousUntil).Scan(&key)
}

// rememberSigned reports whether this is the first request of its hash.
func rememberSigned(ctx context.Context, tx db.Tx, org id.ID, hash []byte, until time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into signed_requests (org_id, hash, expires_at) values ($1, $2, $3) on conflict do nothing`,
		org, hash, until)
	return tag.RowsAffected() == 1, err
}

func selectAPIKeyState(ctx context.Context, tx db.Tx, keyID string) (apiKeyState, error) {
	k := apiKeyState{keyID: keyID}
	err := tx.QueryRow(ctx, `select org_id, id, role, scopes, rate_limit, allowed_addresses, secret_hash, secret_sealed,
			previous_hash, previous_sealed, previous_until, expires_at, last_used_at, revoked_at
		from auth_api_key($1)`, keyID).
		Scan(&k.org, &k.id, &k.role, &k.scopes, &k.rateLimit, &k.allowed, &k.secretHash, &k.secretSealed,
			&k.previousHash, &k.previousSealed, &k.previousUntil, &k.expires, &k.used, &k.revoked)
	return k, err
}

func touchAPIKey(ctx context.Context, tx db.Tx, org, key id.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `update api_keys set last_used_at = $3 where org_id = $1 and id = $2`, org, key, now)
	return err
}
