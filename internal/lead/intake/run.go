package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/lead/sheet"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const (
	// chunkRows a transaction: large enough that the commit does not count,
	// small enough that three chunks in memory and the locks of one are no burden.
	chunkRows = 5_000
	// previewRows are shown raw and mapped.
	previewRows = 10
	// skippedListed is how many skipped rows of an import are listed one by one:
	// importing a large file again skips all of it. Failed rows are all listed.
	skippedListed = 10_000
)

// errSuperseded ends a run whose import another run has taken over.
var errSuperseded = errors.New("another run has taken over the import")

// importRun is one attempt at an import. Reading and sealing happen in one
// goroutine, writing in another, so that PostgreSQL and we work at once.
type importRun struct {
	s     *Service
	org   id.ID
	token id.ID
	keys  *secret.Keys
	imp   Import // as claimed; counters are those of the start

	corrections Corrections

	seen map[[secret.BlindSize]byte]struct{} // dry runs only: whom the file would create so far
}

// RunImport works an import to its end. It may be called again after any
// interruption: it goes on with the first row whose chunk was not committed. A
// dry run starts anew.
func (s *Service) RunImport(ctx context.Context, org, imp id.ID) error {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	run := &importRun{s: s, org: org, token: id.New(), keys: keys, seen: map[[secret.BlindSize]byte]struct{}{}}
	if err := run.claim(ctx, imp); err != nil || run.imp.ID == id.Nil {
		return err
	}
	err = run.work(ctx)
	switch {
	case errors.Is(err, errSuperseded):
		return nil
	case errs.Is(err, errs.Invalid), errors.Is(err, os.ErrNotExist):
		return run.fail(ctx, err)
	case err != nil:
		return err
	}
	return s.Files.Remove(imp)
}

// claim makes this run the only one that may write. Nothing is claimed when the
// import has ended.
func (r *importRun) claim(ctx context.Context, imp id.ID) error {
	return r.s.DB.InTenant(ctx, r.org, func(tx db.Tx) error {
		i, err := loadImport(ctx, tx, r.org, imp, true)
		if err != nil || i.State != importPending && i.State != importRunning {
			return err
		}
		now := r.s.Clock.Now()
		i.State, i.run = importRunning, &r.token
		if i.StartedAt == nil {
			i.StartedAt = &now
		}
		if i.DryRun {
			i.RowsDone, i.RowsCreated, i.RowsUpdated, i.RowsSkipped, i.RowsFailed = 0, 0, 0, 0, 0
			i.Reasons, i.Contactable, i.preview = map[string]int{}, Contactable{Email: map[string]int{}, Call: map[string]int{}}, nil
			if err := forgetImportErrors(ctx, tx, r.org, imp); err != nil {
				return err
			}
		}
		text, err := r.keys.Open("imports", "corrections", imp, i.corrections)
		if err != nil {
			return err
		}
		if r.corrections, err = ParseCorrections(text); err != nil {
			return err
		}
		r.imp = i.Import
		return saveImport(ctx, tx, r.org, &i)
	})
}

