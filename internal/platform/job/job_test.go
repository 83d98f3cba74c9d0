package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/job"
)

type countArgs struct {
	N int `json:"n"`
}

func (countArgs) Kind() string { return "test.count" }

const patience = 30 * time.Second

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func open(t *testing.T) *db.DB {
	t.Helper()
	d := dbtest.Fresh(t)
	for range 2 { // every start migrates
		if err := job.Migrate(t.Context(), dbtest.AdminOf(t, d)); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func start(t *testing.T, d *db.DB, set *job.Set) *job.Client {
	t.Helper()
	c, err := job.New(job.Config{Pool: d.Pool(), Set: set})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestJobRunsOnlyAfterCommit(t *testing.T) {
	d := open(t)
	var ran atomic.Int64
	set := job.NewSet()
	job.Handle(set, job.Options{}, func(_ context.Context, a countArgs) error {
		ran.Add(int64(a.N))
		return nil
	})
	c := start(t, d, set)
	boom := errors.New("roll back")
	err := d.InSystem(t.Context(), func(tx db.Tx) error {
		if err := c.Insert(t.Context(), tx, countArgs{N: 100}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if err := d.InSystem(t.Context(), func(tx db.Tx) error { return c.Insert(t.Context(), tx, countArgs{N: 1}) }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the committed job runs", func() bool { return ran.Load() > 0 })
	if got := ran.Load(); got != 1 {
		t.Errorf("ran for %d, want 1: a rolled back job ran", got)
	}
}

func TestErrorsDecideAboutRetries(t *testing.T) {
	d := open(t)
	var bad, flaky atomic.Int64
	set := job.NewSet()
	job.Handle(set, job.Options{}, func(_ context.Context, a countArgs) error {
		if a.N == 0 {
			bad.Add(1)
			return errs.New(errs.Invalid, "no such thing")
		}
		if flaky.Add(1) == 1 {
			return &errs.Error{Kind: errs.LimitExceeded, Message: "slow down", RetryAfter: time.Millisecond}
		}
		return nil
	})
	c := start(t, d, set)
	err := d.InSystem(t.Context(), func(tx db.Tx) error {
		return errors.Join(c.Insert(t.Context(), tx, countArgs{N: 0}), c.Insert(t.Context(), tx, countArgs{N: 1}))
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the limited job runs again", func() bool { return flaky.Load() == 2 })
	state := func() string {
		var s string
		err := d.Pool().QueryRow(t.Context(), `select state::text from river.river_job where args->>'n' = '0'`).Scan(&s)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	eventually(t, "the invalid job is cancelled", func() bool { return state() == "cancelled" })
	if bad.Load() != 1 {
		t.Errorf("an invalid job ran %d times", bad.Load())
	}
}

// TestDeadProcess: a job that a killed process was running is run by another.
func TestDeadProcess(t *testing.T) {
	d := open(t)
	var ran atomic.Int64
	set := job.NewSet()
	job.Handle(set, job.Options{}, func(context.Context, countArgs) error {
		ran.Add(1)
		return nil
	})
	inserter, err := job.New(job.Config{Pool: d.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.InSystem(t.Context(), func(tx db.Tx) error { return inserter.Insert(t.Context(), tx, countArgs{N: 1}) }); err != nil {
		t.Fatal(err)
	}
	// What a process leaves that took the job and was killed a minute ago.
	_, err = d.Pool().Exec(t.Context(), `update river.river_job set state = 'running', attempt = 1, max_attempts = 8,
		attempted_at = now() - interval '1 minute', attempted_by = array['rainmaker-4242']`)
	if err != nil {
		t.Fatal(err)
	}
	start(t, d, set)
	eventually(t, "the job of the dead process runs", func() bool { return ran.Load() == 1 })
}

// TestDatabaseComesBack: connections cut from under the client (as a restart of
// PostgreSQL does) stop nothing for good.
func TestDatabaseComesBack(t *testing.T) {
	d := open(t)
	var ran atomic.Int64
	set := job.NewSet()
	job.Handle(set, job.Options{}, func(context.Context, countArgs) error {
		ran.Add(1)
		return nil
	})
	c := start(t, d, set)
	insert := func() error {
		return d.InSystem(t.Context(), func(tx db.Tx) error { return c.Insert(t.Context(), tx, countArgs{N: 1}) })
	}
	admin, err := pgx.Connect(t.Context(), dbtest.Admin(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(t.Context())) }()
	for round := range int64(3) {
		if _, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
			d.Pool().Config().ConnConfig.Database); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the queue takes jobs again", func() bool { return insert() == nil })
		eventually(t, "the job runs", func() bool { return ran.Load() > round })
	}
}
