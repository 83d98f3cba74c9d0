package app

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/ledger"
	"rainmaker/internal/platform/secret"
)

// checkpointsDir is where checkpoints are kept below the data directory.
const checkpointsDir = "checkpoints"

// newBook derives the keys of the audit log.
func newBook(vault *secret.Vault, check []byte) (*ledger.Book, error) {
	row, err := vault.Derive("audit-rows", ledger.KeySize)
	if err != nil {
		return nil, err
	}
	sign, err := vault.Derive("audit-checkpoints", ledger.KeySize)
	if err != nil {
		return nil, err
	}
	return ledger.NewBook(ledger.Keys{Row: row, Sign: sign, Name: "rainmaker-audit-" + hex.EncodeToString(check[:6])})
}

func (a *App) sealer() (*ledger.Sealer, error) {
	stores := []ledger.Store{ledger.Dir(filepath.Join(a.cfg.Data, checkpointsDir))}
	dir, address, err := a.cfg.Audit.CheckpointPlace()
	if err != nil {
		return nil, err
	}
	if dir != "" {
		stores = append(stores, ledger.Dir(dir))
	}
	if address != "" {
		stores = append(stores, ledger.NewBucket(address))
	}
	return ledger.NewSealer(ledger.Deps{DB: a.in.DB, Book: a.in.Book, Clock: a.clock, Logger: a.log, Metrics: a.metrics, Stores: stores})
}

// VerifyAudit holds the audit log against its keys, the checkpoints in the
// database, in the data directory and where the settings have them copied to, and
// those from outside: a file, a directory or the address of a bucket ("" for
// none). It reads only, and may run beside the program.
func VerifyAudit(ctx context.Context, cfg config.Config, log *slog.Logger, outside string, progress func(done, total int64)) (r ledger.Report, err error) {
	notes, err := ledger.ReadNotes(filepath.Join(cfg.Data, checkpointsDir))
	if err != nil {
		return r, err
	}
	dir, bucket, err := cfg.Audit.CheckpointPlace()
	if err != nil {
		return r, err
	}
	if copies := dir + bucket; copies != "" { // one of them
		copied, err := notesFrom(ctx, copies)
		if err != nil {
			return r, err
		}
		notes = append(notes, copied...)
	}
	if outside != "" {
		given, err := notesFrom(ctx, outside)
		if err != nil {
			return r, err
		}
		if len(given) == 0 {
			return r, errs.New(errs.Invalid, "%s holds no checkpoint", outside)
		}
		notes = append(notes, given...)
	}
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	err = in.DB.InSnapshot(ctx, func(tx db.Tx) error {
		r, err = in.Book.Verify(ctx, tx, notes, progress)
		return err
	})
	return r, err
}

func notesFrom(ctx context.Context, outside string) ([]string, error) {
	if !IsBucket(outside) {
		return ledger.ReadNotes(outside)
	}
	return ledger.NewBucket(outside).Notes(ctx)
}

// IsBucket tells the address of a bucket from a path.
func IsBucket(place string) bool { return strings.HasPrefix(place, "s3://") }

// AuditKey is the public key of the checkpoints.
func AuditKey(ctx context.Context, cfg config.Config, log *slog.Logger) (key string, err error) {
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	return in.Book.VerifierKey()
}
