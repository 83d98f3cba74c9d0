// Package db opens the PostgreSQL database and runs transactions for a tenant.
//
// The given URL is the owner's: it migrates and then is put away. The program
// itself logs in as rainmaker_app, a role that owns nothing and is bound by
// row-level security. Every transaction that touches tenant rows goes through
// InTenant, which sets app.org_id for exactly that transaction.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

// Tx is a running transaction.
type Tx = pgx.Tx

// AppRole has the rights of the program; LoginRole of Config inherits them.
const AppRole = "rainmaker_app"

// Config says which database to open.
type Config struct {
	// URL of the database's owner, used for checks and migrations.
	URL string
	// AppPassword is the password of LoginRole; all processes of one installation
	// must use the same (derived from the master key).
	AppPassword string
	// LoginRole is the role this installation logs in as, a member of AppRole.
	// Roles belong to a whole server, so two installations on one server need two.
	// Empty means AppRole itself: tests only.
	LoginRole string
	// MaxConns bounds the pool. Zero means 24, which leaves room for a second
	// process under the embedded server's 60 connections.
	MaxConns int
	// OnConnect is called with each new connection before its first use; the audit
	// log's keys travel with connections (ledger.Book.Attach). It may be nil.
	OnConnect func(*pgconn.PgConn)
	// AllowUnsafe accepts fsync=off and its like. Tests only.
	AllowUnsafe bool
	Logger      *slog.Logger
}

// planner keeps cached plans on the indexes. Our statements look rows up by key
// or walk an index in order. A plan made while a table was still small would
// scan it, and stays cached while it grows: measured, that made the statements of
// sending 20 times as dear (1,064 us of PostgreSQL a mail).
var planner = map[string]string{
	"enable_seqscan":   "off",
	"enable_hashjoin":  "off",
	"enable_mergejoin": "off",
	"jit":              "off",
}

func (c *Config) loginRole() string {
	if c.LoginRole == "" {
		return AppRole
	}
	return c.LoginRole
}

// DB is the program's connection pool.
type DB struct {
	pool *pgxpool.Pool
}

// Open checks the server, migrates the database and returns a pool logged in as
// rainmaker_app.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if err := Check(ctx, cfg); err != nil {
		return nil, err
	}
	if err := Migrate(ctx, cfg); err != nil {
		return nil, err
	}
	return Connect(ctx, cfg)
}

// Connect returns a pool logged in as rainmaker_app to a database that is
// already migrated. Traces of ctx then show its statements.
func Connect(ctx context.Context, cfg Config) (*DB, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	pc.ConnConfig.User = cfg.loginRole()
	pc.ConnConfig.Password = cfg.AppPassword
	pc.ConnConfig.RuntimeParams["application_name"] = "rainmaker"
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	for name, value := range planner {
		pc.ConnConfig.RuntimeParams[name] = value
	}
	pc.MaxConns = int32(cfg.MaxConns)
	if pc.MaxConns == 0 {
		pc.MaxConns = 24
	}
	pc.MinIdleConns = 2
	pc.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerIDs(conn.TypeMap())
		if cfg.OnConnect != nil {
			cfg.OnConnect(conn.PgConn())
		}
		return nil
	}
	pc.MaxConnIdleTime = 5 * time.Minute
	if provider := telemetry.Provider(ctx); provider != nil {
		// Statements without their arguments.
		pc.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(provider), otelpgx.WithDisableConnectionDetailsInAttributes())
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("log in to the database as %s: %w", cfg.loginRole(), err)
	}
	return &DB{pool: pool}, nil
}

// Close waits for running transactions and closes the pool.
func (d *DB) Close() { d.pool.Close() }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

// Pool is for packages that need a connection of their own (advisory locks,
// LISTEN, River). It sees no tenant's rows.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// InTenant runs fn in one transaction that sees and writes only org's rows. fn's
// error rolls back.
func (d *DB) InTenant(ctx context.Context, org id.ID, fn func(tx Tx) error) error {
	if org == id.Nil {
		return errors.New("transaction without a tenant")
	}
	// org is 16 bytes printed as hexadecimal: nothing to quote.
	return d.run(ctx, pgx.TxOptions{BeginQuery: "begin; set local app.org_id = '" + org.String() + "'"}, fn)
}

// InSystem runs fn in one transaction that sees no tenant's rows: for
// definer functions and for tables without tenants.
func (d *DB) InSystem(ctx context.Context, fn func(tx Tx) error) error {
	return d.run(ctx, pgx.TxOptions{}, fn)
}

// InSnapshot is InSystem for long reads: all statements of fn see one moment.
// It is read-only.
func (d *DB) InSnapshot(ctx context.Context, fn func(tx Tx) error) error {
	return d.run(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

func (d *DB) run(ctx context.Context, opts pgx.TxOptions, fn func(tx Tx) error) error {
	tx, err := d.pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		// After a commit this does nothing. The context may be cancelled already.
		_ = tx.Rollback(context.WithoutCancel(ctx))
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Violates reports whether err is a violation of the named unique, check or
// foreign key constraint; an empty name matches any.
func Violates(err error, constraint string) bool {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || len(pe.Code) < 2 || pe.Code[:2] != "23" {
		return false
	}
	return constraint == "" || pe.ConstraintName == constraint
}

// NoRows reports whether err says that a single row was expected and none came.
func NoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
