// Package job runs units of work with retries: imports, exports, syncs,
// training. It is River behind a small face.
//
// A job is inserted in the transaction of the decision that needs it, and runs
// at least once after the commit: a worker that dies in the middle is run again,
// so every job must be able to start anew. A job is never the proof that
// something was sent: whatever touches the outside world is an action, and
// state with a due time of its own (steps, retries) is a row of its domain,
// which is an order of magnitude cheaper than a job.
//
// The queue lives in the schema "river" without tenants: arguments hold ids,
// never personal data, and a worker opens its tenant's transactions itself.
//
// Files: job.go (jobs, workers, the client), alive.go (jobs of dead processes),
// migrate.go (the schema).
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/telemetry"
)

// Schema holds River's tables.
const Schema = "river"

const (
	// River's defaults (100 ms, 1 s) cap a queue at 1,000 jobs a second.
	fetchCooldown     = 5 * time.Millisecond
	fetchPollInterval = 250 * time.Millisecond

	// DefaultAttempts is how often a job is tried unless it says otherwise.
	DefaultAttempts = 8
	// DefaultTimeout bounds one attempt unless the job says otherwise.
	DefaultTimeout = 10 * time.Minute
	// rescueAfter is how long a worker may be silent before its job is given to
	// another. It must exceed every Timeout. Jobs of a process that died are
	// found within seconds: see alive.go.
	rescueAfter = 2 * time.Hour
	// softStop is how long a job may finish when the program stops; SIGTERM
	// drains within 30 s (CONTRACT).
	softStop = 20 * time.Second

	// DefaultWorkers is how many jobs one process runs at once.
	DefaultWorkers = 16
)

// Args are the arguments of a job: a JSON object of ids. Kind names the job,
// such as "lead.import".
type Args = river.JobArgs

// Options say how a kind of job runs; zero fields take the defaults.
type Options struct {
	Attempts int           // 1 for what must not run twice
	Timeout  time.Duration // of one attempt
	Every    time.Duration // also run it periodically, with the zero arguments
}

// Set is the table of kinds that a process works.
type Set struct {
	workers  *river.Workers
	periodic []*river.PeriodicJob
	attempts map[string]int
}

// NewSet returns an empty table.
func NewSet() *Set {
	return &Set{workers: river.NewWorkers(), attempts: map[string]int{}}
}

// Handle adds a kind. What work returns decides: nil ends the job; an error of
// kind Invalid, NotFound, Conflict, Forbidden or PreconditionFailed ends it too,
// for another attempt would fail alike; LimitExceeded waits for RetryAfter
// without costing an attempt; everything else is tried again, ever later.
func Handle[T Args](set *Set, opts Options, work func(ctx context.Context, args T) error) {
	var zero T
	if opts.Attempts == 0 {
		opts.Attempts = DefaultAttempts
	}
	if opts.Timeout == 0 {
		opts.Timeout = DefaultTimeout
	}
	set.attempts[zero.Kind()] = opts.Attempts
	river.AddWorker(set.workers, &worker[T]{work: work, timeout: opts.Timeout})
	if opts.Every > 0 {
		set.periodic = append(set.periodic, river.NewPeriodicJob(river.PeriodicInterval(opts.Every),
			func() (river.JobArgs, *river.InsertOpts) {
				return zero, &river.InsertOpts{MaxAttempts: opts.Attempts, UniqueOpts: river.UniqueOpts{ByPeriod: opts.Every}}
			}, &river.PeriodicJobOpts{ID: zero.Kind()}))
	}
}

type worker[T Args] struct {
	river.WorkerDefaults[T]
	work    func(context.Context, T) error
	timeout time.Duration
}

// Timeout implements river.Worker.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// Work implements river.Worker.
func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	ctx, span := telemetry.Span(ctx, "job "+j.Kind, telemetry.JobKind.String(j.Kind), telemetry.Attempt.Int(j.Attempt))
	err := w.work(ctx, j.Args)
	span.End(err)
	if err == nil {
		return nil
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.NotFound, errs.Conflict, errs.Forbidden, errs.PreconditionFailed, errs.TooLarge:
		return river.JobCancel(err)
	case errs.LimitExceeded:
		var e *errs.Error
		if errors.As(err, &e) && e.RetryAfter > 0 {
			return river.JobSnooze(e.RetryAfter)
		}
	}
	return err
}

// Config says how a Client runs.
type Config struct {
	Pool    *pgxpool.Pool // of the program's role
	Set     *Set          // nil for a process that only inserts
	Workers int           // at once; 0 means DefaultWorkers
	Logger  *slog.Logger
}

