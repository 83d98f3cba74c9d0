package auth

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db/dbtest"
)

// dumpOf is the text of every row of every table, as a superuser reads them;
// bytes are hexadecimal.
func dumpOf(t *testing.T) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dbtest.Admin(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `select tablename from pg_tables where schemaname = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, table := range tables {
		var text *string
		sql := `select string_agg(r::text, e'\n') from ` + pgx.Identifier{table}.Sanitize() + ` r`
		if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text != nil {
			out.WriteString(*text)
		}
	}
	return out.String()
}
