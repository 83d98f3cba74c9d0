package watch

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

func addCounts(ctx context.Context, tx db.Tx, tenant id.ID, counts map[slot]int64) error {
	var kinds, actors []string
	var minutes []time.Time
	var ns []int64
	for c, n := range counts {
		kinds, actors = append(kinds, string(c.kind)), append(actors, string(c.actor))
		minutes, ns = append(minutes, c.minute), append(ns, n)
	}
	// In one order, so that two processes do not wait for each other in a circle.
	_, err := tx.Exec(ctx, `insert into security_counts as c (org_id, kind, actor, minute, n)
		select $1, kind, actor, minute, n from unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[]) u (kind, actor, minute, n)
		order by kind, actor, minute
		on conflict (org_id, kind, actor, minute) do update set n = c.n + excluded.n`, tenant, kinds, actors, minutes, ns)
	return err
}

func pruneCounts(ctx context.Context, tx db.Tx, tenant id.ID, before time.Time) error {
	_, err := tx.Exec(ctx, `delete from security_counts where org_id = $1 and minute < $2`, tenant, before)
	return err
}

// sumCounts adds up the minutes from the one of from, up to that of to, which
// does not count.
func sumCounts(ctx context.Context, tx db.Tx, tenant id.ID, kind signal.Kind, actor org.Actor, everybody bool, from, to time.Time) (n int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(sum(n), 0)::bigint from security_counts
		where org_id = $1 and kind = $2 and ($3 or actor = $4) and minute >= $5 and minute < $6`, tenant, kind, everybody, actor,
		from.UTC().Truncate(time.Minute), to.UTC().Truncate(time.Minute)).Scan(&n)
	return n, err
}

const alertColumns = `id, kind, severity, actor, state, evidence, first_at, last_at, judged_by, judged_at, note`

func scanAlert(row pgx.CollectableRow) (Alert, error) {
	var a Alert
	err := row.Scan(&a.ID, &a.Kind, &a.Severity, &a.Actor, &a.State, &a.Evidence, &a.FirstAt, &a.LastAt, &a.JudgedBy, &a.JudgedAt, &a.Note)
	return a, err
}

// upsertAlert reports whether the alert is new or graver than it was.
func upsertAlert(ctx context.Context, tx db.Tx, tenant id.ID, a Alert, evidence map[string]any) (Alert, bool, error) {
	var was Severity
	err := tx.QueryRow(ctx, `select severity from alerts where org_id = $1 and kind = $2 and actor = $3 and state <> 'closed' for update`,
		tenant, a.Kind, a.Actor).Scan(&was)
	if err != nil && !db.NoRows(err) {
		return a, false, err
	}
	fresh := db.NoRows(err) || rank(a.Severity) > rank(was)
	if !db.NoRows(err) && rank(was) > rank(a.Severity) {
		a.Severity = was
	}
	rows, err := tx.Query(ctx, `insert into alerts as t (org_id, id, kind, severity, actor, evidence, first_at, last_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (org_id, kind, actor) where state <> 'closed'
		do update set last_at = excluded.last_at, severity = excluded.severity, evidence = t.evidence || excluded.evidence
		returning `+alertColumns, tenant, a.ID, a.Kind, a.Severity, a.Actor, evidence, a.FirstAt, a.LastAt)
	if err != nil {
		return a, false, err
	}
	a, err = pgx.CollectExactlyOneRow(rows, scanAlert)
	return a, fresh, err
}

func rank(s Severity) int {
	switch s {
	case High:
		return 3
	case Medium:
		return 2
	}
	return 1
}

func selectAlerts(ctx context.Context, tx db.Tx, tenant id.ID, state AlertState, before id.ID, limit int) ([]Alert, error) {
	rows, err := tx.Query(ctx, `select `+alertColumns+` from alerts
		where org_id = $1 and ($2 = '' or state = $2) and ($3::uuid is null or id < $3) order by id desc limit $4`,
		tenant, state, orNone(before), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAlert)
}

func selectAlert(ctx context.Context, tx db.Tx, tenant, alert id.ID) (Alert, error) {
	rows, err := tx.Query(ctx, `select `+alertColumns+` from alerts where org_id = $1 and id = $2 for update`, tenant, alert)
	if err != nil {
		return Alert{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanAlert)
}

func updateAlert(ctx context.Context, tx db.Tx, tenant id.ID, a Alert) error {
	_, err := tx.Exec(ctx, `update alerts set state = $3, judged_by = $4, judged_at = $5, note = $6 where org_id = $1 and id = $2`,
		tenant, a.ID, a.State, a.JudgedBy, a.JudgedAt, a.Note)
	return err
}

func orNone(v id.ID) *id.ID {
	if v == id.Nil {
		return nil
	}
	return &v
}
