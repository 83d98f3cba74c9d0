package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

// keyFile is the master key's name in the data directory.
const keyFile = "master.key"

// LoadMasterKey returns the installation's master key: the setting, else
// DATA/master.key, else a new one that is written there. made says that it was.
func (c *Config) LoadMasterKey() (key []byte, made bool, err error) {
	if c.MasterKey != "" {
		key, err = secret.ParseMasterKey(c.MasterKey.Reveal())
		return key, false, err
	}
	path := filepath.Join(c.Data, keyFile)
	if key, err = readMasterKey(path); !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	if err = makeMasterKey(path); err != nil {
		return nil, false, fmt.Errorf("make the master key: %w", err)
	}
	key, err = readMasterKey(path)
	return key, true, err
}

func readMasterKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errs.New(errs.Invalid, "%s can be read by others: chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	key, err := secret.ParseMasterKey(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "%s does not hold a master key: restore it from your backup", path)
	}
	return key, nil
}

// makeMasterKey writes a new key, whole or not at all, and never over another:
// of two processes that start at once, the second keeps the first's.
func makeMasterKey(path string) error {
	// As root the data directory is open to the account of the database server,
	// which lives below it; the key itself is not.
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755
	}
	if err := os.MkdirAll(filepath.Dir(path), mode); err != nil {
		return err
	}
	key := make([]byte, secret.MasterKeySize)
	_, _ = rand.Read(key)                                        // never fails since Go 1.24
	f, err := os.CreateTemp(filepath.Dir(path), ".master.key-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
