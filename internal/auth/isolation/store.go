package isolation

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

const isolationColumns = `id, incident_id, kind, subject, at, by, released_at, released_by`

func scanIsolation(row pgx.CollectableRow) (Isolation, error) {
	var i Isolation
	err := row.Scan(&i.ID, &i.IncidentID, &i.Kind, &i.Subject, &i.At, &i.By, &i.ReleasedAt, &i.ReleasedBy)
	return i, err
}

func selectShutOut(ctx context.Context, tx db.Tx, tenant id.ID) (ShutOut, error) {
	out := ShutOut{users: map[id.ID]bool{}, keys: map[id.ID]bool{}}
	rows, err := tx.Query(ctx, `select kind, subject from isolations where org_id = $1 and released_at is null`, tenant)
	if err != nil {
		return out, err
	}
	var kind Kind
	var subject id.ID
	_, err = pgx.ForEachRow(rows, []any{&kind, &subject}, func() error {
		switch kind {
		case User:
			out.users[subject] = true
		case Key:
			out.keys[subject] = true
		default:
			out.everybody = true
		}
		return nil
	})
	return out, err
}

// isolatable reports whether the subject is of the organisation.
func isolatable(ctx context.Context, tx db.Tx, tenant id.ID, i Isolation) (found bool, err error) {
	switch i.Kind {
	case User:
		err = tx.QueryRow(ctx, `select exists (select from members where org_id = $1 and user_id = $2)`, tenant, i.Subject).Scan(&found)
	case Key:
		err = tx.QueryRow(ctx, `select exists (select from api_keys where org_id = $1 and id = $2)`, tenant, i.Subject).Scan(&found)
	default:
		found = i.Subject == tenant
	}
	return found, err
}

func insertIsolation(ctx context.Context, tx db.Tx, tenant id.ID, i Isolation) error {
	_, err := tx.Exec(ctx, `insert into isolations (org_id, id, incident_id, kind, subject, at, by) values ($1, $2, $3, $4, $5, $6, $7)`,
		tenant, i.ID, i.IncidentID, i.Kind, i.Subject, i.At, i.By)
	return err
}

// endSessionsOf ends the sessions of a user, or of everybody who is no admin.
func endSessionsOf(ctx context.Context, tx db.Tx, tenant id.ID, i Isolation, now time.Time) error {
	if i.Kind == Key {
		return nil // a key has none
	}
	_, err := tx.Exec(ctx, `update sessions s set revoked_at = $2, revoked_reason = 'isolated'
		where s.org_id = $1 and s.revoked_at is null and (
			$3 = 'user' and s.user_id = $4
			or $3 = 'organization' and exists (select from members m where m.org_id = s.org_id and m.user_id = s.user_id and m.role <> 'admin'))`,
		tenant, now, i.Kind, i.Subject)
	return err
}

func releaseIsolation(ctx context.Context, tx db.Tx, tenant, incident, isolation id.ID, by org.Actor, now time.Time) (Isolation, error) {
	rows, err := tx.Query(ctx, `update isolations set released_at = $4, released_by = $5
		where org_id = $1 and incident_id = $2 and id = $3 and released_at is null returning `+isolationColumns, tenant, incident, isolation, now, by)
	if err != nil {
		return Isolation{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanIsolation)
}

func selectIsolations(ctx context.Context, tx db.Tx, tenant, incident id.ID) ([]Isolation, error) {
	rows, err := tx.Query(ctx, `select `+isolationColumns+` from isolations where org_id = $1 and incident_id = $2 order by id`, tenant, incident)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanIsolation)
}
