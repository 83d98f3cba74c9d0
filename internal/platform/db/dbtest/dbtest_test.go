package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
)

func scan[T any](t *testing.T, url, sql string, args ...any) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var v T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNew: one database a process, migrated, as the program's own role.
func TestNew(t *testing.T) {
	begun := time.Now()
	d := New(t)
	t.Logf("first database of the process %s", time.Since(begun).Round(time.Millisecond))
	if New(t) != d {
		t.Error("a second database for the same package")
	}
	var user string
	if err := d.Pool().QueryRow(t.Context(), `select current_user from outbox_bounds()`).Scan(&user); err != nil {
		t.Fatal(err)
	}
	if user != db.AppRole {
		t.Errorf("logged in as %s", user)
	}
	if !scan[bool](t, Admin(t), `select rolsuper from pg_roles where rolname = current_user`) {
		t.Error("the administrator is no superuser")
	}
	a, b := scan[string](t, Admin(t), `select current_database()`), d.Pool().Config().ConnConfig.Database
	if a != b {
		t.Errorf("administrator of %s, database %s", a, b)
	}
}

// TestFresh: a database of one's own.
func TestFresh(t *testing.T) {
	begun := time.Now()
	d := Fresh(t)
	t.Logf("fresh database %s", time.Since(begun).Round(time.Millisecond))
	if a, b := AdminOf(t, d), Admin(t); a == b {
		t.Error("shared with the package")
	}
	if n := scan[int](t, Empty(t), `select count(*) from pg_tables where schemaname = 'public'`); n != 0 {
		t.Errorf("empty database has %d tables", n)
	}
}

// TestOrg: each call makes another organisation.
func TestOrg(t *testing.T) {
	d := Fresh(t)
	conn, err := pgx.Connect(t.Context(), AdminOf(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `create table if not exists organizations (id uuid primary key, name text not null)`); err != nil {
		t.Fatal(err)
	}
	a, b := Org(t, d), Org(t, d)
	if a == b {
		t.Error("the same organisation twice")
	}
	if n := scan[int](t, AdminOf(t, d), `select count(*) from organizations where id in ($1, $2)`, a, b); n != 2 {
		t.Errorf("%d rows", n)
	}
}

// TestSweep: databases of the dead go, those of the living stay.
func TestSweep(t *testing.T) {
	d := Fresh(t)
	mine := d.Pool().Config().ConnConfig.Database
	s, err := sharedServer()
	if err != nil {
		t.Fatal(err)
	}
	// Process ids end far below this number.
	dead := clonePrefix + "2000000000_" + strconv.Itoa(os.Getpid())
	conn, err := pgx.Connect(t.Context(), s.admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `create database `+dead+` strategy file_copy`); err != nil {
		t.Fatal(err)
	}
	if err := s.sweep(); err != nil {
		t.Fatal(err)
	}
	var left []string
	if err := conn.QueryRow(t.Context(), `select array_agg(datname::text) from pg_database where datname = any($1)`, []string{dead, mine}).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0] != mine {
		t.Errorf("left: %v, want %s", left, mine)
	}
}

func TestAbandoned(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, tc := range []struct {
		name, comment string
		want          bool
	}{
		{"postgres", "", false},
		{"rainmaker", "", false},
		{"t_1_1", "", false}, // process 1 always lives
		{"t_2000000000_1", "", true},
		{"tpl_abc", "1799999000", false},
		{"tpl_abc", "1799990000", true},
		{"tpl_abc", "", false},
		{"template0", "unmodifiable empty database", false},
	} {
		if got := abandoned(tc.name, tc.comment, now); got != tc.want {
			t.Errorf("%s %q: %v", tc.name, tc.comment, got)
		}
	}
}

// TestAttend: the keeper stays while a client lives and leaves, with the door
// locked, when none has for a while.
func TestAttend(t *testing.T) {
	dir := t.TempDir()
	client, err := lock(dir, clients, syscall.LOCK_SH)
	if err != nil {
		t.Fatal(err)
	}
	ticks := 0
	door := attend(t.Context(), dir, 20*time.Millisecond, func() {
		if ticks++; ticks == 5 {
			_ = client.Close()
		}
	})
	if ticks < 5 {
		t.Errorf("left after %d ticks, with a client still there", ticks)
	}
	if _, err := lock(dir, joining, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		t.Error("left the door open")
	}
	_ = door.Close()
}

func TestCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "count")
	t.Setenv("RAINMAKER_TEST_COUNT_FILE", path)
	New(t)
	t.Run("sub", func(t *testing.T) { Fresh(t) })
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[0], " TestCount") || !strings.HasSuffix(lines[1], " TestCount/sub") {
		t.Errorf("counted %q", lines)
	}
}
