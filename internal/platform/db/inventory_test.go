package db_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db/dbtest"
)

// inventory is docs/data.md: the class of each column that can hold words or
// bytes, by table.column.
type inventory struct {
	class   map[string]string
	reasons map[string]bool // columns whose clear personal data is explained
}

// classes are the columns of the page's table, after the table's name.
var classes = []string{"sealed", "blind", "hash", "code", "words", "personal"}

func readInventory(t *testing.T) inventory {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "data.md"))
	if err != nil {
		t.Fatal(err)
	}
	inv := inventory{map[string]string{}, map[string]bool{}}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name := regexp.MustCompile("^ `([a-z_]+)` $").FindStringSubmatch(cells[0])
		if name == nil || len(cells) != len(classes)+1 {
			continue
		}
		for i, class := range classes {
			for column := range strings.FieldsSeq(cells[i+1]) {
				key := name[1] + "." + column
				if before := inv.class[key]; before != "" {
					t.Errorf("docs/data.md: %s is %s and %s", key, before, class)
				}
				inv.class[key] = class
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)^- (`[^:]+):").FindAllStringSubmatch(string(text), -1) {
		for _, name := range regexp.MustCompile("`([a-z_.]+)`").FindAllStringSubmatch(m[1], -1) {
			inv.reasons[name[1]] = true
		}
	}
	return inv
}

// TestInventory: every column that can hold words or bytes has its class in
// docs/data.md, columns are what their name says, and personal data in clear has
// its reason there.
func TestInventory(t *testing.T) {
	inv := readInventory(t)
	d := dbtest.New(t)
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `select c.relname || '.' || a.attname, format_type(a.atttypid, -1)
		from pg_class c join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'goose_db_version'
			and a.attnum > 0 and not a.attisdropped
			and a.atttypid not in ('uuid'::regtype, 'uuid[]'::regtype, 'int'::regtype, 'bigint'::regtype, 'real'::regtype, 'double precision'::regtype,
				'boolean'::regtype, 'timestamptz'::regtype, 'date'::regtype) order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, Type string }])
	if err != nil {
		t.Fatal(err)
	}
	left := inv.class
	for _, c := range columns {
		class := left[c.Name]
		delete(left, c.Name)
		if class == "" {
			t.Errorf("%s (%s) has no class: seal it if it holds data of people, and put it into docs/data.md", c.Name, c.Type)
			continue
		}
		for suffix, want := range map[string]string{"sealed": "sealed", "_blind": "blind", "_hash": "hash"} {
			if strings.HasSuffix(c.Name, suffix) && class != want {
				t.Errorf("%s is %s by its name and %s in docs/data.md", c.Name, want, class)
			}
		}
		if opaque := slices.Contains([]string{"sealed", "blind"}, class); opaque && c.Type != "bytea" {
			t.Errorf("%s is %s and of type %s", c.Name, class, c.Type)
		}
		if (class == "personal") != inv.reasons[c.Name] {
			t.Errorf("%s: class %s, and a reason under \"Personal data in clear\": %v", c.Name, class, inv.reasons[c.Name])
		}
	}
	for name := range left {
		t.Errorf("docs/data.md: there is no column %s", name)
	}
}
