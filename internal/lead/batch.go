package lead

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Entry is one person of a Batch. The fields of Lead must be in normal form and
// within the limits: an Entry is not checked again.
type Entry struct {
	Number int // by which the caller knows it again
	Lead
	sealed
}

// Blinds are the blind indexes by which a sealed entry is told from others:
// nil for those it has not.
func (e *Entry) Blinds() [][]byte { return [][]byte{e.emailBlind, e.phoneBlind, e.identityBlind} }

// Batch adds thousands of people of one import at the speed of COPY, within one
// transaction of the caller's. It appends no events: the caller tells of the
// whole.
type Batch struct {
	tx       db.Tx
	org, imp id.ID
	now      time.Time
}

// Stage takes sealed entries in, in the order in which they win over each
// other. Nothing is a lead before Insert.
func (s *Service) Stage(ctx context.Context, tx db.Tx, org, imp id.ID, entries []*Entry) (*Batch, error) {
	if err := stage(ctx, tx, entries); err != nil {
		return nil, err
	}
	return &Batch{tx: tx, org: org, imp: imp, now: s.Clock.Now()}, nil
}

// Insert makes leads of the entries whose addresses are free and returns how
// many. Of two entries of one person the earlier wins.
func (b *Batch) Insert(ctx context.Context) (int64, error) {
	return insertStaged(ctx, b.tx, b.org, b.imp, b.now)
}

// Match is a lead that has an address of an entry.
type Match struct {
	Number int
	Lead   id.ID
	By     string // email, id or phone
	Ours   bool   // made by this import
	Other  bool   // it has another e-mail than the entry
}

// Matches returns the leads that stand in the way of entries: of all of them,
// or of those that Insert left out.
func (b *Batch) Matches(ctx context.Context, all bool) ([]Match, error) {
	return matchStaged(ctx, b.tx, b.org, b.imp, all)
}

// Suppressed returns the numbers of the entries on the suppression list, by
// channel.
func (b *Batch) Suppressed(ctx context.Context) (email, phone map[int]bool, err error) {
	return suppressedStaged(ctx, b.tx, b.org)
}

// Revise locks leads in tx and lets edit change them; those that edit names are
// scored anew and written. Deleted ones are missing from what edit gets. The
// fields must stay in normal form; like a Batch it appends no events.
func (s *Service) Revise(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, edit func(map[id.ID]Lead) (changed []id.ID)) error {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	held, err := lockLeads(ctx, tx, org, uniqueIDs(leads), scanLead(keys))
	if err != nil {
		return err
	}
	changed := uniqueIDs(edit(held))
	if len(changed) == 0 {
		return nil
	}
	engaged, err := engagement(ctx, tx, org, changed)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	rows := make([]row, 0, len(changed))
	for _, lead := range changed {
		l := held[lead]
		l.UpdatedAt = now
		r, err := seal(keys, l, now, engaged[lead])
		if err != nil {
			return fmt.Errorf("revise lead %s: %w", lead, err)
		}
		rows = append(rows, r)
	}
	return updateLeads(ctx, tx, org, rows)
}

// Withdrawal is what one step of Withdraw did.
type Withdrawal struct {
	Last    id.ID // where the next step goes on
	Seen    int   // fewer than the limit: this was the last step
	Deleted int
	Kept    map[string]int // by reason: edited, touched, enrolled
}

// Withdraw deletes the leads of an import that nobody edited, touched or
// enrolled since: up to limit of those above after, in the order of their ids.
// It appends no events.
func (s *Service) Withdraw(ctx context.Context, tx db.Tx, org, imp, after id.ID, limit int) (Withdrawal, error) {
	list, err := undoable(ctx, tx, org, imp, after, limit)
	if err != nil {
		return Withdrawal{}, err
	}
	w := Withdrawal{Last: after, Seen: len(list), Kept: map[string]int{}}
	var gone []id.ID
	for _, k := range list {
		w.Last = k.lead
		if k.reason == "" {
			gone = append(gone, k.lead)
		} else {
			w.Kept[k.reason]++
		}
	}
	deleted, err := deleteLeads(ctx, tx, org, gone)
	w.Deleted = len(deleted)
	return w, err
}
