package webhook

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

func errNoInbound() error { return errs.New(errs.NotFound, "there is no such webhook") }

func asError(err error) *errs.Error {
	var e *errs.Error
	if errors.As(err, &e) {
		return e
	}
	return errs.New(errs.Internal, "something went wrong on our side")
}

func insertInbound(ctx context.Context, tx db.Tx, keys *secret.Keys, org id.ID, in Inbound, hash []byte, key secret.String) error {
	sealed, err := keys.Seal("inbound_webhooks", "secret", in.ID, key.Reveal())
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into inbound_webhooks (org_id, id, provider, description, token_hash, secret_sealed, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		org, in.ID, in.Provider, in.Description, hash, sealed, in.CreatedAt)
	return err
}

func listInbound(ctx context.Context, tx db.Tx, org id.ID) ([]Inbound, error) {
	rows, err := tx.Query(ctx, `select id, provider, description, created_at, last_received_at from inbound_webhooks where org_id = $1 order by id`, org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (in Inbound, err error) {
		err = row.Scan(&in.ID, &in.Provider, &in.Description, &in.CreatedAt, &in.LastReceivedAt)
		return in, err
	})
}

func deleteInbound(ctx context.Context, tx db.Tx, org, which id.ID) error {
	tag, err := tx.Exec(ctx, `delete from inbound_webhooks where org_id = $1 and id = $2`, org, which)
	if err == nil && tag.RowsAffected() == 0 {
		return errNoInbound()
	}
	return err
}

func inboundByToken(ctx context.Context, tx db.Tx, hash []byte, provider string) (p place, err error) {
	err = tx.QueryRow(ctx, `select org_id, id from inbound_webhook_by_token($1, $2)`, hash, provider).Scan(&p.org, &p.endpoint)
	if db.NoRows(err) {
		return place{}, errNoInbound()
	}
	return p, err
}

// lockInbound returns the sealed secret; the share lock keeps the address from
// being deleted before its event is in.
func lockInbound(ctx context.Context, tx db.Tx, org, which id.ID) (sealed []byte, err error) {
	err = tx.QueryRow(ctx, `select secret_sealed from inbound_webhooks where org_id = $1 and id = $2 for key share`, org, which).Scan(&sealed)
	if db.NoRows(err) {
		return nil, errNoInbound()
	}
	return sealed, err
}

// inboxRow is an event on its way in.
type inboxRow struct {
	id                     id.ID
	provider, message, typ string
	payload, sum           []byte
}

// insertInbox reports whether the event is a new one.
func insertInbox(ctx context.Context, tx db.Tx, at place, r inboxRow, now time.Time) (fresh bool, err error) {
	tag, err := tx.Exec(ctx, `insert into webhook_inbox (org_id, id, provider, account, event_id, type, payload_sealed, body_sum, state, received_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 'received', $9) on conflict (org_id, provider, account, event_id) do nothing`,
		at.org, r.id, r.provider, at.endpoint, r.message, r.typ, r.payload, r.sum, now)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, `update inbound_webhooks set last_received_at = $3 where org_id = $1 and id = $2`, at.org, at.endpoint, now)
	return true, err
}

// sameInbox returns the event that has this id already; another body under it is
// a conflict.
func sameInbox(ctx context.Context, tx db.Tx, at place, provider, message string, sum []byte) (event id.ID, err error) {
	var stored []byte
	err = tx.QueryRow(ctx, `select id, body_sum from webhook_inbox where org_id = $1 and provider = $2 and account = $3 and event_id = $4`,
		at.org, provider, at.endpoint, message).Scan(&event, &stored)
	if err == nil && !bytes.Equal(stored, sum) {
		return id.Nil, errs.New(errs.Conflict, "this webhook-id came before, with another body")
	}
	return event, err
}

// lockReceived returns the sealed body of an event that waits for its effect, or
// nil when it no longer does.
func lockReceived(ctx context.Context, tx db.Tx, org, event id.ID) (sealed []byte, err error) {
	err = tx.QueryRow(ctx, `select payload_sealed from webhook_inbox where org_id = $1 and id = $2 and state = 'received' for update`, org, event).Scan(&sealed)
	if db.NoRows(err) {
		return nil, nil
	}
	return sealed, err
}

// settleInbox stores what came of an event. The body is not needed any more, and
// holds personal data: it goes.
func settleInbox(ctx context.Context, tx db.Tx, org, event id.ID, state, result string, now time.Time) error {
	_, err := tx.Exec(ctx, `update webhook_inbox set state = $3, result = $4, acted_at = $5, payload_sealed = null
		where org_id = $1 and id = $2 and state = 'received'`, org, event, state, result, now)
	return err
}

func listInbox(ctx context.Context, tx db.Tx, org, which, before id.ID, limit int) ([]Received, error) {
	rows, err := tx.Query(ctx, `select id, event_id, type, state, result, received_at, acted_at from webhook_inbox
		where org_id = $1 and account = $2 and ($3 = '00000000-0000-0000-0000-000000000000'::uuid or id < $3) order by id desc limit $4`, org, which, before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Received, err error) {
		err = row.Scan(&r.ID, &r.EventID, &r.Type, &r.State, &r.Result, &r.ReceivedAt, &r.ActedAt)
		return r, err
	})
}
