package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const tableEndpoints = "webhook_endpoints"

const endpointColumns = `id, url_sealed, events, description, state, disabled_because, secret_sealed, old_sealed, old_until, failing_since, version, created_at, updated_at`

// sealedEndpoint is a row whose URL and secrets are not opened yet.
type sealedEndpoint struct {
	endpoint
	url, secret, old []byte
}

func scanEndpoint(row pgx.CollectableRow) (e sealedEndpoint, err error) {
	err = row.Scan(&e.ID, &e.url, &e.Events, &e.Description, &e.State, &e.DisabledBecause, &e.secret, &e.old, &e.OldSecretUntil,
		&e.FailingSince, &e.Version, &e.CreatedAt, &e.UpdatedAt)
	return e, err
}

func (e *sealedEndpoint) open(keys *secret.Keys) (endpoint, error) {
	for _, c := range []struct {
		column string
		sealed []byte
		to     func(string)
	}{
		{"url", e.url, func(v string) { e.URL = v }},
		{"secret", e.secret, func(v string) { e.endpoint.secret = secret.String(v) }},
		{"old", e.old, func(v string) { e.endpoint.old = secret.String(v) }},
	} {
		if c.sealed == nil {
			continue
		}
		text, err := keys.Open(tableEndpoints, c.column, e.ID, c.sealed)
		if err != nil {
			return endpoint{}, fmt.Errorf("webhook endpoint %s: %w", e.ID, err)
		}
		c.to(text)
	}
	return e.endpoint, nil
}

// listEndpoints reads an organisation's endpoints, URLs and secrets sealed.
func listEndpoints(ctx context.Context, tx db.Tx, org id.ID) ([]sealedEndpoint, error) {
	rows, err := tx.Query(ctx, `select `+endpointColumns+` from webhook_endpoints where org_id = $1 order by id`, org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanEndpoint)
}

func openEndpoints(ctx context.Context, tx db.Tx, keys *secret.Keys, org id.ID) ([]endpoint, error) {
	sealed, err := listEndpoints(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	list := make([]endpoint, len(sealed))
	for i := range sealed {
		if list[i], err = sealed[i].open(keys); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func openEndpoint(ctx context.Context, tx db.Tx, keys *secret.Keys, org, which id.ID, lock bool) (endpoint, error) {
	query := `select ` + endpointColumns + ` from webhook_endpoints where org_id = $1 and id = $2`
	if lock {
		query += ` for update`
	}
	rows, err := tx.Query(ctx, query, org, which)
	if err != nil {
		return endpoint{}, err
	}
	e, err := pgx.CollectExactlyOneRow(rows, scanEndpoint)
	if db.NoRows(err) {
		return endpoint{}, errs.New(errs.NotFound, "there is no such webhook endpoint")
	}
	if err != nil {
		return endpoint{}, err
	}
	return e.open(keys)
}

func knownEndpoint(ctx context.Context, tx db.Tx, org, which id.ID) error {
	var one int
	err := tx.QueryRow(ctx, `select 1 from webhook_endpoints where org_id = $1 and id = $2`, org, which).Scan(&one)
	if db.NoRows(err) {
		return errs.New(errs.NotFound, "there is no such webhook endpoint")
	}
	return err
}

func countEndpoints(ctx context.Context, tx db.Tx, org id.ID) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from webhook_endpoints where org_id = $1`, org).Scan(&n)
	return n, err
}

func (e *endpoint) seal(keys *secret.Keys) (url, current, old []byte, err error) {
	if url, err = keys.Seal(tableEndpoints, "url", e.ID, e.URL); err != nil {
		return nil, nil, nil, err
	}
	if current, err = keys.Seal(tableEndpoints, "secret", e.ID, e.secret.Reveal()); err != nil {
		return nil, nil, nil, err
	}
	old, err = keys.Seal(tableEndpoints, "old", e.ID, e.old.Reveal())
	return url, current, old, err
}

func insertEndpoint(ctx context.Context, tx db.Tx, keys *secret.Keys, org id.ID, e endpoint) error {
	url, current, _, err := e.seal(keys)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into webhook_endpoints (org_id, id, url_sealed, events, description, state, secret_sealed, version, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
		org, e.ID, url, e.Events, e.Description, e.State, current, e.Version, e.CreatedAt)
	return err
}

func updateEndpoint(ctx context.Context, tx db.Tx, keys *secret.Keys, org id.ID, e endpoint) error {
	url, current, old, err := e.seal(keys)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update webhook_endpoints set url_sealed = $3, events = $4, description = $5, state = $6, disabled_because = $7,
		secret_sealed = $8, old_sealed = $9, old_until = $10, failing_since = $11, version = $12, updated_at = $13 where org_id = $1 and id = $2`,
		org, e.ID, url, e.Events, e.Description, e.State, e.DisabledBecause, current, old, e.OldSecretUntil, e.FailingSince, e.Version, e.UpdatedAt)
	return err
}

func deleteEndpoint(ctx context.Context, tx db.Tx, org, which id.ID) error {
	tag, err := tx.Exec(ctx, `delete from webhook_endpoints where org_id = $1 and id = $2`, org, which)
	if err == nil && tag.RowsAffected() == 0 {
		return errs.New(errs.NotFound, "there is no such webhook endpoint")
	}
	return err
}

func endpointWorks(ctx context.Context, tx db.Tx, org, which id.ID) error {
	_, err := tx.Exec(ctx, `update webhook_endpoints set failing_since = null where org_id = $1 and id = $2 and failing_since is not null`, org, which)
	return err
}

// endpointFails returns since when it does.
func endpointFails(ctx context.Context, tx db.Tx, org, which id.ID, now time.Time) (since time.Time, err error) {
	err = tx.QueryRow(ctx, `update webhook_endpoints set failing_since = coalesce(failing_since, $3) where org_id = $1 and id = $2 returning failing_since`,
		org, which, now).Scan(&since)
	if db.NoRows(err) {
		return now, nil // deleted meanwhile
	}
	return since, err
}

func disableEndpoint(ctx context.Context, tx db.Tx, org, which id.ID, because string, now time.Time) (changed bool, err error) {
	tag, err := tx.Exec(ctx, `update webhook_endpoints set state = 'disabled', disabled_because = $3, version = version + 1, updated_at = $4
		where org_id = $1 and id = $2 and state = 'active'`, org, which, because, now)
	return tag.RowsAffected() == 1, err
}
