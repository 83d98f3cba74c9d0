package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/lead/intake"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
)

// TestImportAsJob: the queue runs an import, and when the connections are cut
// under it in the middle, it goes on and counts every row once.
func TestImportAsJob(t *testing.T) {
	d := dbtest.Fresh(t)
	if err := job.Migrate(t.Context(), dbtest.AdminOf(t, d)); err != nil {
		t.Fatal(err)
	}
	f := leadtest.On(t, d, clock.System{})
	set := job.NewSet()
	f.Intake.Handle(set)
	jobs, err := job.New(job.Config{Pool: d.Pool(), Set: set, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	f.Intake.Jobs = jobs
	if err := jobs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := jobs.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	const rows = 40_000
	var b strings.Builder
	b.WriteString("email,name\n")
	for i := range rows {
		fmt.Fprintf(&b, "p%d@acme%d.com,Pat Doe%d\n", i, i%100, i)
	}
	name, n, err := f.Intake.Store(bytes.NewReader([]byte(b.String())))
	if err != nil {
		t.Fatal(err)
	}
	imp, err := f.Intake.Begin(t.Context(), f.Org, intake.Upload{ID: name, FileBytes: n, FileName: "p.csv"})
	if err != nil {
		t.Fatal(err)
	}
	until(t, f, imp.ID, func(i intake.Import) bool { return i.RowsDone > 0 })
	cutConnections(t, dbtest.AdminOf(t, d))
	got := until(t, f, imp.ID, func(i intake.Import) bool { return i.State == "done" || i.State == "failed" })
	wantCounts(t, got, fmt.Sprintf("done %d=%d+0+0+0", rows, rows))
	if _, err := f.Intake.Undo(t.Context(), f.Org, imp.ID); err != nil {
		t.Fatal(err)
	}
	got = until(t, f, imp.ID, func(i intake.Import) bool { return i.State == "undone" })
	if got.Undo.Deleted != rows || got.Undo.Kept != 0 {
		t.Errorf("undo %+v", got.Undo)
	}
}

// until waits for an import to reach a state, through lost connections.
func until(t *testing.T, f *leadtest.Fixture, imp id.ID, reached func(intake.Import) bool) intake.Import {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		got, err := f.Intake.FindImport(t.Context(), f.Org, imp)
		if err == nil && reached(got) {
			return got
		}
		select {
		case <-deadline:
			t.Fatalf("import is %+v, %v", got, err)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

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
