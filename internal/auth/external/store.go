// Package external keeps what sessions know of identity providers: whether an
// organisation insists on one, and which sessions one has opened.
//
// Tables: of sessions the columns by_sso, sso_connection_id, provider_mfa and verified_at; it
// reads sso_connections. Files: store.go.
package external

import (
	"context"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// insists reports whether a member must come through a provider. The
// admin named for the day when the provider is down may not; when there is no
// such admin any more, every admin may not, or nobody could.
func insists(ctx context.Context, tx db.Tx, org, user id.ID) (bool, error) {
	var insists bool
	err := tx.QueryRow(ctx, `select exists (
		select from sso_connections c join members m on m.org_id = c.org_id and m.user_id = $2
		where c.org_id = $1 and c.enabled and c.enforced and not (m.role = 'admin' and (
			c.break_glass_user_id = m.user_id or not exists (
				select from members b where b.org_id = c.org_id and b.user_id = c.break_glass_user_id
					and b.role = 'admin' and b.accepted_at is not null))))`, org, user).Scan(&insists)
	return insists, err
}

// Mark notes who opened a session; connection is zero for the installation's own
// provider, and mfa whether it asked for a second factor. It also makes the session one whose last proof is long ago: a
// provider speaks for its organisation, while passwords and second factors are
// the person's in all of them.
func Mark(ctx context.Context, tx db.Tx, org, session, connection id.ID, mfa bool) error {
	var by *id.ID
	if connection != id.Nil {
		by = &connection
	}
	_, err := tx.Exec(ctx, `update sessions set by_sso = true, sso_connection_id = $3, provider_mfa = $4, verified_at = to_timestamp(0)
		where org_id = $1 and id = $2`, org, session, by, mfa)
	return err
}

// Allow refuses a password, passkey or invitation where the organisation takes
// its identity provider's word alone.
func Allow(ctx context.Context, tx db.Tx, org, user id.ID) error {
	refused, err := insists(ctx, tx, org, user)
	if err == nil && refused {
		err = &errs.Error{Kind: errs.Forbidden, Code: "sso_required", Message: "this organisation signs in through its identity provider"}
	}
	return err
}
