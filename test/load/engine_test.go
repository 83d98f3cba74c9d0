package load

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"rainmaker/internal/campaign"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// stepCount is how many enrolments each engine moves.
const stepCount = 40_000

// riverCount is how many jobs the one-job-a-step engine works: it is an order of
// magnitude slower.
const riverCount = 6_000

// BenchmarkEngineSteps measures three ways to move enrolments one step, on the
// same tables in one run: the engine; one SQL statement that does the same
// writes and decides nothing, which is the ceiling; and one River job a step.
func BenchmarkEngineSteps(b *testing.B) {
	for b.Loop() {
		engine := measureEngine(b)
		ceiling := measureStatement(b)
		jobs := measureJobs(b)
		b.ReportMetric(engine.rate, "engine-steps/s")
		b.ReportMetric(ceiling.rate, "statement-steps/s")
		b.ReportMetric(jobs.rate, "river-steps/s")
		b.ReportMetric(100*engine.rate/ceiling.rate, "%-of-ceiling")
		b.ReportMetric(engine.rate/jobs.rate, "x-river")
		b.ReportMetric(engine.own, "us-program/step")
		b.ReportMetric(engine.postgres, "us-postgres/step")
		b.ReportMetric(ceiling.postgres, "us-postgres/statement-step")
		b.ReportMetric(jobs.own+jobs.postgres, "us/river-step")
		b.ReportMetric(100*(ceiling.own+ceiling.postgres)/(engine.own+engine.postgres), "%-of-ceiling-by-CPU")
	}
}

// cost is what one way of moving enrolments took.
type cost struct {
	rate          float64 // steps a second
	own, postgres float64 // CPU microseconds a step
}

// stepCost times fn, which moves n steps, on the server.
func stepCost(server *Server, n int, fn func()) cost {
	own, postgres := CPU(os.Getpid()), CPU(server.PID())
	own -= postgres
	began := time.Now()
	fn()
	wall := time.Since(began)
	postgresAfter := CPU(server.PID())
	ownAfter := CPU(os.Getpid()) - postgresAfter
	return cost{rate: float64(n) / wall.Seconds(), own: perUnit(ownAfter-own, n), postgres: perUnit(postgresAfter-postgres, n)}
}

// enrolled returns a house whose campaign has n due enrolments.
func enrolled(b *testing.B, server *Server, n int) (*House, campaign.Campaign) {
	b.Helper()
	h := NewHouse(b, server, nil, 4)
	h.People(b, n)
	c := h.Launch(b, Step())
	server.Exec(b, `insert into enrolments (org_id, id, campaign_id, lead_id, state, step, next_at, enrolled_at)
		select org_id, gen_random_uuid(), $2, id, 'active', 0, now() - interval '1 minute', now() from leads where org_id = $1`, h.Org, c.ID)
	server.Exec(b, `insert into enrolment_due (org_id, campaign_id, next_at, enrolment_id, step)
		select org_id, campaign_id, next_at, id, step from enrolments where org_id = $1`, h.Org)
	server.Exec(b, `update campaigns set enrolling = false where id = $1`, c.ID)
	server.Exec(b, `analyze`)
	return h, c
}

func measureEngine(b *testing.B) cost {
	server := StartServer(b)
	h, _ := enrolled(b, server, stepCount)
	done := stepCost(server, stepCount, func() {
		if err := h.Campaigns.Turn(b.Context()); err != nil {
			b.Fatal(err)
		}
	})
	h.Tx(b, func(tx db.Tx) error {
		var left, proposed int
		err := tx.QueryRow(b.Context(), `select (select count(*) from enrolments where state = 'active'), (select count(*) from actions)`).Scan(&left, &proposed)
		if left != 0 || proposed != stepCount {
			b.Fatalf("%d steps left, %d mails proposed", left, proposed)
		}
		return err
	})
	return done
}

