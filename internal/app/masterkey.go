package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/kms"
	"rainmaker/internal/platform/secret"
)

// masterKey is the key-encryption key of a configuration. raw is nil when a
// service keeps it.
type masterKey struct {
	secret.KEK
	raw     []byte
	service *kms.Key
}

func (k *masterKey) close() {
	if k.service != nil {
		_ = k.service.Close() // nothing is on its way
	}
}

// openMasterKey makes ready the key-encryption key of a configuration.
func openMasterKey(ctx context.Context, cfg config.Config, log *slog.Logger) (*masterKey, error) {
	if kms.Known(cfg.MasterKeyURL) {
		service, err := kms.Open(ctx, cfg.MasterKeyURL)
		if err != nil {
			return nil, err
		}
		return &masterKey{KEK: service, service: service}, nil
	}
	raw, made, err := cfg.LoadMasterKey()
	if err != nil {
		return nil, err
	}
	if made {
		log.Info("made a master key: back it up, sealed data is lost without it", "dir", cfg.Data)
	}
	kek, err := secret.NewLocalKEK(raw)
	if err != nil {
		return nil, err
	}
	return &masterKey{KEK: kek, raw: raw}, nil
}

// openVault opens the secret of the installation. wrapped is nil unless it is to
// be stored under this key: in a new installation, whose secret is random, and
// in one of a version whose secret was the master key itself. That one keeps its
// value, and with it everything that was derived from it.
func (in *Installation) openVault(ctx context.Context, o owner, key *masterKey) (wrapped []byte, err error) {
	check, err := o.keyCheck(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := o.wrapped(ctx)
	if err != nil {
		return nil, fmt.Errorf("secret of the installation: %w", err)
	}
	switch {
	case len(stored) > 0:
		in.Vault, err = unwrapSecret(ctx, key, stored)
	case check == nil:
		in.Vault, err = secret.NewRandomVault()
	case key.raw == nil:
		return nil, errs.New(errs.Conflict, "this database knows its first master key only: start once with it, then run rainmaker keys rotate-master --to %s", key.Name())
	default:
		in.Vault, err = secret.NewVault(key.raw)
	}
	if err != nil {
		return nil, err
	}
	mine, err := in.Vault.Check()
	if err != nil {
		return nil, err
	}
	if check != nil && !bytes.Equal(check, mine) {
		return nil, errOtherKey()
	}
	if len(stored) > 0 {
		return nil, nil
	}
	return in.Vault.Wrap(ctx, key)
}

func unwrapSecret(ctx context.Context, key secret.KEK, stored []wrappedSecret) (*secret.Vault, error) {
	for _, w := range stored {
		if w.Key == key.Name() {
			return secret.OpenVault(ctx, key, w.Wrapped)
		}
	}
	return nil, errOtherKey()
}

// errOtherKey says that the database opens with another key.
func errOtherKey() error {
	return errs.New(errs.Conflict, "this database was made with another master key: "+
		"set RAINMAKER_MASTER_KEY or RAINMAKER_MASTER_KEY_URL to it, or put that installation's master.key into the data directory")
}

// openBeside is Open, or, while another program runs the server of the data
// directory, a pool on that server: nothing is migrated then.
func openBeside(ctx context.Context, cfg config.Config, log *slog.Logger) (*Installation, error) {
	in, err := Open(ctx, cfg, log)
	if err == nil || cfg.Database.URL != "" || !errs.Is(err, errs.Conflict) {
		return in, err
	}
	url, besideErr := embedded.Beside(cfg.Data)
	if besideErr != nil {
		return nil, err
	}
	in = &Installation{url: url}
	key, err := openMasterKey(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	defer key.close()
	owner, err := lockInstallation(ctx, url)
	if err != nil {
		return nil, err
	}
	_, err = in.openVault(ctx, owner, key)
	owner.unlock(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	_, access, err := in.access(cfg, url, log)
	if err != nil {
		return nil, err
	}
	if in.DB, err = db.Connect(ctx, access); err != nil {
		return nil, fmt.Errorf("join the running program: %w", err)
	}
	return in, nil
}

// NewMasterKey says what became of a change of the key-encryption key.
type NewMasterKey struct {
	Name string // of the new key
	File string // that now holds it; empty when the operator keeps it
	// Value is the new key in base64 when it was made here and no file holds it.
	Value secret.String
}

// RotateMaster makes a new key-encryption key open the secret of the
// installation, besides the present one, so that processes can be started with
// either. to is the address of the new key, as master_key_url takes it; empty:
// a new master key is made and takes the place of the present one in its file.
func RotateMaster(ctx context.Context, cfg config.Config, to string, log *slog.Logger) (out NewMasterKey, err error) {
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	var next *masterKey
	if to != "" {
		if !kms.Known(to) && !strings.HasPrefix(to, "file:///") {
			return out, errs.New(errs.Invalid, "%q is no key: want file:///path, awskms:///..., gcpkms://... or hashivault://...", to)
		}
		if next, err = openMasterKey(ctx, config.Config{MasterKeyURL: to}, log); err != nil {
			return out, err
		}
		defer next.close()
	} else {
		if kms.Known(cfg.MasterKeyURL) {
			return out, errs.New(errs.Invalid, "the key is kept by a service: make a new one there and name it with --to; a new version of the same key needs nothing here")
		}
		raw := make([]byte, secret.MasterKeySize)
		_, _ = rand.Read(raw) // never fails since Go 1.24
		kek, err := secret.NewLocalKEK(raw)
		if err != nil {
			return out, err
		}
		next = &masterKey{KEK: kek, raw: raw}
	}
	wrapped, err := in.Vault.Wrap(ctx, next)
	if err != nil {
		return out, err
	}
	// Once more through the door: a key that encrypts and may not decrypt would be
	// noticed at the next start.
	if _, err := secret.OpenVault(ctx, next, wrapped); err != nil {
		return out, err
	}
	owner, err := lockInstallation(ctx, in.url)
	if err != nil {
		return out, err
	}
	defer owner.unlock(context.WithoutCancel(ctx))
	if err := owner.addWrapped(ctx, next.Name(), wrapped); err != nil {
		return out, err
	}
	out.Name = next.Name()
	if to != "" {
		return out, nil
	}
	if out.File = cfg.MasterKeyFile(); out.File != "" {
		return out, config.ReplaceMasterKey(out.File, next.raw)
	}
	out.Value = secret.String(base64.StdEncoding.EncodeToString(next.raw))
	return out, nil
}

// RetireMaster takes the right to open the secret from every key but the present
// one, and names those it was taken from.
func RetireMaster(ctx context.Context, cfg config.Config, log *slog.Logger) (gone []string, err error) {
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	key, err := openMasterKey(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	defer key.close()
	owner, err := lockInstallation(ctx, in.url)
	if err != nil {
		return nil, err
	}
	defer owner.unlock(context.WithoutCancel(ctx))
	if gone, err = owner.keepOnly(ctx, key.Name()); err != nil {
		return nil, fmt.Errorf("retire master keys: %w", err)
	}
	return gone, nil
}

// MasterKeys describes the keys that open the secret, a line each.
func MasterKeys(ctx context.Context, cfg config.Config, log *slog.Logger) (lines []string, err error) {
	in, err := openBeside(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	owner, err := lockInstallation(ctx, in.url)
	if err != nil {
		return nil, err
	}
	defer owner.unlock(context.WithoutCancel(ctx))
	stored, err := owner.wrapped(ctx)
	if err != nil {
		return nil, err
	}
	const day = "2006-01-02 15:04 MST"
	for _, w := range stored {
		lines = append(lines, strings.Join([]string{w.Key, "made " + w.MadeAt.UTC().Format(day), "last start " + w.LastUsed.UTC().Format(day)}, "; "))
	}
	return lines, nil
}
