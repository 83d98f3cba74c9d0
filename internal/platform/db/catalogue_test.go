package db_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rainmaker/internal/platform/db/dbtest"
)

// keyExceptions are tables whose primary key lacks org_id, and foreign keys that
// do not begin with it (named by their constraint), each with its reason.
func keyExceptions() map[string]string {
	return map[string]string{
		"outbox":               "the relay numbers events over all tenants by id alone; the policy still compares org_id",
		"members_user_id_fkey": "people are one row over all tenants, and may be added to any",
	}
}

// TestTenantTables asks the catalogue about every table that has an org_id.
func TestTenantTables(t *testing.T) {
	d := dbtest.New(t)
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	used := map[string]bool{}
	excused := func(name string) bool {
		used[name] = true
		return keyExceptions()[name] != ""
	}
	for _, table := range tenantTables(t, conn) {
		if !table.enabled || !table.forced || !table.both {
			t.Errorf("%s: row-level security enabled %v, forced %v, policy with USING and WITH CHECK %v: want all (enable_tenant_rls)", table.name, table.enabled, table.forced, table.both)
		}
		if !slices.Contains(table.primary, "org_id") && !excused(table.name) {
			t.Errorf("%s: the primary key %v lacks org_id", table.name, table.primary)
		}
		for name, columns := range table.foreign {
			if columns[0] != "org_id" && !excused(name) {
				t.Errorf("%s: the foreign key %s on %v does not begin with org_id: it could point into another tenant", table.name, name, columns)
			}
		}
	}
	for name := range keyExceptions() {
		if !used[name] {
			t.Errorf("%s is excepted and needs it no more", name)
		}
	}
}

// TestNoTenantNoRows: without a tenant the program's role sees no row of any
// tenant table and adds none.
func TestNoTenantNoRows(t *testing.T) {
	d := dbtest.New(t)
	conn, err := pgx.Connect(t.Context(), dbtest.AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	tenant := dbtest.Org(t, d)
	// A row that nobody may see, wherever one can be made from defaults.
	filled := 0
	for _, table := range tenantTables(t, conn) {
		name := pgx.Identifier{table.name}.Sanitize()
		if _, err := conn.Exec(t.Context(), `begin; set local session_replication_role = replica`); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `insert into `+name+` (`+strings.Join(table.needed, ", ")+`) values (`+strings.Join(table.values(tenant.String()), ", ")+`)`); err == nil {
			filled++
			_, err = conn.Exec(t.Context(), `commit`)
			if err != nil {
				t.Fatal(err)
			}
		} else if _, err := conn.Exec(t.Context(), `rollback`); err != nil {
			t.Fatal(err)
		}
	}
	if filled < 10 {
		t.Errorf("only %d tables could be filled: the test says little", filled)
	}
	for _, table := range tenantTables(t, conn) {
		name := pgx.Identifier{table.name}.Sanitize()
		program, err := d.Pool().Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !table.readable {
			program.Release()
			continue
		}
		var n int
		if err := program.QueryRow(t.Context(), `select count(*) from `+name).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s shows %d rows without a tenant (%v)", table.name, n, err)
		}
		_, err = program.Exec(t.Context(), `insert into `+name+` (`+strings.Join(table.needed, ", ")+`) values (`+strings.Join(table.values(tenant.String()), ", ")+`)`)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s took a row without a tenant: %v", table.name, err)
		}
		program.Release()
	}
}

// tenantTable is what the catalogue says of a table with an org_id.
type tenantTable struct {
	name                            string
	enabled, forced, both, readable bool
	primary                         []string
	foreign                         map[string][]string
	needed, types                   []string // columns without a default, and their types
}

// values are some for the columns that are needed.
func (t tenantTable) values(tenant string) []string {
	var out []string
	for i, column := range t.needed {
		switch kind := t.types[i]; {
		case column == "org_id":
			out = append(out, "'"+tenant+"'")
		case kind == "uuid":
			out = append(out, "gen_random_uuid()")
		case kind == "bytea":
			out = append(out, "decode(md5(random()::text), 'hex')")
		case strings.HasPrefix(kind, "timestamp") || kind == "date":
			out = append(out, "now()")
		case kind == "jsonb":
			out = append(out, "'{}'")
		case kind == "boolean":
			out = append(out, "false")
		case strings.HasSuffix(kind, "[]"):
			out = append(out, "'{}'")
		case kind == "text":
			out = append(out, "'x'")
		default:
			out = append(out, "1")
		}
	}
	return out
}

func tenantTables(t *testing.T, conn *pgx.Conn) []tenantTable {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		select c.relname::text, c.relrowsecurity, c.relforcerowsecurity,
			exists (select from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null),
			has_table_privilege('rainmaker_app', c.oid, 'select'),
			coalesce((select array_agg(a.attname::text order by k.n) from pg_constraint x, unnest(x.conkey) with ordinality k (att, n), pg_attribute a
				where x.conrelid = c.oid and x.contype = 'p' and a.attrelid = c.oid and a.attnum = k.att), '{}'),
			(select coalesce(array_agg(a.attname::text order by a.attnum), '{}') from pg_attribute a
				where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef and a.attidentity = ''),
			(select coalesce(array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum), '{}') from pg_attribute a
				where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef and a.attidentity = '')
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id' and not o.attisdropped)
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tenantTable, error) {
		v := tenantTable{foreign: map[string][]string{}}
		return v, row.Scan(&v.name, &v.enabled, &v.forced, &v.both, &v.readable, &v.primary, &v.needed, &v.types)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tables {
		rows, err := conn.Query(t.Context(), `select x.conname::text, array_agg(a.attname::text order by k.n)
			from pg_constraint x, unnest(x.conkey) with ordinality k (att, n), pg_attribute a
			where x.conrelid = $1::regclass and x.contype = 'f' and a.attrelid = x.conrelid and a.attnum = k.att
				and x.confrelid <> 'organizations'::regclass
			group by 1`, tables[i].name)
		if err != nil {
			t.Fatal(err)
		}
		var name string
		var columns []string
		if _, err := pgx.ForEachRow(rows, []any{&name, &columns}, func() error {
			tables[i].foreign[name] = slices.Clone(columns)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return tables
}
