package required

import (
	"context"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func selectRequired(ctx context.Context, tx db.Tx, tenant id.ID) (asks bool, err error) {
	err = tx.QueryRow(ctx, `select require_mfa from organizations where id = $1`, tenant).Scan(&asks)
	return asks, err
}

// selectVouched reports whether the session's identity provider asked for a
// second factor.
func selectVouched(ctx context.Context, tx db.Tx, tenant, session id.ID) (vouched bool, err error) {
	err = tx.QueryRow(ctx, `select provider_mfa from sessions where org_id = $1 and id = $2`, tenant, session).Scan(&vouched)
	return vouched, err
}
