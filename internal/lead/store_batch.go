package lead

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// stageColumns are those of leads that a file can fill, in the order of
// stageValues.
const stageColumns = `id, email_sealed, email_blind, email_domain_blind, phone_sealed, phone_blind, identity_blind, external_id,
	first_name, last_name, company, title, region, timezone, source, name_key, last_name_key, company_key, tags, custom, custom_sealed, score, score_reasons`

var stageNames = []string{
	"row_number", "id", "email_sealed", "email_blind", "email_domain_blind", "phone_sealed", "phone_blind", "identity_blind", "external_id",
	"first_name", "last_name", "company", "title", "region", "timezone", "source", "name_key", "last_name_key", "company_key", "tags", "custom", "custom_sealed", "score", "score_reasons",
}

// stage copies entries into a temporary table that ends with the transaction.
// Its names are qualified, so that no other table can be meant.
func stage(ctx context.Context, tx db.Tx, entries []*Entry) error {
	_, err := tx.Exec(ctx, `create temporary table import_stage (
		row_number int, id uuid, email_sealed bytea, email_blind bytea, email_domain_blind bytea, phone_sealed bytea, phone_blind bytea,
		identity_blind bytea, external_id text, first_name text, last_name text, company text, title text, region text, timezone text, source text,
		name_key text, last_name_key text, company_key text, tags text[], custom jsonb, custom_sealed bytea, score int, score_reasons jsonb
	) on commit drop`)
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"pg_temp", "import_stage"}, stageNames, &stageSource{entries: entries})
	if err != nil {
		return fmt.Errorf("stage %d rows: %w", len(entries), err)
	}
	return nil
}

// stageSource feeds entries to COPY without a slice of slices.
type stageSource struct {
	entries []*Entry
	next    int
	values  [24]any
}

// Next implements pgx.CopyFromSource.
func (s *stageSource) Next() bool {
	s.next++
	return s.next <= len(s.entries)
}

// Values implements pgx.CopyFromSource.
func (s *stageSource) Values() ([]any, error) {
	l := s.entries[s.next-1]
	s.values = [24]any{
		int32(l.Number), l.ID, l.emailSealed, l.emailBlind, l.domainBlind, l.phoneSealed, l.phoneBlind, l.identityBlind, l.ExternalID,
		l.FirstName, l.LastName, l.Company, l.Title, l.Region, l.Timezone, l.Source, l.nameKey, l.lastNameKey, l.companyKey,
		l.Tags, json.RawMessage(l.custom), l.customSealed, int32(l.Score), json.RawMessage(l.reasons),
	}
	return s.values[:], nil
}

// Err implements pgx.CopyFromSource.
func (s *stageSource) Err() error { return nil }

// insertStaged makes leads of the staged rows whose addresses are free, and
// returns how many. Of two rows of one person the earlier wins: a temporary
// table that one COPY has filled is read in that order, and sorting it again
// costs more than everything else that happens to it.
func insertStaged(ctx context.Context, tx db.Tx, org, imp id.ID, now time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `insert into leads (org_id, import_id, created_at, updated_at, `+stageColumns+`)
		select $1, $2, $3, $3, `+stageColumns+` from pg_temp.import_stage
		on conflict do nothing`, org, imp, now)
	if err != nil {
		return 0, fmt.Errorf("insert staged rows: %w", err)
	}
	return tag.RowsAffected(), nil
}

// matchStaged returns the leads that stand in the way of staged rows. all asks
// for every row (nothing was inserted), else for those that were not inserted.
func matchStaged(ctx context.Context, tx db.Tx, org, imp id.ID, all bool) ([]Match, error) {
	// A chunk is small beside the table: reading all leads to hash them, which
	// the planner prefers from a few million index pages on, is the wrong plan.
	for _, sql := range []string{
		`analyze pg_temp.import_stage (row_number, id, email_blind, phone_blind, identity_blind)`,
		`set local enable_hashjoin = off`, `set local enable_mergejoin = off`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("match: %w", err)
		}
	}
	rest := ``
	if !all {
		rest = ` where not exists (select from leads x where x.org_id = $1 and x.id = s.id)`
	}
	part := func(by, column string) string {
		return `select s.row_number, l.id, '` + by + `', l.import_id is not distinct from $2,
			coalesce(l.email_blind <> s.email_blind, false)
			from pg_temp.import_stage s join leads l on l.org_id = $1 and l.` + column + ` = s.` + column + rest
	}
	rows, err := tx.Query(ctx, part("email", "email_blind")+` union all `+part("id", "identity_blind")+` union all `+part("phone", "phone_blind"), org, imp)
	if err != nil {
		return nil, fmt.Errorf("match: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Match, error) {
		var m Match
		return m, r.Scan(&m.Number, &m.Lead, &m.By, &m.Ours, &m.Other)
	})
	if err != nil {
		return nil, fmt.Errorf("match: %w", err)
	}
	for _, sql := range []string{`set local enable_hashjoin = on`, `set local enable_mergejoin = on`} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("match: %w", err)
		}
	}
	return out, nil
}

