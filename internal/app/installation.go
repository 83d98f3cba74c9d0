package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/token"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/ledger"
	"rainmaker/internal/platform/secret"
)

// Installation is an open database together with the secret that belongs to it:
// all that a one-off command such as migrate needs.
type Installation struct {
	DB     *db.DB
	Vault  *secret.Vault
	Book   *ledger.Book     // keys of the audit log
	server *embedded.Server // nil when --database-url was given
	url    string           // of the database's owner
}

// Open starts the embedded server unless a database was given, opens the
// installation's secret with the master key, and migrates.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger) (_ *Installation, err error) {
	in := &Installation{}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close(context.WithoutCancel(ctx)))
		}
	}()
	// The server locks the data directory: before that, nobody writes to it.
	url := cfg.Database.URL.Reveal()
	if url == "" {
		in.server, err = embedded.Start(ctx, embedded.Config{Dir: cfg.Data, BinDir: cfg.Database.BinDir, Logger: log})
		if err != nil {
			return nil, err
		}
		url = in.server.URL("")
	}
	in.url = url
	if err = in.connect(ctx, cfg, url, log); err != nil {
		return nil, err
	}
	return in, nil
}

// connect opens the database under a lock that lets one process at a time decide
// which secret an installation has: migrating sets the role's password, which a
// process with another secret must never do.
func (in *Installation) connect(ctx context.Context, cfg config.Config, url string, log *slog.Logger) error {
	key, err := openMasterKey(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer key.close()
	owner, err := lockInstallation(ctx, url)
	if err != nil {
		return err
	}
	defer owner.unlock(context.WithoutCancel(ctx))
	wrapped, err := in.openVault(ctx, owner, key)
	if err != nil {
		return err
	}
	check, access, err := in.access(cfg, url, log)
	if err != nil {
		return err
	}
	in.DB, err = db.Open(ctx, access)
	if err != nil {
		return err
	}
	if err := owner.record(ctx, check, key.Name(), wrapped); err != nil {
		return err
	}
	return job.Migrate(ctx, url)
}

// access is how the program logs in, as the installation's secret tells. It also
// makes the book of the audit log.
func (in *Installation) access(cfg config.Config, url string, log *slog.Logger) (check []byte, access db.Config, err error) {
	if check, err = in.Vault.Check(); err != nil {
		return nil, db.Config{}, err
	}
	password, err := in.Vault.Derive("database-app-role", 32)
	if err != nil {
		return nil, db.Config{}, err
	}
	if in.Book, err = newBook(in.Vault, check); err != nil {
		return nil, db.Config{}, err
	}
	return check, db.Config{
		URL: url, LoginRole: db.AppRole + "_" + hex.EncodeToString(check[:6]), AppPassword: hex.EncodeToString(password),
		MaxConns: cfg.Database.MaxConns, OnConnect: in.Book.Attach, Logger: log,
	}, nil
}

// ServerVersion is the embedded server's version; empty when a database was
// given.
func (in *Installation) ServerVersion() string {
	if in.server == nil {
		return ""
	}
	return in.server.Version()
}

// Close closes the pool and stops the embedded server.
func (in *Installation) Close(ctx context.Context) error {
	if in.DB != nil {
		in.DB.Close()
	}
	if in.server == nil {
		return nil
	}
	if err := in.server.Stop(ctx); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// RotateTokenKeys makes a new key for access tokens out of turn, beside a running
// program or without one.
func RotateTokenKeys(ctx context.Context, cfg config.Config, log *slog.Logger) (key id.ID, err error) {
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return id.Nil, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	keys, err := token.New(token.Deps{DB: in.DB, Vault: in.Vault, Clock: clock.System{}, Issuer: auth.DefaultIssuer})
	if err != nil {
		return id.Nil, err
	}
	return keys.Rotate(ctx)
}
