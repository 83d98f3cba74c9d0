package lead

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/lead/custom"
	"rainmaker/internal/lead/score"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// row is a lead as stored.
type row struct {
	Lead
	sealed
}

const leadColumns = `leads.id, leads.email_sealed, leads.phone_sealed, leads.external_id, leads.first_name, leads.last_name,
	leads.company, leads.title, leads.region, leads.timezone, leads.source, leads.tags, leads.custom, leads.custom_sealed,
	leads.status, leads.status_reason, leads.score, leads.score_reasons, leads.import_id, leads.version, leads.created_at, leads.updated_at`

// scanLead reads leadColumns and opens what is sealed.
func scanLead(keys *secret.Keys) pgx.RowToFunc[Lead] {
	return func(r pgx.CollectableRow) (Lead, error) {
		var l row
		err := r.Scan(&l.ID, &l.emailSealed, &l.phoneSealed, &l.ExternalID, &l.FirstName, &l.LastName,
			&l.Company, &l.Title, &l.Region, &l.Timezone, &l.Source, &l.Tags, &l.custom, &l.customSealed,
			&l.Status, &l.StatusReason, &l.Score, &l.reasons, &l.ImportID, &l.Version, &l.CreatedAt, &l.UpdatedAt)
		if err != nil {
			return Lead{}, err
		}
		return l.open(keys)
	}
}

func (l *row) open(keys *secret.Keys) (Lead, error) {
	var err error
	if l.Email, err = keys.Open("leads", "email", l.ID, l.emailSealed); err != nil {
		return Lead{}, err
	}
	if l.Phone, err = keys.Open("leads", "phone", l.ID, l.phoneSealed); err != nil {
		return Lead{}, err
	}
	hidden, err := keys.Open("leads", "custom", l.ID, l.customSealed)
	if err != nil {
		return Lead{}, err
	}
	if l.Custom, err = custom.Join(l.custom, hidden); err != nil {
		return Lead{}, fmt.Errorf("lead %s: %w", l.ID, err)
	}
	if l.ScoreReasons, err = score.Decode(l.reasons); err != nil {
		return Lead{}, fmt.Errorf("lead %s: %w", l.ID, err)
	}
	l.CreatedAt, l.UpdatedAt = l.CreatedAt.UTC(), l.UpdatedAt.UTC()
	return l.Lead, nil
}