// Client inserts jobs and, once started, works them.
type Client struct {
	river    *river.Client[pgx.Tx]
	pool     *pgxpool.Pool
	life     uint32 // names this client in River and in its advisory lock
	attempts map[string]int
	log      *slog.Logger
	works    bool

	mu      sync.Mutex // guards the fields below
	stopped bool
	end     context.CancelFunc // ends live
	ended   chan struct{}      // closed when live has returned
}

// New returns a client. It works nothing before Start.
func New(cfg Config) (*Client, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{pool: cfg.Pool, log: cfg.Logger, attempts: map[string]int{}, life: rand.Uint32()} //nolint:gosec // tells lives apart, hides nothing
	rc := &river.Config{
		ID:                   clientPrefix + strconv.FormatUint(uint64(c.life), 10),
		Schema:               Schema,
		FetchCooldown:        fetchCooldown,
		FetchPollInterval:    fetchPollInterval,
		MaxAttempts:          DefaultAttempts,
		JobTimeout:           DefaultTimeout,
		RescueStuckJobsAfter: rescueAfter,
		SoftStopTimeout:      softStop,
		Logger:               cfg.Logger,
		// REINDEX needs the owner of the tables, which the program is not.
		ReindexerIndexNames: []string{},
	}
	if cfg.Set != nil {
		workers := cfg.Workers
		if workers == 0 {
			workers = DefaultWorkers
		}
		rc.Workers, rc.PeriodicJobs = cfg.Set.workers, cfg.Set.periodic
		rc.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}}
		c.attempts, c.works = cfg.Set.attempts, true
	} else {
		rc.SkipUnknownJobCheck = true
	}
	client, err := river.NewClient(riverpgxv5.New(cfg.Pool), rc)
	if err != nil {
		return nil, fmt.Errorf("job client: %w", err)
	}
	c.river = client
	return c, nil
}

// Insert queues a job in tx: it runs only if tx commits.
func (c *Client) Insert(ctx context.Context, tx pgx.Tx, args Args) error {
	return c.InsertAt(ctx, tx, args, time.Time{})
}

// InsertAt queues a job that runs not before the given time.
func (c *Client) InsertAt(ctx context.Context, tx pgx.Tx, args Args, at time.Time) error {
	_, err := c.river.InsertTx(ctx, tx, args, &river.InsertOpts{MaxAttempts: c.attempts[args.Kind()], ScheduledAt: at})
	if err != nil {
		return fmt.Errorf("queue job %s: %w", args.Kind(), err)
	}
	return nil
}

// InsertOnce is Insert, but the same job with the same arguments is queued once
// in each period of the given length.
func (c *Client) InsertOnce(ctx context.Context, tx pgx.Tx, args Args, within time.Duration) error {
	_, err := c.river.InsertTx(ctx, tx, args, &river.InsertOpts{
		MaxAttempts: c.attempts[args.Kind()], UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: within},
	})
	if err != nil {
		return fmt.Errorf("queue job %s: %w", args.Kind(), err)
	}
	return nil
}

// startRetry is how long Start waits for a database that does not answer.
const startRetry = 500 * time.Millisecond

// Start works jobs until Stop, however often the database goes away: it returns
// when the client runs or ctx ends.
func (c *Client) Start(ctx context.Context) error {
	if !c.works {
		return errors.New("job client without workers")
	}
	for {
		// The client's life is Stop's business, not that of the caller's context.
		err := c.river.Start(context.WithoutCancel(ctx))
		if err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			life, end := context.WithCancel(context.WithoutCancel(ctx))
			c.end, c.ended = end, make(chan struct{})
			go func() {
				defer close(c.ended)
				c.live(life)
			}()
			return nil
		}
		c.log.Warn("jobs do not start yet", "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("start jobs: %w", errors.Join(ctx.Err(), err))
		case <-time.After(startRetry):
		}
	}
}

// Stop takes no new jobs, lets running ones finish for a while, then interrupts
// them; they run again later.
func (c *Client) Stop(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || !c.works {
		return nil
	}
	c.stopped = true
	if c.end != nil {
		// Last, so that nobody takes over jobs that still finish.
		defer func() {
			c.end()
			<-c.ended
		}()
	}
	if err := c.river.Stop(ctx); err != nil {
		if err := c.river.StopAndCancel(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("stop jobs: %w", err)
		}
	}
	return nil
}
