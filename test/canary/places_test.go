package canary

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db/embedded"
)

// haystacks is all that is searched, by place.
type haystacks map[string][]byte

// owner connects as the superuser of the running program's database.
func (p *program) owner(t *testing.T) *pgx.Conn {
	t.Helper()
	url, err := embedded.Beside(p.data)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// dump reads every column of every table, as pg_dump would write it; bytes are
// there as they are and in hexadecimal.
func dump(t *testing.T, conn *pgx.Conn, into haystacks) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select c.oid::regclass::text, a.attname
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
		where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and a.attnum > 0 and not a.attisdropped
		order by 1, a.attnum`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Table, Column string }])
	if err != nil {
		t.Fatal(err)
	}
	var batch pgx.Batch
	for _, c := range columns {
		batch.Queue(`select ` + pgx.Identifier{c.Column}.Sanitize() + `::text from ` + c.Table + ` where ` + pgx.Identifier{c.Column}.Sanitize() + ` is not null`)
	}
	results := conn.SendBatch(t.Context(), &batch)
	for _, c := range columns {
		rows, err := results.Query()
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		values, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		name := partition.Replace(c.Table) + "." + c.Column
		for _, v := range values {
			into[name] = append(append(into[name], v...), '\n')
			if raw, ok := strings.CutPrefix(v, `\x`); ok {
				if bytes, err := hex.DecodeString(raw); err == nil {
					into[name] = append(append(into[name], bytes...), '\n')
				}
			}
		}
	}
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	// What is in memory goes to the files.
	if _, err := conn.Exec(t.Context(), `checkpoint`); err != nil {
		t.Fatal(err)
	}
}

// partition names partitions after their table.
var partition = func() *strings.Replacer {
	pairs := []string{"interactions_other", "interactions"}
	for year := 2020; year < 2050; year++ {
		for month := 1; month <= 12; month++ {
			pairs = append(pairs, fmt.Sprintf("interactions_%d%02d", year, month), "interactions")
		}
	}
	return strings.NewReplacer(pairs...)
}()

// files reads the data directory: tables and indexes as they lie there, the
// write-ahead log, uploads, checkpoints. The installation's own key is left out:
// it is what all else hangs on.
func files(t *testing.T, dir string, into haystacks) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "master.key" || d.Name() == "password" {
			return nil //nolint:nilerr // files come and go while the server runs
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // the same
		}
		rel, _ := filepath.Rel(dir, path)
		into["file "+rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leaks searches all places and returns where a value stands that may not.
func leaks(seeds []*seed, all haystacks) []string {
	s := newSearcher(seeds)
	var out []string
	for where, text := range all {
		for c, around := range s.in(text) {
			if !c.may(where) {
				quoted, _ := json.Marshal(around) // a string always marshals
				out = append(out, fmt.Sprintf("%s stands in %s: %s", c.name, where, quoted))
			}
		}
	}
	slices.Sort(out)
	return out
}

// may reports whether the value may stand there. A file of the database holds
// the columns of all tables: what stands in one of them in clear stands in files.
func (c *seed) may(where string) bool {
	if slices.Contains(c.clear, where) {
		return true
	}
	return strings.HasPrefix(where, "file data/") && slices.ContainsFunc(c.clear, func(p string) bool { return strings.Contains(p, ".") })
}

// unused returns leave that nobody needed: a list of exceptions must not grow
// beyond the truth.
func unused(seeds []*seed, all haystacks) []string {
	var out []string
	for _, c := range seeds {
		s := newSearcher([]*seed{c})
		for _, p := range c.clear {
			if !c.replaced && len(s.in(all[p])) == 0 {
				out = append(out, c.name+" does not stand in "+p)
			}
		}
	}
	return out
}
