package compliance

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

type senderRow struct {
	paused, hasAddress bool
	timezone           string
	touches, days      int
}

// loadSender reads the organisation's row: the gate needs it in the transaction
// of the intent, so that the kill switch and the gate cannot pass each other.
func loadSender(ctx context.Context, tx db.Tx, org id.ID) (senderRow, error) {
	var row senderRow
	err := tx.QueryRow(ctx, `select paused_at is not null,
			coalesce(postal_address->>'line1', '') <> '' and coalesce(postal_address->>'city', '') <> '',
			timezone,
			coalesce((settings->'frequency'->>'touches')::int, 0),
			coalesce((settings->'frequency'->>'days')::int, 0)
		from organizations where id = $1`, org).
		Scan(&row.paused, &row.hasAddress, &row.timezone, &row.touches, &row.days)
	return row, err
}

// suppressedLeads returns the leads of the touches any of whose addresses is on
// the list.
func suppressedLeads(ctx context.Context, tx db.Tx, org id.ID, touches []Touch) (map[id.ID]bool, error) {
	var leads []id.ID
	var kinds []string
	var blinds [][]byte
	for _, touch := range touches {
		for _, address := range []struct {
			kind  string
			blind []byte
		}{{KindEmail, touch.EmailBlind}, {KindEmailDomain, touch.DomainBlind}, {KindPhone, touch.PhoneBlind}} {
			if len(address.blind) > 0 {
				leads, kinds, blinds = append(leads, touch.Lead), append(kinds, address.kind), append(blinds, address.blind)
			}
		}
	}
	rows, err := tx.Query(ctx, `select distinct t.lead
		from unnest($2::uuid[], $3::text[], $4::bytea[]) as t(lead, kind, blind)
		join suppressions s on s.org_id = $1 and s.kind = t.kind and s.blind = t.blind`, org, leads, kinds, blinds)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[id.ID])
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]bool, len(found))
	for _, lead := range found {
		out[lead] = true
	}
	return out, nil
}

type suppressionRow struct {
	id     id.ID
	kind   string
	blind  []byte
	sealed []byte
}

func insertSuppressions(ctx context.Context, tx db.Tx, org id.ID, why NewSuppression, now time.Time, rows []suppressionRow) (int64, error) {
	ids, kinds := make([]id.ID, len(rows)), make([]string, len(rows))
	blinds, sealed := make([][]byte, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		ids[i], kinds[i], blinds[i], sealed[i] = row.id, row.kind, row.blind, row.sealed
	}
	var lead *id.ID
	if why.Lead != id.Nil {
		lead = &why.Lead
	}
	tag, err := tx.Exec(ctx, `insert into suppressions (org_id, id, kind, blind, value_sealed, reason, source, lead_id, created_at)
		select $1, t.id, t.kind, t.blind, t.sealed, $6, $7, $8, $9
		from unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) as t(id, kind, blind, sealed)
		on conflict (org_id, kind, blind) do update set reason = excluded.reason, source = excluded.source,
				lead_id = coalesce(excluded.lead_id, suppressions.lead_id)
			where excluded.reason in ('opt_out', 'complaint') and suppressions.reason not in ('opt_out', 'complaint')`,
		org, ids, kinds, blinds, sealed, why.Reason, why.Source, lead, now)
	return tag.RowsAffected(), err
}

type sealedSuppression struct {
	Suppression
	sealed []byte
}

func listSuppressions(ctx context.Context, tx db.Tx, org id.ID, before time.Time, beforeID id.ID, limit int) ([]sealedSuppression, error) {
	var at *time.Time
	if !before.IsZero() {
		at = &before
	}
	rows, err := tx.Query(ctx, `select id, kind, value_sealed, reason, source, lead_id, created_at
		from suppressions
		where org_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
		order by created_at desc, suppressions.id desc limit $4`, org, at, beforeID, limit)
	if err != nil {
		return nil, fmt.Errorf("list suppressions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (sealedSuppression, error) {
		var s sealedSuppression
		err := row.Scan(&s.ID, &s.Kind, &s.sealed, &s.Reason, &s.Source, &s.LeadID, &s.CreatedAt)
		return s, err
	})
}

func suppressionsOf(ctx context.Context, tx db.Tx, org id.ID, blinds [][]byte) ([]Suppression, error) {
	rows, err := tx.Query(ctx, `select id, kind, reason, source, lead_id, created_at
		from suppressions where org_id = $1 and kind in ('email', 'email_domain', 'phone') and blind = any($2)
		order by created_at`, org, blinds)
	if err != nil {
		return nil, fmt.Errorf("suppressions of a lead: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Suppression, error) {
		var s Suppression
		err := row.Scan(&s.ID, &s.Kind, &s.Reason, &s.Source, &s.LeadID, &s.CreatedAt)
		return s, err
	})
}

func suppressionReason(ctx context.Context, tx db.Tx, org, suppression id.ID) (string, error) {
	var reason string
	err := tx.QueryRow(ctx, `select reason from suppressions where org_id = $1 and id = $2 for update`, org, suppression).Scan(&reason)
	if db.NoRows(err) {
		return "", errs.New(errs.NotFound, "not found")
	}
	return reason, err
}

func deleteSuppression(ctx context.Context, tx db.Tx, org, suppression id.ID) error {
	_, err := tx.Exec(ctx, `delete from suppressions where org_id = $1 and id = $2`, org, suppression)
	return err
}

func insertConsent(ctx context.Context, tx db.Tx, org id.ID, c Consent, evidence []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into consents
		(org_id, id, lead_id, channel, purpose, state, evidence_sealed, text_version, occurred_at, recorded_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		org, c.ID, c.LeadID, c.Channel, c.Purpose, c.State, evidence, c.TextVersion, c.OccurredAt, now)
	return err
}

// consentRow is a Consent with its evidence sealed. One from an older version
// may have it in clear until the keeper of keys has been there.
type consentRow struct {
	Consent
	sealed []byte
}

func leadConsents(ctx context.Context, tx db.Tx, org, lead id.ID) ([]consentRow, error) {
	rows, err := tx.Query(ctx, `select id, lead_id, channel, purpose, state, evidence, text_version, occurred_at, evidence_sealed
		from consents where org_id = $1 and lead_id = $2 order by occurred_at desc`, org, lead)
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c consentRow, err error) {
		err = r.Scan(&c.ID, &c.LeadID, &c.Channel, &c.Purpose, &c.State, &c.Evidence, &c.TextVersion, &c.OccurredAt, &c.sealed)
		return c, err
	})
}