// work reads chunks in one goroutine and writes them in another.
func (r *importRun) work(ctx context.Context) error {
	f, err := r.s.Files.Open(r.imp.ID)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	rows, err := sheet.Open(f, r.imp.FileBytes, os.TempDir())
	if err != nil {
		return fileError(err)
	}
	defer func() { _ = rows.Close() }()
	chunks := make(chan []*record, 1)
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(chunks)
		return r.read(both, rows, chunks)
	})
	group.Go(func() error {
		for chunk := range chunks {
			if err := r.write(both, chunk); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return r.finish(ctx)
}

// read turns the rows that are not done yet into sealed records.
func (r *importRun) read(ctx context.Context, rows sheet.Rows, chunks chan<- []*record) error {
	take := newTaker(r.imp.Columns, r.imp.source)
	seal := lead.NewSealer(r.keys, r.s.Clock.Now())
	skip := r.imp.RowsDone
	chunk, store := newChunk()
	send := func() error {
		select {
		case chunks <- chunk:
			chunk, store = newChunk()
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		cells, number, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fileError(err)
		}
		if number <= r.imp.HeaderRow {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		cells = r.corrections.apply(cells, number, r.imp.Columns)
		store = append(store, take.take(cells, number))
		rec := &store[len(store)-1]
		if rec.outcome != "" || r.imp.RowsDone == 0 && len(chunk) < previewRows {
			rec.cells = slices.Clone(cells) // the reader uses its slice again
		} else {
			rec.cells = nil
		}
		if rec.outcome != outcomeFailed {
			if err := seal.Seal(&rec.Entry); err != nil {
				return err
			}
		}
		if chunk = append(chunk, rec); len(chunk) == chunkRows {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(chunk) > 0 {
		return send()
	}
	return nil
}

// newChunk returns an empty chunk and the memory of its records, which is never
// moved.
func newChunk() ([]*record, []record) {
	return make([]*record, 0, chunkRows), make([]record, 0, chunkRows)
}

// write takes one chunk in, whole or not at all.
func (r *importRun) write(ctx context.Context, chunk []*record) error {
	return r.s.DB.InTenant(ctx, r.org, func(tx db.Tx) error {
		i, err := loadImport(ctx, tx, r.org, r.imp.ID, true)
		if err != nil {
			return err
		}
		if i.run == nil || *i.run != r.token || i.State != importRunning {
			return errSuperseded
		}
		staged := make([]*record, 0, len(chunk))
		for _, rec := range chunk {
			if rec.outcome != outcomeFailed {
				staged = append(staged, rec)
			}
		}
		c := &chunkResult{}
		if len(staged) > 0 {
			if err := r.settle(ctx, tx, staged, c); err != nil {
				return err
			}
		}
		if err := r.account(ctx, tx, &i, chunk, c); err != nil {
			return err
		}
		return r.tell(ctx, tx, &i)
	})
}

// chunkResult is what a chunk needs to be accounted for.
type chunkResult struct {
	suppressedEmail, suppressedPhone map[int]bool
}

// settle decides about staged records and writes their leads.
func (r *importRun) settle(ctx context.Context, tx db.Tx, staged []*record, c *chunkResult) error {
	entries := make([]*lead.Entry, len(staged))
	for i, rec := range staged {
		entries[i] = &rec.Entry
	}
	batch, err := r.s.Leads.Stage(ctx, tx, r.org, r.imp.ID, entries)
	if err != nil {
		return err
	}
	var created int64
	if !r.imp.DryRun {
		if created, err = batch.Insert(ctx); err != nil {
			return err
		}
	}
	matches := map[int][]lead.Match{}
	if created < int64(len(staged)) {
		list, err := batch.Matches(ctx, r.imp.DryRun)
		if err != nil {
			return err
		}
		for _, m := range list {
			matches[m.Number] = append(matches[m.Number], m)
		}
		if !r.imp.DryRun && int64(len(matches))+created != int64(len(staged)) {
			// Somebody deleted a lead between the two statements.
			return errs.New(errs.Unavailable, "leads changed while the import looked at them")
		}
	}
	var updates []update
	for _, rec := range staged {
		if u, ok := r.decide(rec, matches[rec.Number]); ok {
			updates = append(updates, u)
		}
	}
	if err := r.update(ctx, tx, updates, matches); err != nil {
		return err
	}
	if !r.imp.DryRun {
		if err := r.suppress(ctx, tx, staged); err != nil {
			return err
		}
	}
	c.suppressedEmail, c.suppressedPhone, err = batch.Suppressed(ctx)
	return err
}

// decide settles the outcome of a record, given the leads that have one of its
// addresses. It returns an update when the row belongs to an older lead.
func (r *importRun) decide(rec *record, matches []lead.Match) (update, bool) {
	if len(matches) == 0 {
		if r.imp.DryRun && !r.first(rec) {
			rec.skip("duplicate_row", "the same person as an earlier row of this file")
			return update{}, false
		}
		rec.done(outcomeCreated)
		return update{}, false
	}
	m := matches[0]
	for _, other := range matches[1:] {
		if rank(other.By) < rank(m.By) {
			m = other
		}
	}
	by := map[string]string{"email": "e-mail", "id": "name or id", "phone": "telephone number"}[m.By]
	switch {
	case m.Ours:
		rec.skip("duplicate_row", "the same person as an earlier row of this file, by "+by)
	case m.By == "phone" && m.Other:
		rec.skip("phone_taken", "its telephone number belongs to another person, lead "+m.Lead.String())
	case !r.imp.UpdateExisting:
		rec.skip("already_there", "already there as lead "+m.Lead.String()+", by "+by)
	default:
		return update{rec, m.Lead}, true
	}
	return update{}, false
}

// rank orders how surely a match is the same person.
func rank(by string) int {
	switch by {
	case "email":
		return 0
	case "id":
		return 1
	}
	return 2
}

// first reports whether the file names this person for the first time.
func (r *importRun) first(rec *record) bool {
	blinds := rec.Blinds()
	for _, b := range blinds {
		if _, again := r.seen[[secret.BlindSize]byte(pad(b))]; b != nil && again {
			return false
		}
	}
	for _, b := range blinds {
		if b != nil {
			r.seen[[secret.BlindSize]byte(b)] = struct{}{}
		}
	}
	return true
}

// pad makes nil convertible; the zero value is in no set.
func pad(b []byte) []byte {
	if b == nil {
		return make([]byte, secret.BlindSize)
	}
	return b
}

// done sets the outcome; a warning stays told.
func (rec *record) done(outcome string) {
	if rec.outcome == outcomeWarning {
		rec.code = outcomeWarning
	}
	rec.outcome = outcome
}

func (rec *record) skip(code, reason string) {
	rec.outcome, rec.code, rec.column, rec.reason = outcomeSkipped, code, "", reason
}

// suppress puts people on the list whom the file says not to contact.
func (r *importRun) suppress(ctx context.Context, tx db.Tx, staged []*record) error {
	var addresses []suppressed
	for _, rec := range staged {
		if rec.noEmail && rec.Email != "" {
			addresses = append(addresses, suppressed{compliance.KindEmail, rec.Email})
		}
		if rec.noCall && rec.Phone != "" {
			addresses = append(addresses, suppressed{compliance.KindPhone, rec.Phone})
		}
	}
	return r.s.suppress(ctx, tx, r.org, r.imp.ID, addresses)
}

// finish ends the import.
func (r *importRun) finish(ctx context.Context) error {
	return r.s.DB.InTenant(ctx, r.org, func(tx db.Tx) error {
		i, err := loadImport(ctx, tx, r.org, r.imp.ID, true)
		if err != nil {
			return err
		}
		if i.run == nil || *i.run != r.token {
			return errSuperseded
		}
		if i.RowsDone != i.RowsTotal {
			return errs.New(errs.Invalid, "the file has changed: %d rows were counted, %d read", i.RowsTotal, i.RowsDone)
		}
		now := r.s.Clock.Now()
		i.State, i.FinishedAt = importDone, &now
		if err := saveImport(ctx, tx, r.org, &i); err != nil {
			return err
		}
		return tell(ctx, tx, r.org, eventProgress, i.ID, now, progressOf(i.Import))
	})
}

// fail ends an import that cannot go on. What is in stays in and can be undone.
func (r *importRun) fail(ctx context.Context, cause error) error {
	r.s.Logger.Warn("import failed", "org_id", r.org, "import_id", r.imp.ID, "error", cause)
	err := r.s.DB.InTenant(ctx, r.org, func(tx db.Tx) error {
		i, err := loadImport(ctx, tx, r.org, r.imp.ID, true)
		if err != nil {
			return err
		}
		now := r.s.Clock.Now()
		i.State, i.FinishedAt, i.Error = importFailed, &now, "the stored file is gone: upload it again"
		if e := (*errs.Error)(nil); errors.As(cause, &e) {
			i.Error = e.Message
		}
		if err := saveImport(ctx, tx, r.org, &i); err != nil {
			return err
		}
		return tell(ctx, tx, r.org, eventProgress, i.ID, now, progressOf(i.Import))
	})
	return errors.Join(err, r.s.Files.Remove(r.imp.ID))
}

// tell appends the events of a chunk.
func (r *importRun) tell(ctx context.Context, tx db.Tx, i *importRow) error {
	now := r.s.Clock.Now()
	e, err := event.New(eventProgress, i.ID.String(), now, progressOf(i.Import))
	if err != nil {
		return err
	}
	events := []event.Event{e}
	if !i.DryRun {
		created, updated := i.RowsCreated-r.imp.RowsCreated, i.RowsUpdated-r.imp.RowsUpdated
		if created+updated > 0 {
			e, err := event.New(eventImported, i.ID.String(), now, imported{i.ID, created, updated})
			if err != nil {
				return err
			}
			events = append(events, e)
		}
	}
	r.imp.RowsCreated, r.imp.RowsUpdated = i.RowsCreated, i.RowsUpdated
	return event.Append(ctx, tx, r.org, events...)
}

// account adds a chunk to the import's counters, keeps the reasons of its rows,
// and makes the preview.
func (r *importRun) account(ctx context.Context, tx db.Tx, i *importRow, chunk []*record, c *chunkResult) error {
	var list []rowError
	for _, rec := range chunk {
		switch rec.outcome {
		case outcomeCreated:
			i.RowsCreated++
		case outcomeUpdated:
			i.RowsUpdated++
		case outcomeSkipped:
			i.RowsSkipped++
			i.Reasons[rec.code]++
		default:
			i.RowsFailed++
			i.Reasons[rec.code]++
		}
		r.reach(&i.Contactable, rec, c)
		if e, ok, err := r.rowError(rec); err != nil {
			return err
		} else if ok && (e.outcome != outcomeSkipped || i.RowsSkipped <= skippedListed) {
			list = append(list, e)
		}
	}
	if i.RowsDone == 0 {
		raw, err := json.Marshal(r.preview(chunk[:min(previewRows, len(chunk))]))
		if err != nil {
			return fmt.Errorf("preview: %w", err)
		}
		if i.preview, err = r.keys.Seal("imports", "preview", i.ID, string(raw)); err != nil {
			return err
		}
	}
	i.RowsDone += len(chunk)
	if err := insertImportErrors(ctx, tx, r.org, i.ID, list); err != nil {
		return err
	}
	return saveImport(ctx, tx, r.org, i)
}

// rowError is the line of errors.csv for a record, if it has one.
func (r *importRun) rowError(rec *record) (rowError, bool, error) {
	e := rowError{number: rec.Number, column: rec.column, reason: rec.reason}
	switch {
	case rec.outcome == outcomeFailed:
		e.outcome = outcomeFailed
	case rec.outcome == outcomeSkipped:
		e.outcome = outcomeSkipped
		return e, true, nil
	case rec.reason != "":
		e.outcome = outcomeWarning
	default:
		return e, false, nil
	}
	var err error
	e.raw, err = r.keys.Seal("import_errors", rawColumn(rec.Number), r.imp.ID, rawRow(rec.cells))
	return e, true, err
}

// preview shows records raw and mapped.
func (r *importRun) preview(chunk []*record) []PreviewRow {
	out := make([]PreviewRow, 0, len(chunk))
	for _, rec := range chunk {
		p := PreviewRow{Row: rec.Number, Raw: map[string]string{}, Lead: map[string]any{}, Outcome: rec.outcome, Column: rec.column, Reason: rec.reason}
		for i, cell := range rec.cells {
			name := "Column " + strconv.Itoa(i+1)
			if i < len(r.imp.Columns) {
				name = r.imp.Columns[i].Name
			}
			p.Raw[name] = plain.Cut(cell, lead.MaxText)
		}
		for name, value := range map[string]string{
			fieldEmail: rec.Email, fieldPhone: rec.Phone, fieldFirstName: rec.FirstName, fieldLastName: rec.LastName, fieldCompany: rec.Company,
			fieldTitle: rec.Title, fieldRegion: rec.Region, fieldTimezone: rec.Timezone, fieldSource: rec.Source, fieldExternal: rec.ExternalID,
		} {
			if value != "" {
				p.Lead[name] = value
			}
		}
		if len(rec.Tags) > 0 {
			p.Lead[fieldTags] = rec.Tags
		}
		if len(rec.Custom) > 0 {
			p.Lead["custom"] = rec.Custom
		}
		out = append(out, p)
	}
	return out
}

// reach counts how the person of a record could be contacted.
func (r *importRun) reach(to *Contactable, rec *record, c *chunkResult) {
	email, call := canReach, canReach
	switch {
	case rec.outcome == outcomeFailed && rec.code == "email":
		email, call = cannotInvalid, cannotInvalid
	case rec.outcome == outcomeFailed:
		email, call = cannotRead, cannotRead
		if rec.badPhone {
			email, call = cannotNone, cannotInvalid
		}
	case rec.outcome == outcomeSkipped && rec.code != "unchanged":
		email, call = cannotTwice, cannotTwice
	default:
		switch {
		case rec.Email == "":
			email = cannotNone
		case rec.noEmail, c.suppressedEmail[rec.Number]:
			email = cannotSuppress
		}
		switch {
		case rec.Phone == "" && rec.badPhone:
			call = cannotInvalid
		case rec.Phone == "":
			call = cannotNone
		case rec.noCall, c.suppressedPhone[rec.Number], c.suppressedEmail[rec.Number]:
			call = cannotSuppress
		case len(r.s.Compliance.Zones().Of(rec.Timezone, rec.Phone, rec.Region)) == 0:
			call = cannotZone
		}
		if c.suppressedPhone[rec.Number] && email == canReach {
			email = cannotSuppress // an opt-out counts on every channel
		}
	}
	to.Email[email]++
	to.Call[call]++
}
