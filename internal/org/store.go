package org

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/money"
)

const organizationColumns = `id, name, postal_address, timezone, revenue_goal_minor, revenue_goal_currency,
	settings, require_mfa, paused_at, version, created_at, updated_at`

// lockOrganization keeps other changes of the row away and lets rows of other
// tables refer to it.
const lockOrganization = ` for no key update`

// selectOrganization reads the tenant's row, locked against other changes when
// lock is set.
func selectOrganization(ctx context.Context, tx db.Tx, org id.ID, lock bool) (Organization, error) {
	sql := `select ` + organizationColumns + ` from organizations where id = $1`
	if lock {
		sql += lockOrganization
	}
	var (
		o        Organization
		address  PostalAddress
		minor    *int64
		currency *string
		settings []byte
		raw      []byte
	)
	err := tx.QueryRow(ctx, sql, org).Scan(&o.ID, &o.Name, &raw, &o.Timezone, &minor, &currency,
		&settings, &o.RequireMFA, &o.PausedAt, &o.Version, &o.CreatedAt, &o.UpdatedAt)
	if err != nil {
		return Organization{}, err
	}
	o.Settings = settings
	if err := json.Unmarshal(raw, &address); err != nil {
		return Organization{}, err
	}
	if address != (PostalAddress{}) {
		o.PostalAddress = &address
	}
	if minor != nil && currency != nil {
		o.RevenueGoal = &money.Money{AmountMinor: *minor, Currency: *currency}
	}
	return o, nil
}

func insertOrganization(ctx context.Context, tx db.Tx, o Organization, wrapped []byte) error {
	_, err := tx.Exec(ctx, `insert into organizations (id, name, timezone, keys_wrapped, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $5)`, o.ID, o.Name, o.Timezone, wrapped, o.CreatedAt)
	return err
}

func updateOrganization(ctx context.Context, tx db.Tx, o Organization) error {
	address := []byte("{}")
	if o.PostalAddress != nil {
		var err error
		if address, err = json.Marshal(o.PostalAddress); err != nil {
			return err
		}
	}
	var minor *int64
	var currency *string
	if o.RevenueGoal != nil {
		minor, currency = &o.RevenueGoal.AmountMinor, &o.RevenueGoal.Currency
	}
	_, err := tx.Exec(ctx, `update organizations set name = $2, postal_address = $3, timezone = $4, revenue_goal_minor = $5,
			revenue_goal_currency = $6, settings = $7, paused_at = $8, version = $9, updated_at = $10, require_mfa = $11
		where id = $1`,
		o.ID, o.Name, string(address), o.Timezone, minor, currency, string(o.Settings), o.PausedAt, o.Version, o.UpdatedAt, o.RequireMFA)
	return err
}

func selectAll(ctx context.Context, tx db.Tx) ([]id.ID, error) {
	rows, err := tx.Query(ctx, `select org_ids()`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.ID])
}

// selectKeys reads the wrapped keys, locked against other changes when lock is
// set.
func selectKeys(ctx context.Context, tx db.Tx, org id.ID, lock bool) (wrapped []byte, err error) {
	sql := `select keys_wrapped from organizations where id = $1`
	if lock {
		sql += lockOrganization
	}
	err = tx.QueryRow(ctx, sql, org).Scan(&wrapped)
	return wrapped, err
}

func replaceKeys(ctx context.Context, tx db.Tx, org id.ID, wrapped []byte) error {
	_, err := tx.Exec(ctx, `update organizations set keys_wrapped = $2 where id = $1`, org, wrapped)
	return err
}

// adoptKeys stores fresh keys unless another process was faster, and returns
// those that are stored.
func adoptKeys(ctx context.Context, tx db.Tx, org id.ID, fresh []byte) (wrapped []byte, err error) {
	err = tx.QueryRow(ctx, `update organizations set keys_wrapped = coalesce(keys_wrapped, $2) where id = $1
		returning keys_wrapped`, org, fresh).Scan(&wrapped)
	return wrapped, err
}

type userRow struct {
	User
	emailSealed []byte
	emailBlind  []byte
}

func insertUser(ctx context.Context, tx db.Tx, u userRow) error {
	_, err := tx.Exec(ctx, `insert into users (id, email_sealed, email_blind, name, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $5)`, u.ID, u.emailSealed, u.emailBlind, u.Name, u.CreatedAt)
	return err
}

func updateUserName(ctx context.Context, tx db.Tx, user id.ID, name string, now time.Time) error {
	_, err := tx.Exec(ctx, `update users set name = $2, updated_at = $3 where id = $1`, user, name, now)
	return err
}

func selectUser(ctx context.Context, tx db.Tx, user id.ID) (userRow, error) {
	var u userRow
	err := tx.QueryRow(ctx, `select id, name, email_sealed, created_at from users where id = $1`, user).
		Scan(&u.ID, &u.Name, &u.emailSealed, &u.CreatedAt)
	return u, err
}

// selectUserID returns nil for an address that nobody has.
func selectUserID(ctx context.Context, tx db.Tx, blind []byte) (*id.ID, error) {
	var user *id.ID
	err := tx.QueryRow(ctx, `select auth_user_id($1)`, blind).Scan(&user)
	return user, err
}

type memberRow struct {
	user           id.ID
	name           string
	emailSealed    []byte
	role           Role
	version        int
	invitedHash    []byte
	invitedUntil   *time.Time
	acceptedAt     *time.Time
	lastSignedInAt *time.Time
	createdAt      time.Time
}