// statement does the engine's writes for a thousand enrolments and decides
// nothing.
const statement = `with due as (
		select e.id, e.lead_id, d.next_at from enrolment_due d join enrolments e on e.id = d.enrolment_id and e.org_id = $1
		where d.org_id = $1 and d.campaign_id = $2 and d.next_at <= $3 and e.state = 'active'
		order by d.next_at limit 1000 for no key update of e skip locked),
	gone as (
		delete from enrolment_due d using due
		where d.org_id = $1 and d.campaign_id = $2 and d.next_at = due.next_at and d.enrolment_id = due.id),
	proposed as (
		insert into actions (org_id, kind, contract, created_at, id, lead_id, campaign_id, enrolment_id, step_id, variant_id, content_id,
			account_id, once_key, state, phase, touch, propensity, due_at)
		select $1, 'email.send', 'H', $3, gen_random_uuid(), lead_id, $2, id, $4::uuid, $5, $6, $7, 'step/' || id::text || '/' || ($4::uuid)::text, 'queued', 1, true, 1, $3
		from due on conflict do nothing)
	update enrolments e set state = 'waiting', step = 1, next_at = $3, reason = '' from due where e.org_id = $1 and e.id = due.id`

func measureStatement(b *testing.B) cost {
	server := StartServer(b)
	h, c := enrolled(b, server, stepCount)
	v := c.Steps[0].Variants[0]
	return stepCost(server, stepCount, func() {
		for moved := int64(0); moved < stepCount; {
			h.Tx(b, func(tx db.Tx) error {
				tag, err := tx.Exec(b.Context(), statement, h.Org, c.ID, time.Now(), c.Steps[0].ID, v.ID, v.ContentID, h.Mailbox)
				if err == nil && tag.RowsAffected() == 0 {
					err = fmt.Errorf("nothing due after %d", moved)
				}
				moved += tag.RowsAffected()
				return err
			})
		}
	})
}

// stepArgs is one step of one enrolment as a job.
type stepArgs struct {
	Enrolment id.ID `json:"enrolment"`
	Lead      id.ID `json:"lead"`
}

// Kind names the job.
func (stepArgs) Kind() string { return "load.step" }

// stepWorker does the same writes as the engine, for one enrolment.
type stepWorker struct {
	river.WorkerDefaults[stepArgs]
	h    *House
	c    campaign.Campaign
	done func()
}

func (w *stepWorker) Work(ctx context.Context, job *river.Job[stepArgs]) error {
	v, now := w.c.Steps[0].Variants[0], time.Now()
	err := w.h.Server.DB.InTenant(ctx, w.h.Org, func(tx db.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`insert into actions (org_id, kind, contract, created_at, id, lead_id, campaign_id, enrolment_id, step_id, variant_id, content_id,
				account_id, once_key, state, phase, touch, propensity, due_at)
			values ($1, 'email.send', 'H', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', 1, true, 1, $2) on conflict do nothing`,
			w.h.Org, now, id.New(), job.Args.Lead, w.c.ID, job.Args.Enrolment, w.c.Steps[0].ID, v.ID, v.ContentID, w.h.Mailbox,
			"step/"+job.Args.Enrolment.String()+"/"+w.c.Steps[0].ID.String())
		batch.Queue(`with old as (select id, campaign_id, next_at from enrolments where org_id = $1 and id = $2 for no key update)
			delete from enrolment_due d using old where d.org_id = $1 and d.campaign_id = old.campaign_id and d.next_at = old.next_at and d.enrolment_id = old.id`,
			w.h.Org, job.Args.Enrolment)
		batch.Queue(`update enrolments set state = 'waiting', step = 1, next_at = $3 where org_id = $1 and id = $2`, w.h.Org, job.Args.Enrolment, now)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err == nil {
		w.done()
	}
	return err
}

func measureJobs(b *testing.B) cost {
	server := StartServer(b)
	h, c := enrolled(b, server, riverCount)
	ctx := b.Context()
	pool, err := pgxpool.New(ctx, server.URL(""))
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		b.Fatal(err)
	}
	var left sync.WaitGroup
	left.Add(riverCount)
	workers := river.NewWorkers()
	river.AddWorker(workers, &stepWorker{h: h, c: c, done: left.Done})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}, Workers: workers,
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 250 * time.Millisecond,
	})
	if err != nil {
		b.Fatal(err)
	}
	rows, err := pool.Query(ctx, `select id, lead_id from enrolments`)
	if err != nil {
		b.Fatal(err)
	}
	args, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stepArgs])
	if err != nil {
		b.Fatal(err)
	}
	return stepCost(server, riverCount, func() {
		params := make([]river.InsertManyParams, len(args))
		for i := range args {
			params[i].Args = args[i]
		}
		if _, err := client.InsertManyFast(ctx, params); err != nil {
			b.Fatal(err)
		}
		if err := client.Start(ctx); err != nil {
			b.Fatal(err)
		}
		left.Wait()
		if err := client.Stop(ctx); err != nil {
			b.Fatal(err)
		}
	})
}
