package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
)

// BenchmarkVerify reads and judges a record of a million rows (make bench).
func BenchmarkVerify(b *testing.B) {
	const rows = 1_000_000
	d, book := dbtest.Fresh(b), newBook(b)
	conn := superuser(b, d)
	tx, err := conn.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := ledger.Fill(b.Context(), tx, book, rows); err != nil {
		b.Fatal(err)
	}
	if err := tx.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), `vacuum analyze audit_log`); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		var r ledger.Report
		err := d.InSnapshot(b.Context(), func(tx db.Tx) (err error) {
			r, err = book.Verify(b.Context(), tx, nil, nil)
			return err
		})
		if err != nil || r.Rows != rows || r.Wrong != 0 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkNumbering compares the way rows are appended with the way that was
// not taken: a number of the tenant in the row's own transaction. Eight writers
// of one tenant; after its entry each transaction goes on for 2 ms.
func BenchmarkNumbering(b *testing.B) {
	const work = `select pg_sleep(0.002)`
	d := dbtest.Fresh(b)
	if _, err := superuser(b, d).Exec(b.Context(), `create table numbers (org_id uuid primary key, seq bigint not null); grant all on numbers to public`); err != nil {
		b.Fatal(err)
	}
	for _, numbered := range []bool{false, true} {
		b.Run(fmt.Sprintf("in-transaction=%v", numbered), func(b *testing.B) {
			org := id.New()
			var writers sync.WaitGroup
			began := time.Now()
			for range 8 {
				writers.Go(func() {
					for range 100 * b.N {
						if err := d.InTenant(b.Context(), org, func(tx db.Tx) error { return business(b, tx, org, numbered, work) }); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			writers.Wait()
			b.ReportMetric(float64(800*b.N)/time.Since(began).Seconds(), "commits/s")
		})
	}
}

func business(b *testing.B, tx pgx.Tx, org id.ID, numbered bool, work string) error {
	if numbered {
		_, err := tx.Exec(b.Context(), `insert into numbers values ($1, 1) on conflict (org_id) do update set seq = numbers.seq + 1`, org)
		if err != nil {
			return err
		}
	}
	e := ledger.Entry{Org: org, ID: id.New(), At: time.Now(), Actor: "user:x", Action: "thing.changed", Data: "{}"}
	if err := ledger.Append(b.Context(), tx, e); err != nil {
		return err
	}
	_, err := tx.Exec(b.Context(), work)
	return err
}

// BenchmarkSeal measures the sealer's own work.
func BenchmarkSeal(b *testing.B) {
	d, book := dbtest.Fresh(b), newBook(b)
	sealer, org := newSealer(b, d, book), id.New()
	for b.Loop() {
		b.StopTimer()
		err := d.InTenant(b.Context(), org, func(tx db.Tx) error {
			for range 2000 {
				e := ledger.Entry{Org: org, ID: id.New(), At: time.Now(), Actor: "user:x", Action: "thing.changed", Data: "{}"}
				if err := ledger.Append(b.Context(), tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := sealer.Round(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
