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

// MasterKeyFile is where the master key lies: the file of master_key_url, else
// DATA/master.key. It is empty when the key is a setting or in a service.
func (c *Config) MasterKeyFile() string {
	if path, ok := strings.CutPrefix(c.MasterKeyURL, "file://"); ok {
		return path
	}
	if c.MasterKey != "" || c.MasterKeyURL != "" {
		return ""
	}
	return filepath.Join(c.Data, keyFile)
}

// LoadMasterKey returns the master key of this configuration: the setting, else
// its file, else a new one that is written into the data directory. made says
// that it was. With a key in a service there is none to load.
func (c *Config) LoadMasterKey() (key []byte, made bool, err error) {
	if c.MasterKey != "" {
		key, err = secret.ParseMasterKey(c.MasterKey.Reveal())
		return key, false, err
	}
	path := c.MasterKeyFile()
	if path == "" {
		return nil, false, errs.New(errs.Invalid, "the key-encryption key is kept by %s", c.MasterKeyURL)
	}
	if key, err = readMasterKey(path); !errors.Is(err, fs.ErrNotExist) || c.MasterKeyURL != "" {
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

// ReplaceMasterKey puts a key in the place of the one in path.
func ReplaceMasterKey(path string, key []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".master.key-*") // 0600
	if err != nil {
		return fmt.Errorf("replace the master key: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("replace the master key: %w", err)
	}
	return nil
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
