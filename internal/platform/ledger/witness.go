package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// maxRemembered bounds the memory of a witness that cannot reach the database:
// about 20 MB.
const maxRemembered = 100_000

// appended is a row as its process wrote it.
type appended struct {
	org, id id.ID
	mac     []byte
	xid     string // of the transaction; text, because pgx has no xid8
}

// witness remembers appended rows until their transaction has ended. A row whose
// transaction committed and that is not there was taken away.
type witness struct {
	mu   sync.Mutex
	rows []appended
}

func (w *witness) remember(a appended) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rows) < maxRemembered {
		w.rows = append(w.rows, a)
	}
}

func (w *witness) take() []appended {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := w.rows
	w.rows = nil
	return rows
}

// lostAction is the entry that tells of a row that was taken away before it was
// sealed.
const lostAction = "audit.entry_lost"

// testify asks what became of the rows appended since the last time, and
// records those that were taken away. It returns how many.
func (b *Book) testify(ctx context.Context, d *db.DB, now time.Time) (int, error) {
	rows := b.witness.take()
	if len(rows) == 0 {
		return 0, nil
	}
	fates, err := fatesOf(ctx, d, rows)
	if err != nil {
		for _, r := range rows {
			b.witness.remember(r)
		}
		return 0, fmt.Errorf("witness: %w", err)
	}
	lost := 0
	for i, r := range rows {
		switch {
		case fates[i].status == "in progress":
			b.witness.remember(r)
		case fates[i].status != "committed" || fates[i].found:
			// It never happened, or all is well.
		default:
			lost++
			err := d.InTenant(ctx, r.org, func(tx db.Tx) error {
				return Append(ctx, tx, Entry{
					Org: r.org, ID: id.New(), At: now, Actor: "system:ledger", Action: lostAction, Target: "audit_entry:" + r.id.String(), Data: "{}",
				})
			})
			if err != nil {
				return lost, fmt.Errorf("record a lost entry: %w", err)
			}
		}
	}
	return lost, nil
}
