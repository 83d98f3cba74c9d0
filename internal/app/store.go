package app

import (
	"bytes"
	"context"
	"fmt"
	"time"

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

// keyCheck is the installation's check value; nil when the database belongs to
// nobody yet.
func (o owner) keyCheck(ctx context.Context) ([]byte, error) {
	var exists bool
	if err := o.conn.QueryRow(ctx, `select to_regclass('installation') is not null`).Scan(&exists); err != nil {
		return nil, fmt.Errorf("look for the installation: %w", err)
	}
	if !exists {
		return nil, nil
	}
	var stored []byte
	err := o.conn.QueryRow(ctx, `select key_check from installation`).Scan(&stored)
	if err != nil && !db.NoRows(err) {
		return nil, fmt.Errorf("key check of the installation: %w", err)
	}
	return stored, nil
}

// wrappedSecret is the installation's secret as one key-encryption key wrapped
// it.
type wrappedSecret struct {
	Key      string
	Wrapped  []byte
	MadeAt   time.Time
	LastUsed time.Time
}

// wrapped returns the secret once for each key that opens it; none for an
// installation of a version that had no such keys.
func (o owner) wrapped(ctx context.Context) ([]wrappedSecret, error) {
	var exists bool
	if err := o.conn.QueryRow(ctx, `select to_regclass('installation_keys') is not null`).Scan(&exists); err != nil || !exists {
		return nil, err
	}
	rows, err := o.conn.Query(ctx, `select name, wrapped, made_at, last_used_at from installation_keys order by made_at, name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[wrappedSecret])
}

// record notes whose database this is and that the key was used; wrapped is
// stored when the key has opened nothing yet.
func (o owner) record(ctx context.Context, check []byte, key string, wrapped []byte) error {
	// In this order: what is cut off between the two is opened by the key.
	if err := o.addWrapped(ctx, key, wrapped); err != nil {
		return err
	}
	if _, err := o.conn.Exec(ctx, `insert into installation (key_check) values ($1) on conflict do nothing`, check); err != nil {
		return fmt.Errorf("record the installation: %w", err)
	}
	stored, err := o.keyCheck(ctx)
	if err != nil {
		return err
	}
	if !bytes.Equal(stored, check) {
		return errOtherKey()
	}
	return nil
}

func (o owner) addWrapped(ctx context.Context, key string, wrapped []byte) error {
	if wrapped == nil {
		_, err := o.conn.Exec(ctx, `update installation_keys set last_used_at = now() where name = $1`, key)
		return err
	}
	_, err := o.conn.Exec(ctx, `insert into installation_keys (name, wrapped) values ($1, $2)
		on conflict (name) do update set wrapped = excluded.wrapped, last_used_at = now()`, key, wrapped)
	if err != nil {
		return fmt.Errorf("store the wrapped secret: %w", err)
	}
	return nil
}

// keepOnly takes the right to open the secret from all other keys, and names
// them.
func (o owner) keepOnly(ctx context.Context, key string) ([]string, error) {
	rows, err := o.conn.Query(ctx, `delete from installation_keys where name <> $1
		and exists (select from installation_keys where name = $1) returning name`, key)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
