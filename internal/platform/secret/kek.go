package secret

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// KEK is a key-encryption key: all it ever encrypts is the secret of the
// installation, once, so it may live in a service that is asked at start only.
type KEK interface {
	// Name tells keys apart. It is stored in clear beside what was wrapped.
	Name() string
	Wrap(ctx context.Context, plaintext []byte) ([]byte, error)
	Unwrap(ctx context.Context, wrapped []byte) ([]byte, error)
}

// localKEK is a master key that the process holds itself.
type localKEK struct {
	name string
	aead tink.AEAD
}

// NewLocalKEK returns the key-encryption key of a master key of MasterKeySize
// random bytes.
func NewLocalKEK(master []byte) (KEK, error) {
	if len(master) != MasterKeySize {
		return nil, fmt.Errorf("master key has %d bytes, not %d", len(master), MasterKeySize)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "rainmaker-kek/wrap", 32)
	if err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	name, err := hkdf.Key(sha256.New, master, nil, "rainmaker-kek/name", 8)
	if err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	k := localKEK{name: "local:" + hex.EncodeToString(name)}
	if k.aead, err = subtle.NewAESGCM(key); err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	return k, nil
}

func (k localKEK) Name() string { return k.name }

func (k localKEK) Wrap(_ context.Context, plaintext []byte) ([]byte, error) {
	return k.aead.Encrypt(plaintext, []byte(k.name))
}

func (k localKEK) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	return k.aead.Decrypt(wrapped, []byte(k.name))
}

// NewRandomVault returns the vault of a new installation.
func NewRandomVault() (*Vault, error) {
	fresh := make([]byte, MasterKeySize)
	_, _ = rand.Read(fresh) // never fails since Go 1.24
	return NewVault(fresh)
}

// OpenVault unwraps what Wrap wrapped.
func OpenVault(ctx context.Context, kek KEK, wrapped []byte) (*Vault, error) {
	root, err := kek.Unwrap(ctx, wrapped)
	if err != nil {
		return nil, fmt.Errorf("unwrap the secret of the installation with %s: %w", kek.Name(), err)
	}
	return NewVault(root)
}

// Wrap encrypts the secret of the installation for storage.
func (v *Vault) Wrap(ctx context.Context, kek KEK) ([]byte, error) {
	wrapped, err := kek.Wrap(ctx, v.root)
	if err != nil {
		return nil, fmt.Errorf("wrap the secret of the installation with %s: %w", kek.Name(), err)
	}
	return wrapped, nil
}
