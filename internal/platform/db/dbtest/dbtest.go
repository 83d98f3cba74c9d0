// Package dbtest gives tests a real, migrated PostgreSQL.
//
//	d := dbtest.New(t)       // the package's database
//	org := dbtest.Org(t, d)  // a tenant of this test alone
//
// All tests of a package (of one test process) share one database and keep out
// of each other's way by a fresh organisation each. A test of migrations, of
// the job queue or of other global state takes a database of its own: Fresh.
//
// One server serves every test process of the user. The first process starts it
// through a keeper (platform/db/testkeeper), which outlives that process, drops
// the databases of processes that ended, and stops the server when nobody has
// used it for five minutes. To stop it at once:
//
//	go run ./internal/platform/db/testkeeper -stop
//
// It keeps its data in shared memory where there is any and writes without
// fsync: nothing in it is meant to last. RAINMAKER_TEST_POSTGRES_BIN names a
// directory with another initdb and postgres, to test against another version.
//
// When RAINMAKER_TEST_COUNT_FILE is set, every test that took a database adds a
// line "<test binary> <test name>" to that file; count the distinct ones to
// learn how many tests ran against real PostgreSQL.
//
// Files: dbtest.go (what tests call), database.go (template and clones),
// server.go (place and start of the server), keeper.go (its life).
package dbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// patience bounds each step of preparing a database on a crowded machine.
const patience = 2 * time.Minute

// What the tests of one process share, made on first use. Both live until the
// process ends; the keeper cleans up after it.
var (
	sharedServer   = sync.OnceValues(join)
	sharedDatabase = sync.OnceValues(packageDatabase)
)

func packageDatabase() (*db.DB, error) {
	s, err := sharedServer()
	if err != nil {
		return nil, err
	}
	return s.open()
}

// New returns the package's database, migrated, logged in as the program.
// Nobody closes it.
func New(t testing.TB) *db.DB {
	t.Helper()
	count(t)
	d, err := sharedDatabase()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	return d
}

// Fresh returns a migrated database of this test's own, closed at its end.
func Fresh(t testing.TB) *db.DB {
	t.Helper()
	count(t)
	s, err := sharedServer()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	d, err := s.open()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(d.Close)
	return d
}

// Admin returns the superuser's URL of the package's database, for what the
// program's own role may not do: catalogue checks, other tenants' rows.
func Admin(t testing.TB) string {
	t.Helper()
	return AdminOf(t, New(t))
}

// AdminOf returns the superuser's URL of a database from New or Fresh.
func AdminOf(t testing.TB, d *db.DB) string {
	t.Helper()
	s, err := sharedServer()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	return s.url(d.Pool().Config().ConnConfig.Database)
}

// Empty returns the superuser's URL of a new database without any schema, for
// tests of the migrations themselves.
func Empty(t testing.TB) string {
	t.Helper()
	count(t)
	s, err := sharedServer()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	name, err := s.create("template1")
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	return s.url(name)
}

// Org inserts a fresh organisation and returns its id.
func Org(t testing.TB, d *db.DB) id.ID {
	t.Helper()
	org := id.New()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, AdminOf(t, d))
	if err != nil {
		t.Fatalf("test organisation: %v", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `insert into organizations (id, name) values ($1, $2)`, org, "Test "+t.Name()); err != nil {
		t.Fatalf("test organisation: %v", err)
	}
	return org
}

// count notes that the test runs against real PostgreSQL, if anybody counts.
func count(t testing.TB) {
	t.Helper()
	path := os.Getenv("RAINMAKER_TEST_COUNT_FILE")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatalf("count the test: %v", err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%s %s\n", filepath.Base(os.Args[0]), t.Name()); err != nil {
		t.Fatalf("count the test: %v", err)
	}
}
