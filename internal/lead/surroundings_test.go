package lead_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/clock"
)

func clockNow() clock.Clock { return clock.System{} }

// cutConnections ends every connection of the database but our own, as a
// restart of PostgreSQL does.
func cutConnections(t *testing.T, admin string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
}