const memberColumns = `m.user_id, u.name, u.email_sealed, m.role, m.version, m.invited_until, m.accepted_at,
	m.last_signed_in_at, m.created_at`

func scanMember(row pgx.Row) (memberRow, error) {
	var m memberRow
	err := row.Scan(&m.user, &m.name, &m.emailSealed, &m.role, &m.version, &m.invitedUntil, &m.acceptedAt,
		&m.lastSignedInAt, &m.createdAt)
	return m, err
}

func selectMembers(ctx context.Context, tx db.Tx, org id.ID) ([]memberRow, error) {
	rows, err := tx.Query(ctx, `select `+memberColumns+` from members m join users u on u.id = m.user_id
		where m.org_id = $1 order by m.created_at, m.user_id`, org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (memberRow, error) { return scanMember(row) })
}

func selectMember(ctx context.Context, tx db.Tx, org, user id.ID, lock bool) (memberRow, error) {
	sql := `select ` + memberColumns + ` from members m join users u on u.id = m.user_id where m.org_id = $1 and m.user_id = $2`
	if lock {
		sql += ` for update of m`
	}
	return scanMember(tx.QueryRow(ctx, sql, org, user))
}

func insertMember(ctx context.Context, tx db.Tx, org id.ID, m memberRow) error {
	_, err := tx.Exec(ctx, `insert into members (org_id, user_id, role, accepted_at, created_at)
		values ($1, $2, $3, $4, $5)`, org, m.user, m.role, m.acceptedAt, m.createdAt)
	return err
}

// upsertInvited answers pgx.ErrNoRows when the person is an active member.
func upsertInvited(ctx context.Context, tx db.Tx, org id.ID, m memberRow) error {
	var user id.ID
	return tx.QueryRow(ctx, `insert into members (org_id, user_id, role, invited_hash, invited_until, created_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (org_id, user_id) do update set role = excluded.role, invited_hash = excluded.invited_hash,
			invited_until = excluded.invited_until, version = members.version + 1
		where members.accepted_at is null
		returning user_id`, org, m.user, m.role, m.invitedHash, m.invitedUntil, m.createdAt).Scan(&user)
}

func acceptMember(ctx context.Context, tx db.Tx, org, user id.ID, hash []byte, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update members set accepted_at = $4, invited_hash = null, invited_until = null
		where org_id = $1 and user_id = $2 and invited_hash = $3 and accepted_at is null`, org, user, hash, now)
	return tag.RowsAffected() == 1, err
}

func updateRole(ctx context.Context, tx db.Tx, org, user id.ID, role Role) error {
	_, err := tx.Exec(ctx, `update members set role = $3, version = version + 1 where org_id = $1 and user_id = $2`, org, user, role)
	return err
}

// raiseVersion ends the member's sessions, which are bound to the version.
func raiseVersion(ctx context.Context, tx db.Tx, org, user id.ID) error {
	_, err := tx.Exec(ctx, `update members set version = version + 1 where org_id = $1 and user_id = $2`, org, user)
	return err
}

func deleteMember(ctx context.Context, tx db.Tx, org, user id.ID) error {
	_, err := tx.Exec(ctx, `delete from members where org_id = $1 and user_id = $2`, org, user)
	return err
}

func touchMember(ctx context.Context, tx db.Tx, org, user id.ID, at time.Time) (role Role, version int, err error) {
	err = tx.QueryRow(ctx, `update members set last_signed_in_at = $3
		where org_id = $1 and user_id = $2 and accepted_at is not null returning role, version`, org, user, at).Scan(&role, &version)
	return role, version, err
}

// lockAdmins returns those who can act as admin, locked so that two of them
// cannot remove each other at once.
func lockAdmins(ctx context.Context, tx db.Tx, org id.ID) ([]id.ID, error) {
	rows, err := tx.Query(ctx, `select user_id from members
		where org_id = $1 and role = 'admin' and accepted_at is not null order by user_id for update`, org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.ID])
}

func selectAudit(ctx context.Context, tx db.Tx, org id.ID, q AuditQuery) ([]AuditEntry, error) {
	sql := `select id, at, actor, action, target, data, seq, coalesce(encode(hash, 'hex'), '') from audit_log where org_id = $1`
	args := []any{org, q.Limit}
	if q.Action != "" {
		args = append(args, q.Action)
		sql += ` and action = $` + placeholder(args)
	}
	if q.Actor != "" {
		args = append(args, string(q.Actor))
		sql += ` and actor = $` + placeholder(args)
	}
	if q.Target != "" {
		args = append(args, q.Target)
		sql += ` and target = $` + placeholder(args)
	}
	if !q.From.IsZero() {
		args = append(args, q.From)
		sql += ` and at >= $` + placeholder(args)
	}
	if !q.To.IsZero() {
		args = append(args, q.To)
		sql += ` and at < $` + placeholder(args)
	}
	if q.Before.ID != id.Nil {
		args = append(args, q.Before.At, q.Before.ID)
		sql += ` and (at, id) < ($` + placeholder(args[:len(args)-1]) + `, $` + placeholder(args) + `)`
	}
	rows, err := tx.Query(ctx, sql+` order by at desc, id desc limit $2`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (AuditEntry, error) {
		var e AuditEntry
		err := row.Scan(&e.ID, &e.At, &e.Actor, &e.Action, &e.Target, &e.Data, &e.Seq, &e.Hash)
		return e, err
	})
}

// placeholder is the number of the last argument.
func placeholder(args []any) string { return strconv.Itoa(len(args)) }
