package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// maxShares bounds a list; older links are long over.
const maxShares = 200

func insertShare(ctx context.Context, tx db.Tx, org id.ID, s *Share, hash, ask []byte) error {
	_, err := tx.Exec(ctx, `insert into report_shares (org_id, id, token_hash, title, ask, created_by, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, org, s.ID, hash, s.Title, ask, s.CreatedBy, s.CreatedAt, s.ExpiresAt)
	if err != nil {
		return fmt.Errorf("store share: %w", err)
	}
	return nil
}

const shareColumns = `id, title, ask, created_by, created_at, expires_at, revoked_at, seen`

func scanShare(row pgx.CollectableRow) (Share, error) {
	var s Share
	var ask []byte
	if err := row.Scan(&s.ID, &s.Title, &ask, &s.CreatedBy, &s.CreatedAt, &s.ExpiresAt, &s.RevokedAt, &s.Seen); err != nil {
		return Share{}, err
	}
	return s, json.Unmarshal(ask, &s.Ask)
}

func listShares(ctx context.Context, tx db.Tx, org id.ID) ([]Share, error) {
	rows, err := tx.Query(ctx, `select `+shareColumns+` from report_shares where org_id = $1 order by report_shares.id desc limit $2`, org, maxShares)
	if err != nil {
		return nil, fmt.Errorf("list shares: %w", err)
	}
	return pgx.CollectRows(rows, scanShare)
}

// endShare reports whether the link was still good.
func endShare(ctx context.Context, tx db.Tx, org, share id.ID, now time.Time) (bool, error) {
	var ended *time.Time
	err := tx.QueryRow(ctx, `select revoked_at from report_shares where org_id = $1 and id = $2 for update`, org, share).Scan(&ended)
	if db.NoRows(err) {
		return false, errs.New(errs.NotFound, "not found")
	}
	if err != nil || ended != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `update report_shares set revoked_at = $3 where org_id = $1 and id = $2`, org, share, now)
	return true, err
}

func findShare(ctx context.Context, tx db.Tx, hash []byte) (org, share id.ID, err error) {
	err = tx.QueryRow(ctx, `select org_id, id from report_share($1)`, hash).Scan(&org, &share)
	if db.NoRows(err) {
		return id.Nil, id.Nil, nil
	}
	return org, share, err
}

// seeShare returns a link that is good now, and counts that it was opened.
func seeShare(ctx context.Context, tx db.Tx, org, share id.ID, now time.Time) (Share, error) {
	rows, err := tx.Query(ctx, `update report_shares set seen = seen + 1, seen_at = $3
		where org_id = $1 and id = $2 and revoked_at is null and expires_at > $3 returning `+shareColumns, org, share, now)
	if err != nil {
		return Share{}, fmt.Errorf("open share: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, scanShare)
}
