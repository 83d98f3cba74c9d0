package lead_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/lead"
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
	f.Handle(set)
	jobs, err := job.New(job.Config{Pool: d.Pool(), Set: set, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	f.Service.Jobs = jobs
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
	name, n, err := f.Store(bytes.NewReader([]byte(b.String())))
	if err != nil {
		t.Fatal(err)
	}
	imp, err := f.Begin(t.Context(), f.Org, lead.Upload{ID: name, FileBytes: n, FileName: "p.csv"})
	if err != nil {
		t.Fatal(err)
	}
	until(t, f, imp.ID, func(i lead.Import) bool { return i.RowsDone > 0 })
	cutConnections(t, dbtest.AdminOf(t, d))
	got := until(t, f, imp.ID, func(i lead.Import) bool { return i.State == "done" || i.State == "failed" })
	wantCounts(t, got, fmt.Sprintf("done %d=%d+0+0+0", rows, rows))
	if _, err := f.Undo(t.Context(), f.Org, imp.ID); err != nil {
		t.Fatal(err)
	}
	got = until(t, f, imp.ID, func(i lead.Import) bool { return i.State == "undone" })
	if got.Undo.Deleted != rows || got.Undo.Kept != 0 {
		t.Errorf("undo %+v", got.Undo)
	}
}

// until waits for an import to reach a state, through lost connections.
func until(t *testing.T, f *leadtest.Fixture, imp id.ID, reached func(lead.Import) bool) lead.Import {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		got, err := f.FindImport(t.Context(), f.Org, imp)
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
