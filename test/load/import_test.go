package load

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/intake"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/id"
)

// importRows is the size of the imported file; a million rows are 110 MB.
var importRows = flag.Int("import-rows", 1_000_000, "rows of the imported file")

// BenchmarkImport imports a file of distinct people, imports it again (which
// changes nothing), and puts the very same rows into the same indexed table by a
// bare COPY as the owner, without row-level security: the ceiling. The aim is
// at least 40 % of it.
func BenchmarkImport(b *testing.B) {
	server := StartServer(b)
	org := id.New()
	server.Exec(b, `insert into organizations (id, name) values ($1, 'Load')`, org)
	keys, at := leadtest.NewKeyring(b), clock.System{}
	rules := compliance.New(compliance.Deps{DB: server.DB, Keys: keys, Clock: at})
	files := intake.New(intake.Deps{
		DB: server.DB, Keys: keys, Clock: at, Jobs: &leadtest.Jobs{}, Files: intake.Dir(b.TempDir()),
		Leads:      lead.New(lead.Deps{DB: server.DB, Keys: keys, Clock: at, Compliance: rules}),
		Compliance: rules, Logger: slog.New(slog.DiscardHandler),
	})
	path, size := writePeople(b, *importRows)
	for b.Loop() {
		server.Exec(b, `truncate leads, tasks, imports, import_errors, outbox`)
		run := func(want func(intake.Import) int) (begin, work span) {
			var imp intake.Import
			begin = measure(server, func() { imp = beginImport(b, files, org, path, size) })
			work = measure(server, func() {
				if err := files.RunImport(b.Context(), org, imp.ID); err != nil {
					b.Fatal(err)
				}
			})
			done, err := files.FindImport(b.Context(), org, imp.ID)
			if err != nil || done.State != "done" || want(done) != *importRows {
				b.Fatalf("import ended %+v, %v", done, err)
			}
			return begin, work
		}
		inspected, first := run(func(i intake.Import) int { return i.RowsCreated })
		peak := PeakMemory(os.Getpid())
		server.Exec(b, `analyze leads`)
		_, second := run(func(i intake.Import) int { return i.RowsSkipped })
		bare := copyAgain(b, server, org)
		rate := func(s span) float64 { return float64(*importRows) / s.wall.Seconds() }
		b.ReportMetric(float64(size)/(1<<20), "MB-file")
		b.ReportMetric(inspected.wall.Seconds(), "s-inspect")
		b.ReportMetric(rate(first), "rows/s")
		b.ReportMetric(perUnit(first.own, *importRows), "us-program/row")
		b.ReportMetric(perUnit(first.postgres, *importRows), "us-postgres/row")
		b.ReportMetric(rate(second), "again-rows/s")
		b.ReportMetric(perUnit(second.own+second.postgres, *importRows), "again-us/row")
		b.ReportMetric(rate(bare), "copy-rows/s")
		b.ReportMetric(perUnit(bare.postgres, *importRows), "copy-us-postgres/row")
		b.ReportMetric(100*rate(first)/rate(bare), "%-of-copy-wall")
		b.ReportMetric(100*float64(bare.postgres+bare.own)/float64(first.postgres+first.own), "%-of-copy-cpu")
		b.ReportMetric(float64(peak>>20), "MB-peak")
	}
}

// span is what something took.
type span struct{ wall, own, postgres time.Duration }

func measure(server *Server, work func()) span {
	postgres := CPU(server.PID())
	own := CPU(os.Getpid()) - postgres // the server is our child
	began := time.Now()
	work()
	s := span{wall: time.Since(began)}
	s.postgres = CPU(server.PID())
	s.own = CPU(os.Getpid()) - s.postgres - own
	s.postgres -= postgres
	return s
}

func beginImport(b *testing.B, files *intake.Service, org id.ID, path string, size int64) intake.Import {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	name, n, err := files.Store(f)
	if err != nil || n != size {
		b.Fatal(n, err)
	}
	imp, err := files.Begin(b.Context(), org, intake.Upload{ID: name, FileName: "people.csv", FileBytes: n})
	if err != nil {
		b.Fatal(err)
	}
	return imp
}

// writePeople writes a file as programs export them: quoted names, numbers in
// several styles, ten columns.
func writePeople(b *testing.B, rows int) (string, int64) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "First Name,Last Name,Email,Phone,Company,Job Title,State,Lead Source,Plan,Notes")
	areas := []int{415, 212, 310, 617, 512, 303, 206, 404, 702, 305}
	styles := []string{"(%d) %d-%04d", "%d-%d-%04d", "+1 %d %d %04d", "%d.%d.%04d", "%d%d%04d"}
	titles := []string{"CEO", "VP Sales", "Engineer", "Office Manager", "Head of Growth", ""}
	for i := range rows {
		phone := fmt.Sprintf(styles[i%len(styles)], areas[i%10], 220+i/10/10_000%280, i/10%10_000)
		fmt.Fprintf(w, "\"Pat%d\",\"Doe%d\",\"pat.doe%d@company%d.com\",\"%s\",\"Company %d, Inc\",\"%s\",CA,web,pro,\"met at fair %d\"\n",
			i%5000, i%70_000, i, i%50_000, phone, i%50_000, titles[i%len(titles)], i%12)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// copyAgain measures COPY FROM of the table's own rows into a table with the
// same indexes.
func copyAgain(b *testing.B, server *Server, org id.ID) span {
	b.Helper()
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, server.URL(""))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, sql := range []string{`drop table if exists leads_copy`, `create table leads_copy (like leads including all)`, `checkpoint`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			b.Fatal(err)
		}
	}
	rows, err := os.Create(filepath.Join(b.TempDir(), "rows"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if _, err := conn.PgConn().CopyTo(ctx, rows, `copy (select * from leads where org_id = '`+org.String()+`' order by id) to stdout`); err != nil {
		b.Fatal(err)
	}
	if _, err := rows.Seek(0, io.SeekStart); err != nil {
		b.Fatal(err)
	}
	return measure(server, func() {
		if _, err := conn.PgConn().CopyFrom(ctx, rows, `copy leads_copy from stdin`); err != nil {
			b.Fatal(err)
		}
	})
}
