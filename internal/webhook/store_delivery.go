package webhook

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// delivery is a row as the deliverer sees it.
type delivery struct {
	id, endpoint, event id.ID
	typ, payload, state string
	attempts            int // this one included
	due                 time.Time
}

func insertDeliveries(ctx context.Context, tx db.Tx, org id.ID, rows []delivery, now time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	n := len(rows)
	ids, endpoints, events := make([]id.ID, n), make([]id.ID, n), make([]id.ID, n)
	types, payloads, dues, attempts := make([]string, n), make([]string, n), make([]time.Time, n), make([]int32, n)
	for i, r := range rows {
		ids[i], endpoints[i], events[i], types[i], payloads[i], dues[i], attempts[i] = r.id, r.endpoint, r.event, r.typ, r.payload, r.due, int32(r.attempts)
	}
	_, err := tx.Exec(ctx, `insert into webhook_deliveries (org_id, id, endpoint_id, event_id, event_type, payload, state, attempts, due_at, created_at)
		select $1, i, e, v, t, p, 'pending', a, d, $9
		from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::int[]) as u(i, e, v, t, p, d, a)
		on conflict (org_id, endpoint_id, event_id) do nothing`,
		org, ids, endpoints, events, types, payloads, dues, attempts, now)
	return err
}

func duePlaces(ctx context.Context, tx db.Tx, now time.Time, most int) ([]place, error) {
	rows, err := tx.Query(ctx, `select org_id, endpoint_id from webhook_due($1, $2)`, now, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p place, err error) {
		err = row.Scan(&p.org, &p.endpoint)
		return p, err
	})
}

// claimDeliveries takes due rows and counts the attempt. Until the lease is over
// nobody else takes them.
func claimDeliveries(ctx context.Context, tx db.Tx, org, which id.ID, now, until time.Time, most int) ([]delivery, error) {
	rows, err := tx.Query(ctx, `with mine as (
			select id from webhook_deliveries where org_id = $1 and endpoint_id = $2 and state = 'pending' and due_at <= $3
			order by due_at, id limit $5 for update skip locked
		)
		update webhook_deliveries d set attempts = attempts + 1, due_at = $4 from mine where d.org_id = $1 and d.id = mine.id
		returning d.id, d.endpoint_id, d.event_id, d.event_type, d.payload, d.attempts`, org, which, now, until, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (d delivery, err error) {
		err = row.Scan(&d.id, &d.endpoint, &d.event, &d.typ, &d.payload, &d.attempts)
		return d, err
	})
}

// settleDelivery stores an outcome. attempts tells an attempt from a later one
// of a process that took over: the older outcome must not undo the newer.
//
// What a receiver said is sealed, for it may repeat what it was told and where;
// why there was no answer is in our words.
func settleDelivery(ctx context.Context, tx db.Tx, keys *secret.Keys, org id.ID, d delivery, r result, now time.Time) error {
	due := d.due
	if due.IsZero() {
		due = now
	}
	var (
		status *int
		sealed []byte
		why    = r.answer
		err    error
	)
	if r.status != 0 {
		status, why = &r.status, ""
		if sealed, err = keys.Seal(tableDeliveries, "answer", d.id, r.answer); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `update webhook_deliveries set state = $3, due_at = $4, status = $5, answer = $6, answer_sealed = $7, duration_ms = $8, tried_at = $9
		where org_id = $1 and id = $2 and attempts = $10 and state = 'pending'`,
		org, d.id, d.state, due, status, why, sealed, r.took.Milliseconds(), now, d.attempts)
	return err
}

func failPending(ctx context.Context, tx db.Tx, org, which id.ID, why string) error {
	_, err := tx.Exec(ctx, `update webhook_deliveries set state = 'failed', answer = case when attempts = 0 then $3 else answer end
		where org_id = $1 and endpoint_id = $2 and state = 'pending'`, org, which, why)
	return err
}

// tableDeliveries is the table's name in sealed places.
const tableDeliveries = "webhook_deliveries"

const deliveryColumns = `id, endpoint_id, event_id, event_type, state, attempts, due_at, status, answer, answer_sealed, duration_ms, payload, created_at, tried_at`

// scanDelivery reads a delivery with the keys that open what was answered.
func scanDelivery(row pgx.CollectableRow, keys *secret.Keys) (d Delivery, err error) {
	var (
		due     time.Time
		payload string
		sealed  []byte
	)
	err = row.Scan(&d.ID, &d.EndpointID, &d.EventID, &d.EventType, &d.State, &d.Attempts, &due, &d.Status, &d.Answer, &sealed, &d.DurationMS, &payload, &d.CreatedAt, &d.TriedAt)
	if err == nil && sealed != nil {
		d.Answer, err = keys.Open(tableDeliveries, "answer", d.ID, sealed)
	}
	d.Payload = []byte(payload)
	if d.State == StatePending {
		d.NextAt = &due
	}
	return d, err
}

func listDeliveries(ctx context.Context, tx db.Tx, keys *secret.Keys, org, which, before id.ID, state string, limit int) ([]Delivery, error) {
	rows, err := tx.Query(ctx, `select `+deliveryColumns+` from webhook_deliveries
		where org_id = $1 and endpoint_id = $2 and ($3 = '00000000-0000-0000-0000-000000000000'::uuid or id < $3) and ($4 = '' or state = $4)
		order by id desc limit $5`, org, which, before, state, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Delivery, error) { return scanDelivery(row, keys) })
}

func oneDelivery(keys *secret.Keys, rows pgx.Rows, err error) (Delivery, error) {
	if err != nil {
		return Delivery{}, err
	}
	d, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (Delivery, error) { return scanDelivery(row, keys) })
	if db.NoRows(err) {
		return Delivery{}, errs.New(errs.NotFound, "there is no such delivery")
	}
	return d, err
}

func findDelivery(ctx context.Context, tx db.Tx, keys *secret.Keys, org, which, delivery id.ID) (Delivery, error) {
	rows, err := tx.Query(ctx, `select `+deliveryColumns+` from webhook_deliveries where org_id = $1 and endpoint_id = $2 and id = $3`, org, which, delivery)
	return oneDelivery(keys, rows, err)
}

func resetDelivery(ctx context.Context, tx db.Tx, keys *secret.Keys, org, which, delivery id.ID, now time.Time) (Delivery, error) {
	rows, err := tx.Query(ctx, `update webhook_deliveries set state = 'pending', attempts = 0, due_at = $4
		where org_id = $1 and endpoint_id = $2 and id = $3 returning `+deliveryColumns, org, which, delivery, now)
	return oneDelivery(keys, rows, err)
}

// pruneBatch deliveries, or marks of what came in, are deleted in one statement.
const pruneBatch = 5000

func pruneDeliveries(ctx context.Context, tx db.Tx, before time.Time) error {
	var gone, seen int64
	return tx.QueryRow(ctx, `select webhook_prune($1, $2), webhook_inbox_prune($1, $2)`, before, pruneBatch).Scan(&gone, &seen)
}
