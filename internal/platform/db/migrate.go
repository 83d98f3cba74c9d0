package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"rainmaker/internal/platform/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// MinServerVersion is the oldest PostgreSQL that works: 15 has
// security_invoker views.
const MinServerVersion = 150000

// durable lists the settings without which "sent once" cannot be promised.
// Measured on a prototype: synchronous_commit=off alone gave 191 people of
// 30,000 the same mail twice under 15 kills of PostgreSQL.
var durable = []string{"fsync", "full_page_writes", "synchronous_commit"}

// Check connects with the owner's URL and refuses servers that are too old or
// that may forget a committed transaction.
func Check(ctx context.Context, cfg Config) error {
	conn, err := pgx.Connect(ctx, cfg.URL)
	if err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot reach the database")
	}
	defer func() { _ = conn.Close(ctx) }()
	var version int
	if err := conn.QueryRow(ctx, `select current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return fmt.Errorf("server version: %w", err)
	}
	if version < MinServerVersion {
		return errs.New(errs.Invalid, "PostgreSQL %d is too old: version 15 or newer is needed", version/10000)
	}
	if cfg.AllowUnsafe {
		return nil
	}
	for _, name := range durable {
		var value string
		if err := conn.QueryRow(ctx, `select current_setting($1)`, name).Scan(&value); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
		if value != "on" && value != "remote_apply" && value != "remote_write" {
			return errs.New(errs.Invalid, "the database has %s=%s: set it to on, or mails may be sent twice after a crash", name, value)
		}
	}
	return nil
}

// Migrate brings the schema up to date under an advisory lock, so that several
// processes may start at once, and makes the role they log in as.
func Migrate(ctx context.Context, cfg Config) error {
	pc, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return fmt.Errorf("database URL: %w", err)
	}
	conn := stdlib.OpenDB(*pc)
	defer func() { _ = conn.Close() }()

	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, conn, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if cfg.Logger != nil && len(results) > 0 {
		cfg.Logger.Info("database migrated", "migrations", len(results))
	}
	if err := ensureLogin(ctx, conn, cfg); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "select ensure_partitions($1, 24)", time.Now().UTC()); err != nil {
		return fmt.Errorf("partitions: %w", err)
	}
	return nil
}

// ensureLogin makes the role that this installation logs in as, and sets its
// password.
func ensureLogin(ctx context.Context, conn *sql.DB, cfg Config) error {
	role := pgx.Identifier{cfg.loginRole()}.Sanitize()
	if cfg.loginRole() != AppRole {
		_, err := conn.ExecContext(ctx, "create role "+role+" login nosuperuser nocreatedb nocreaterole nobypassrls in role "+AppRole)
		if err != nil && !strings.Contains(err.Error(), "already exists") {
			return fmt.Errorf("make the role %s: %w", cfg.loginRole(), err)
		}
	}
	// A literal, because ALTER ROLE takes no parameters; the password is ours.
	quoted := "'" + strings.ReplaceAll(cfg.AppPassword, "'", "''") + "'"
	_, err := conn.ExecContext(ctx, "alter role "+role+" login password "+quoted)
	if err != nil && !strings.Contains(err.Error(), "tuple concurrently updated") {
		return fmt.Errorf("password of %s: %w", cfg.loginRole(), err)
	}
	return nil
}
