package job

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"rainmaker/internal/platform/db"
)

// migrateLock is the advisory lock under which processes that start at once
// migrate one after the other.
const migrateLock = 7_246_010

// Migrate brings the schema of the queue up to date and lets the program's role
// use it. ownerURL is the database owner's; call it after db.Migrate, which
// makes that role.
func Migrate(ctx context.Context, ownerURL string) error {
	cfg, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return fmt.Errorf("database URL: %w", err)
	}
	cfg.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, migrateLock); err != nil {
		return fmt.Errorf("lock for migrating the job queue: %w", err)
	}
	defer func() {
		// A connection that goes back to the pool must not keep the lock.
		_, _ = conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, migrateLock)
	}()
	if _, err := conn.Exec(ctx, `create schema if not exists `+Schema); err != nil {
		return fmt.Errorf("schema of the job queue: %w", err)
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: Schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	role := pgx.Identifier{db.AppRole}.Sanitize()
	for _, sql := range []string{
		`grant usage on schema ` + Schema + ` to ` + role,
		`grant select, insert, update, delete on all tables in schema ` + Schema + ` to ` + role,
		`grant usage, select, update on all sequences in schema ` + Schema + ` to ` + role,
		`grant execute on all functions in schema ` + Schema + ` to ` + role,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("rights of %s on the job queue: %w", db.AppRole, err)
		}
	}
	return nil
}
