package app

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
)

// installationLock is the advisory lock of Open.
const installationLock = 7_246_020

// owner is a connection as the database's owner, holding installationLock.
type owner struct{ conn *pgx.Conn }

func lockInstallation(ctx context.Context, url string) (owner, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return owner{}, errs.Wrap(errs.Unavailable, err, "cannot reach the database: check --database-url")
	}
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, installationLock); err != nil {
		_ = conn.Close(ctx)
		return owner{}, fmt.Errorf("lock the installation: %w", err)
	}
	return owner{conn}, nil
}

// unlock ends the connection, and with it the lock.
func (o owner) unlock(ctx context.Context) { _ = o.conn.Close(ctx) }

// verify refuses a master key that is not the installation's. A database without
// the program's tables belongs to nobody yet.
func (o owner) verify(ctx context.Context, check []byte) error {
	var exists bool
	if err := o.conn.QueryRow(ctx, `select to_regclass('installation') is not null`).Scan(&exists); err != nil {
		return fmt.Errorf("look for the installation: %w", err)
	}
	if !exists {
		return nil
	}
	var stored []byte
	err := o.conn.QueryRow(ctx, `select key_check from installation`).Scan(&stored)
	if db.NoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("master key of the installation: %w", err)
	}
	if !bytes.Equal(stored, check) {
		return errOtherKey()
	}
	return nil
}

// record notes which master key the installation has.
func (o owner) record(ctx context.Context, check []byte) error {
	if _, err := o.conn.Exec(ctx, `insert into installation (key_check) values ($1) on conflict do nothing`, check); err != nil {
		return fmt.Errorf("record the master key: %w", err)
	}
	return o.verify(ctx, check)
}
