package watch

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const incidentColumns = `id, title, severity, state, opened_by, opened_at, closed_at, version`

func scanIncident(row pgx.CollectableRow) (Incident, error) {
	var i Incident
	err := row.Scan(&i.ID, &i.Title, &i.Severity, &i.State, &i.OpenedBy, &i.OpenedAt, &i.ClosedAt, &i.Version)
	return i, err
}

func insertIncident(ctx context.Context, tx db.Tx, tenant id.ID, i Incident) error {
	_, err := tx.Exec(ctx, `insert into incidents (org_id, id, title, severity, state, opened_by, opened_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tenant, i.ID, i.Title, i.Severity, i.State, i.OpenedBy, i.OpenedAt, i.Version)
	return err
}

func updateIncident(ctx context.Context, tx db.Tx, tenant id.ID, i Incident) error {
	_, err := tx.Exec(ctx, `update incidents set state = $3, closed_at = $4, version = $5 where org_id = $1 and id = $2`,
		tenant, i.ID, i.State, i.ClosedAt, i.Version)
	return err
}

func findIncident(ctx context.Context, tx db.Tx, tenant, incident id.ID, lock bool) (Incident, error) {
	suffix := ""
	if lock {
		suffix = " for update"
	}
	rows, err := tx.Query(ctx, `select `+incidentColumns+` from incidents where org_id = $1 and id = $2`+suffix, tenant, incident)
	if err != nil {
		return Incident{}, err
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanIncident)
	if db.NoRows(err) {
		return i, errs.New(errs.NotFound, "incident not found")
	}
	return i, err
}

func selectIncidents(ctx context.Context, tx db.Tx, tenant, before id.ID, limit int) ([]Incident, error) {
	rows, err := tx.Query(ctx, `select `+incidentColumns+` from incidents
		where org_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`, tenant, orNone(before), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanIncident)
}

func insertEntry(ctx context.Context, tx db.Tx, tenant, incident id.ID, e Entry) error {
	_, err := tx.Exec(ctx, `insert into incident_entries (org_id, id, incident_id, at, actor, kind, text, data) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tenant, e.ID, incident, e.At, e.Actor, e.Kind, e.Text, e.Data)
	return err
}

func selectEntries(ctx context.Context, tx db.Tx, tenant, incident id.ID) ([]Entry, error) {
	rows, err := tx.Query(ctx, `select id, at, actor, kind, text, data from incident_entries where org_id = $1 and incident_id = $2 order by id`, tenant, incident)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Entry, error) {
		var e Entry
		err := row.Scan(&e.ID, &e.At, &e.Actor, &e.Kind, &e.Text, &e.Data)
		return e, err
	})
}
