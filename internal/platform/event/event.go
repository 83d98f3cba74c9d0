// Package event is the outbox: every change of the domain writes an event in its
// own transaction, a relay gives published events their sequence numbers, and
// consumers keep their offset in the transaction of their effect, so each event
// counts once.
//
// Tables: outbox, outbox_head, event_cursors, event_offsets, event_parked.
// Files: event.go (the envelope, Append), relay.go (publish, wake, prune),
// consumer.go (effects, once each), follow.go (live updates), store.go.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/id"
)

// Event is one thing that happened, with the fields of CloudEvents 1.0 that
// matter inside one program: id, type, subject, time, data. Its source is
// always /orgs/{Org}.
type Event struct {
	ID         id.ID           `json:"id"`
	Org        id.ID           `json:"-"`
	Seq        int64           `json:"seq"`
	Type       string          `json:"type"`    // past tense, such as lead.created
	Subject    string          `json:"subject"` // the aggregate's id; order is kept per subject
	OccurredAt time.Time       `json:"occurred_at"`
	Data       json.RawMessage `json:"data"`
}

// New returns an event about subject; data is marshalled to JSON. It must not
// hold personal data beyond names and ids: events are stored in clear and shown
// in feeds.
func New(typ, subject string, at time.Time, data any) (Event, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("event %s: %w", typ, err)
	}
	return Event{ID: id.New(), Type: typ, Subject: subject, OccurredAt: at, Data: raw}, nil
}

// Append writes events to the outbox of org in tx.
func Append(ctx context.Context, tx pgx.Tx, org id.ID, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	ids := make([]id.ID, len(events))
	types := make([]string, len(events))
	subjects := make([]string, len(events))
	times := make([]time.Time, len(events))
	data := make([]string, len(events))
	for i, e := range events {
		ids[i], types[i], subjects[i], times[i], data[i] = e.ID, e.Type, e.Subject, e.OccurredAt, string(e.Data)
	}
	_, err := tx.Exec(ctx, `insert into outbox (id, org_id, type, subject, occurred_at, data)
		select i, $1, t, s, o, d::jsonb
		from unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) as u(i, t, s, o, d)`,
		org, ids, types, subjects, times, data)
	if err != nil {
		return fmt.Errorf("append events: %w", err)
	}
	return nil
}
