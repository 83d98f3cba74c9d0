package analytics_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/analytics"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
)

// backlog of the benchmarks below, one mail an event: the worst case, as lanes
// write one event for up to hundreds of mails.
const backlog = 100_000

// fill writes the backlog at once: five campaigns, three steps, two variants,
// thirty days.
func fill(b *testing.B, w *world) {
	b.Helper()
	conn, err := pgx.Connect(context.Background(), dbtest.AdminOf(b, w.db))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), `
		insert into outbox (id, org_id, type, subject, occurred_at, data)
		select gen_random_uuid(), $1, t, 'x', at, jsonb_build_object('items', jsonb_build_array(jsonb_build_object(
			'action_id', gen_random_uuid(), 'lead_id', gen_random_uuid(), 'mailbox_id', md5('mailbox')::uuid,
			'campaign_id', md5('c' || n % 5)::uuid, 'step_id', md5('s' || n % 15)::uuid, 'variant_id', md5('v' || n % 30)::uuid,
			'first', true, 'intent', 'other', 'at', at)))
		from (select n, $2::timestamptz - n * interval '2.6 seconds' as at,
			case when n % 25 = 0 then 'email.replied' when n % 5 = 0 then 'email.opened' else 'email.sent' end as t
			from generate_series(1, $3::int) n) x`, w.org, noon, backlog)
	if err != nil {
		b.Fatal(err)
	}
}

// cpu is the CPU time of this process, without the database's.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkProject publishes and counts the backlog.
func BenchmarkProject(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		fill(b, w)
		own := cpu(b)
		begin := time.Now()
		b.StartTimer()
		for w.relay.Stats().Handled < backlog {
			<-time.After(time.Millisecond)
		}
		b.StopTimer()
		took := time.Since(begin)
		b.ReportMetric(backlog/took.Seconds(), "events/s")
		b.ReportMetric(float64((cpu(b)-own).Microseconds())/backlog, "us-go/event")
		w.stop()
		b.StartTimer()
	}
}

// BenchmarkAsk reads the time by campaign and day, from the rollups and from the
// events themselves. P11 asks for at least 50 times.
func BenchmarkAsk(b *testing.B) {
	w := newWorld(b)
	fill(b, w)
	w.relay.Wake()
	for w.relay.Stats().Handled < backlog {
		<-time.After(10 * time.Millisecond)
	}
	b.Run("rollups", func(b *testing.B) {
		for b.Loop() {
			a, err := w.service.Ask(context.Background(), w.org, analytics.Ask{
				Metrics: []string{"emails_sent", "opens", "replies"}, GroupBy: []string{"campaign", "day"}, From: "2026-01-01", To: "2026-03-31",
			})
			if err != nil || len(a.Rows) == 0 {
				b.Fatal(len(a.Rows), err)
			}
		}
	})
	b.Run("totals", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.service.CampaignMetrics(context.Background(), w.org, id.New()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("raw", func(b *testing.B) {
		conn, err := pgx.Connect(context.Background(), dbtest.AdminOf(b, w.db))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		for b.Loop() {
			rows, err := conn.Query(context.Background(), `select i->>'campaign_id', date_trunc('day', (i->>'at')::timestamptz), type, count(*)
				from outbox, jsonb_array_elements(data->'items') i where org_id = $1 and type like 'email.%' group by 1, 2, 3`, w.org)
			if err != nil {
				b.Fatal(err)
			}
			rows.Close()
			if rows.CommandTag().RowsAffected() == 0 {
				b.Fatal("no rows")
			}
		}
	})
}