// suppressedStaged returns which staged rows are on the suppression list, by
// kind. Most organisations' lists are short, many empty.
func suppressedStaged(ctx context.Context, tx db.Tx, org id.ID) (email, phone map[int]bool, err error) {
	email, phone = map[int]bool{}, map[int]bool{}
	var some bool
	if err := tx.QueryRow(ctx, `select exists (select from suppressions where org_id = $1)`, org).Scan(&some); err != nil {
		return nil, nil, fmt.Errorf("suppressions: %w", err)
	}
	if !some {
		return email, phone, nil
	}
	rows, err := tx.Query(ctx, `select s.row_number, x.kind from pg_temp.import_stage s join suppressions x on x.org_id = $1 and x.kind = 'email' and x.blind = s.email_blind
		union all select s.row_number, x.kind from pg_temp.import_stage s join suppressions x on x.org_id = $1 and x.kind = 'email_domain' and x.blind = s.email_domain_blind
		union all select s.row_number, x.kind from pg_temp.import_stage s join suppressions x on x.org_id = $1 and x.kind = 'phone' and x.blind = s.phone_blind`, org)
	if err != nil {
		return nil, nil, fmt.Errorf("suppressions: %w", err)
	}
	var number int
	var kind string
	_, err = pgx.ForEachRow(rows, []any{&number, &kind}, func() error {
		if kind == "phone" {
			phone[number] = true
		} else {
			email[number] = true
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("suppressions: %w", err)
	}
	return email, phone, nil
}

// updateLeads writes many leads in one round trip.
func updateLeads(ctx context.Context, tx db.Tx, org id.ID, list []row) error {
	batch := &pgx.Batch{}
	for _, l := range list {
		batch.Queue(updateLeadSQL, updateLeadArgs(org, l)...)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("update %d leads: %w", len(list), err)
	}
	return nil
}

// lockLeads returns leads by id, locked.
func lockLeads(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, scan pgx.RowToFunc[Lead]) (map[id.ID]Lead, error) {
	rows, err := tx.Query(ctx, `select `+leadColumns+` from leads where org_id = $1 and id = any($2) order by leads.id for no key update`, org, leads)
	if err != nil {
		return nil, fmt.Errorf("lock leads: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("lock leads: %w", err)
	}
	out := make(map[id.ID]Lead, len(list))
	for _, l := range list {
		out[l.ID] = l
	}
	return out, nil
}

// undoable locks up to limit leads of an import above after, and returns each
// with the reason to keep it ("" when it can go). The reasons are looked up in a
// statement of their own: what the lock waited for, only the next one sees.
func undoable(ctx context.Context, tx db.Tx, org, imp, after id.ID, limit int) ([]keep, error) {
	rows, err := tx.Query(ctx, `select id from leads where org_id = $1 and import_id = $2 and id > $3 order by id limit $4`+lockLead, org, imp, after, limit)
	if err != nil {
		return nil, fmt.Errorf("leads of import: %w", err)
	}
	leads, err := pgx.CollectRows(rows, pgx.RowTo[id.ID])
	if err != nil {
		return nil, fmt.Errorf("leads of import: %w", err)
	}
	rows, err = tx.Query(ctx, `select l.id, case
			when exists (select from enrolments e where e.org_id = $1 and e.lead_id = l.id) then 'enrolled'
			when exists (select from interactions i where i.org_id = $1 and i.lead_id = l.id) then 'touched'
			when l.version > 1 then 'edited'
			else '' end
		from leads l where l.org_id = $1 and l.id = any($2) order by l.id`, org, leads)
	if err != nil {
		return nil, fmt.Errorf("what keeps leads of import: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (keep, error) {
		var k keep
		return k, r.Scan(&k.lead, &k.reason)
	})
}

type keep struct {
	lead   id.ID
	reason string
}
