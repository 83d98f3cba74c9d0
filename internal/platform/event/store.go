package event

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// querier is what a pool and a transaction have in common.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func publish(ctx context.Context, d *db.DB, n int) (moved int, last int64, err error) {
	err = d.Pool().QueryRow(ctx, `select moved, last from outbox_publish($1)`, n).Scan(&moved, &last)
	if err != nil {
		return 0, 0, fmt.Errorf("publish events: %w", err)
	}
	return moved, last, nil
}

// fetch reads events of all organisations in order.
func fetch(ctx context.Context, q querier, after int64, n int, maxBytes int64) ([]Event, error) {
	rows, err := q.Query(ctx, `select seq, org_id, id, type, subject, occurred_at, data from outbox_fetch($1, $2, $3)`, after, n, maxBytes)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

func scanEvent(row pgx.CollectableRow) (Event, error) {
	var e Event
	err := row.Scan(&e.Seq, &e.Org, &e.ID, &e.Type, &e.Subject, &e.OccurredAt, &e.Data)
	e.OccurredAt = e.OccurredAt.UTC()
	return e, err
}

// ReadOrg reads org's published events with after < seq <= upTo, in order, in
// tx, which is org's.
func ReadOrg(ctx context.Context, tx db.Tx, org id.ID, after, upTo int64, n int) ([]Event, error) {
	rows, err := tx.Query(ctx, `select seq, org_id, id, type, subject, occurred_at, data from outbox
		where org_id = $1 and seq > $2 and seq <= $3 order by seq limit $4`, org, after, upTo, n)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// Latest reads org's newest published events with after < seq < before, newest
// first, in tx, which is org's. A before of 0 means no bound.
func Latest(ctx context.Context, tx db.Tx, org id.ID, types []string, after, before int64, n int) ([]Event, error) {
	rows, err := tx.Query(ctx, `select seq, org_id, id, type, subject, occurred_at, data from outbox
		where org_id = $1 and seq > $2 and ($3 = 0 or seq < $3) and type = any ($4) order by seq desc limit $5`,
		org, after, before, types, n)
	if err != nil {
		return nil, fmt.Errorf("latest events: %w", err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("latest events: %w", err)
	}
	return events, nil
}

// Bounds returns the sequence numbers between which every event is still there:
// a follower at or after floor has missed nothing.
func Bounds(ctx context.Context, d *db.DB) (floor, last int64, err error) {
	err = d.Pool().QueryRow(ctx, `select floor, last from outbox_bounds()`).Scan(&floor, &last)
	if err != nil {
		return 0, 0, fmt.Errorf("bounds of events: %w", err)
	}
	return floor, last, nil
}

func ensureCursor(ctx context.Context, d *db.DB, consumer string) error {
	_, err := d.Pool().Exec(ctx, `insert into event_cursors (consumer, seq) values ($1, 0) on conflict do nothing`, consumer)
	if err != nil {
		return fmt.Errorf("cursor of %s: %w", consumer, err)
	}
	return nil
}

// lockCursor returns pgx.ErrNoRows when another process holds the cursor.
func lockCursor(ctx context.Context, tx db.Tx, consumer string) (int64, error) {
	var seq int64
	err := tx.QueryRow(ctx, `select seq from event_cursors where consumer = $1 for update skip locked`, consumer).Scan(&seq)
	return seq, err
}

func moveCursor(ctx context.Context, tx db.Tx, consumer string, seq int64) error {
	_, err := tx.Exec(ctx, `update event_cursors set seq = $2 where consumer = $1`, consumer, seq)
	return err
}

// lockOffset returns how far the consumer has counted for org and holds that row
// until the end of tx: the cursor's lock may be gone with its connection.
func lockOffset(ctx context.Context, tx db.Tx, org id.ID, consumer string) (int64, error) {
	const read = `select seq from event_offsets where org_id = $1 and consumer = $2 for update`
	var seq int64
	err := tx.QueryRow(ctx, read, org, consumer).Scan(&seq)
	if !db.NoRows(err) {
		return seq, err
	}
	if _, err := tx.Exec(ctx, `insert into event_offsets (org_id, consumer, seq) values ($1, $2, 0) on conflict do nothing`, org, consumer); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, read, org, consumer).Scan(&seq)
	return seq, err
}

func moveOffset(ctx context.Context, tx db.Tx, org id.ID, consumer string, seq int64) error {
	_, err := tx.Exec(ctx, `update event_offsets set seq = $3 where org_id = $1 and consumer = $2`, org, consumer, seq)
	return err
}

func insertParked(ctx context.Context, tx db.Tx, org id.ID, consumer string, e Event, cause string) error {
	_, err := tx.Exec(ctx, `insert into event_parked (org_id, consumer, seq, event_id, type, error) values ($1, $2, $3, $4, $5, $6)
		on conflict do nothing`, org, consumer, e.Seq, e.ID, e.Type, cause)
	return err
}