// insertLead returns false when another lead has one of its addresses.
func insertLead(ctx context.Context, tx db.Tx, org id.ID, l row) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into leads (org_id, id, email_sealed, email_blind, email_domain_blind, phone_sealed, phone_blind,
			identity_blind, external_id, first_name, last_name, company, title, region, timezone, source, name_key, last_name_key,
			company_key, tags, custom, custom_sealed, status, score, score_reasons, import_id, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $27)
		on conflict do nothing`,
		org, l.ID, l.emailSealed, l.emailBlind, l.domainBlind, l.phoneSealed, l.phoneBlind,
		l.identityBlind, l.ExternalID, l.FirstName, l.LastName, l.Company, l.Title, l.Region, l.Timezone, l.Source,
		l.nameKey, l.lastNameKey, l.companyKey, l.Tags, l.custom, l.customSealed, l.Status, l.Score, l.reasons, l.ImportID, l.CreatedAt)
	if err != nil {
		return false, fmt.Errorf("insert lead: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// owner is a lead that already has an address.
type owner struct {
	id    id.ID
	field string
}

// findOwners returns the other leads that have any of l's addresses.
func findOwners(ctx context.Context, tx db.Tx, org id.ID, l row) ([]owner, error) {
	rows, err := tx.Query(ctx, `select id, 'email' from leads where org_id = $1 and email_blind = $3 and id <> $2
		union all select id, 'phone' from leads where org_id = $1 and phone_blind = $4 and id <> $2
		union all select id, 'external_id' from leads where org_id = $1 and identity_blind = $5 and id <> $2`,
		org, l.ID, l.emailBlind, l.phoneBlind, l.identityBlind)
	if err != nil {
		return nil, fmt.Errorf("find duplicates: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (owner, error) {
		var o owner
		return o, r.Scan(&o.id, &o.field)
	})
}

// lockMode of a read: an update of a lead takes no key lock, so that foreign
// keys to it stay free.
const lockLead = ` for no key update`

func loadLead(ctx context.Context, tx db.Tx, keys *secret.Keys, org, lead id.ID, lock bool) (Lead, error) {
	sql := `select ` + leadColumns + ` from leads where org_id = $1 and id = $2`
	if lock {
		sql += lockLead
	}
	rows, err := tx.Query(ctx, sql, org, lead)
	if err != nil {
		return Lead{}, fmt.Errorf("load lead: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, scanLead(keys))
	if db.NoRows(err) {
		return Lead{}, errs.New(errs.NotFound, "not found")
	}
	if err != nil {
		return Lead{}, fmt.Errorf("load lead %s: %w", lead, err)
	}
	return l, nil
}

const updateLeadSQL = `update leads set email_sealed = $3, email_blind = $4, email_domain_blind = $5, phone_sealed = $6, phone_blind = $7,
		identity_blind = $8, external_id = $9, first_name = $10, last_name = $11, company = $12, title = $13, region = $14,
		timezone = $15, source = $16, name_key = $17, last_name_key = $18, company_key = $19, tags = $20, custom = $21,
		custom_sealed = $22, status = $23, status_reason = $24, score = $25, score_reasons = $26, updated_at = $27, version = version + 1
	where org_id = $1 and id = $2`

func updateLeadArgs(org id.ID, l row) []any {
	return []any{
		org, l.ID, l.emailSealed, l.emailBlind, l.domainBlind, l.phoneSealed, l.phoneBlind,
		l.identityBlind, l.ExternalID, l.FirstName, l.LastName, l.Company, l.Title, l.Region, l.Timezone, l.Source,
		l.nameKey, l.lastNameKey, l.companyKey, l.Tags, l.custom, l.customSealed, l.Status, l.StatusReason, l.Score, l.reasons, l.UpdatedAt,
	}
}

// updateLead writes everything that a patch can change. The error violates a
// unique index when another lead got one of its addresses.
func updateLead(ctx context.Context, tx db.Tx, org id.ID, l row) error {
	_, err := tx.Exec(ctx, updateLeadSQL, updateLeadArgs(org, l)...)
	return err
}

// deleteLeads removes leads and what was recorded about them. Suppressions
// stay: they are what keeps the person from being contacted after a re-import.
func deleteLeads(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) ([]id.ID, error) {
	rows, err := tx.Query(ctx, `delete from leads where org_id = $1 and id = any($2) returning id`, org, leads)
	if err != nil {
		return nil, fmt.Errorf("delete leads: %w", err)
	}
	gone, err := pgx.CollectRows(rows, pgx.RowTo[id.ID])
	if err != nil {
		return nil, fmt.Errorf("delete leads: %w", err)
	}
	if _, err := tx.Exec(ctx, `delete from interactions where org_id = $1 and lead_id = any($2)`, org, gone); err != nil {
		return nil, fmt.Errorf("delete interactions: %w", err)
	}
	return gone, nil
}

// moved is one lead whose status changed.
type moved struct {
	id   id.ID
	from Status
}

func moveStatus(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, from []Status, to Status, reason string, now time.Time) ([]moved, error) {
	rows, err := tx.Query(ctx, `update leads set status = $4, status_reason = $5, updated_at = $6, version = version + 1
		from (select id, status from leads where org_id = $1 and id = any($2) and status = any($3) order by id for no key update) old
		where leads.org_id = $1 and leads.id = old.id
		returning leads.id, old.status`, org, leads, from, to, reason, now)
	if err != nil {
		return nil, fmt.Errorf("move to %s: %w", to, err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (moved, error) {
		var m moved
		return m, r.Scan(&m.id, &m.from)
	})
}

// scored is what a score is computed from and what it was.
type scored struct {
	id          id.ID
	emailSealed []byte
	facts       score.Facts
	score       int
}

// scoringTypes are the interactions that a score counts.
const scoringTypes = `('email.replied', 'email.clicked', 'call.answered', 'meeting.booked', 'payment.received', 'reply.corrected', 'reply.resorted')`

// sortedAs counts the answers of a lead that are sorted so now: as they came in,
// and as a person or a model sorted them later (data.from, data.to).
func sortedAs(intents string) string {
	return `count(*) filter (where type in ('email.replied', 'call.answered') and data->>'intent' in ` + intents + `)
		+ count(*) filter (where type in ('reply.corrected', 'reply.resorted') and data->>'to' in ` + intents + `)
		- count(*) filter (where type in ('reply.corrected', 'reply.resorted') and data->>'from' in ` + intents + `)`
}

// lockForScore returns the facts of leads, locked in order of their ids.
func lockForScore(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) ([]scored, error) {
	rows, err := tx.Query(ctx, `select l.id, l.email_sealed, l.phone_blind is not null, l.company, l.title, l.region <> '' or l.timezone <> '', l.status, l.score
		from leads l where l.org_id = $1 and l.id = any($2) order by l.id for no key update`, org, leads)
	if err != nil {
		return nil, fmt.Errorf("facts for scores: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (scored, error) {
		var s scored
		var status Status
		err := r.Scan(&s.id, &s.emailSealed, &s.facts.HasPhone, &s.facts.Company, &s.facts.Title, &s.facts.HasZone, &status, &s.score)
		s.facts.Closed = status.closed()
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("facts for scores: %w", err)
	}
	engaged, err := engagement(ctx, tx, org, leads)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].facts.Engagement = engaged[out[i].id]
	}
	return out, nil
}

func engagement(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) (map[id.ID]score.Engagement, error) {
	rows, err := tx.Query(ctx, `select lead_id,
			count(*) filter (where type = 'call.answered' or type = 'email.replied' and coalesce(data->>'intent', '') not in ('out_of_office', 'auto_reply'))
				+ count(*) filter (where type in ('reply.corrected', 'reply.resorted') and data->>'from' = 'out_of_office' and data->>'to' <> 'out_of_office')
				- count(*) filter (where type in ('reply.corrected', 'reply.resorted') and data->>'from' <> 'out_of_office' and data->>'to' = 'out_of_office'),
			`+sortedAs(`('interested', 'question')`)+`,
			`+sortedAs(`('not_interested', 'opt_out')`)+`,
			count(*) filter (where type = 'email.clicked' and data->>'human' = 'true'),
			count(*) filter (where type = 'meeting.booked'),
			count(*) filter (where type = 'payment.received'),
			coalesce(max(occurred_at) filter (where type in ('email.replied', 'call.answered')), 'epoch')
		from interactions where org_id = $1 and lead_id = any($2) and type in `+scoringTypes+` group by lead_id`, org, leads)
	if err != nil {
		return nil, fmt.Errorf("engagement: %w", err)
	}
	out := make(map[id.ID]score.Engagement, len(leads))
	var lead id.ID
	var e score.Engagement
	_, err = pgx.ForEachRow(rows, []any{&lead, &e.Replies, &e.Positive, &e.Negative, &e.Clicks, &e.Meetings, &e.Payments, &e.LastReply}, func() error {
		out[lead] = e
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("engagement: %w", err)
	}
	return out, nil
}

func writeScores(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, scores []int, reasons []string, now time.Time) error {
	_, err := tx.Exec(ctx, `update leads set score = u.score, score_reasons = u.reasons::jsonb, updated_at = $5, version = version + 1
		from unnest($2::uuid[], $3::int[], $4::text[]) as u(id, score, reasons)
		where leads.org_id = $1 and leads.id = u.id`, org, leads, scores, reasons, now)
	if err != nil {
		return fmt.Errorf("write scores: %w", err)
	}
	return nil
}

func changeTags(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, add, remove []string, now time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `update leads set tags = u.tags, updated_at = $5, version = version + 1
		from (select id, array(select t from (
				select distinct on (t) t, o from unnest(tags || $3::text[]) with ordinality as w(t, o) where t <> all($4::text[]) order by t, o) d order by o) as tags
			from leads where org_id = $1 and id = any($2) order by id for no key update) u
		where leads.org_id = $1 and leads.id = u.id and leads.tags is distinct from u.tags and cardinality(u.tags) <= $6`,
		org, leads, add, remove, now, MaxTags)
	if err != nil {
		return 0, fmt.Errorf("change tags: %w", err)
	}
	return tag.RowsAffected(), nil
}
