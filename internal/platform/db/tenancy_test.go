package db_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db/dbtest"
)

// TestTenancyPage: docs/tenancy.md names exactly the functions that see more
// than one tenant and the tables that have none, so that neither comes into
// being without a reason that somebody wrote down.
func TestTenancyPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "tenancy.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(text), "\n## Tables without a tenant\n")
	tables, functions, ok := strings.Cut(tables, "\n## Functions that see more than one tenant\n")
	if !ok {
		t.Fatal("docs/tenancy.md has lost its headings")
	}
	dbtest.New(t)
	conn, err := pgx.Connect(t.Context(), dbtest.Admin(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, list := range []struct{ what, page, sql string }{
		{"functions", functions, `select p.proname || '(' || oidvectortypes(p.proargtypes) || ')'
			from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1`},
		{"tables", tables, `select c.relname::text from pg_class c
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity order by 1`},
	} {
		rows, err := conn.Query(t.Context(), list.sql)
		if err != nil {
			t.Fatal(err)
		}
		there, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, name := range there {
			want[name] = true
		}
		if diff := cmp.Diff(want, firstCells(list.page)); diff != "" {
			t.Errorf("%s in the database (-) and in docs/tenancy.md (+):\n%s", list.what, diff)
		}
	}
}

// firstCells are the names in the first column of a table in Markdown.
func firstCells(page string) map[string]bool {
	names := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(page, -1) {
		names[match[1]] = true
	}
	return names
}
