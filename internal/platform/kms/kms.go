// Package kms wraps the secret of the installation with a key that a service
// keeps: AWS KMS, Google Cloud KMS, or the transit engine of HashiCorp Vault. It
// asks when a process starts and when the key is changed, never in between, so a
// service that is away stops no running program.
//
// The address is the operator's, never a tenant's; credentials come from the
// environment as each service's own tools take them (AWS_..., application default
// credentials, VAULT_ADDR and VAULT_TOKEN).
//
// Files: kms.go.
package kms

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gocloud.dev/secrets"
	_ "gocloud.dev/secrets/awskms"     // awskms://
	_ "gocloud.dev/secrets/gcpkms"     // gcpkms://
	_ "gocloud.dev/secrets/hashivault" // hashivault://

	"rainmaker/internal/platform/errs"
)

// timeout bounds one question, retries of the service's own client included.
const timeout = 30 * time.Second

// Schemes are the kinds of keys that Open knows.
func Schemes() []string { return []string{"awskms", "gcpkms", "hashivault"} }

// Known reports whether Open knows the scheme of address.
func Known(address string) bool {
	scheme, rest, ok := strings.Cut(address, "://")
	return ok && rest != "" && slices.Contains(Schemes(), scheme)
}

// Key is a key of a service. It is a secret.KEK.
type Key struct {
	name   string
	keeper *secrets.Keeper
}

// Open makes ready to use the key at address. Nothing is asked yet.
func Open(ctx context.Context, address string) (*Key, error) {
	if !Known(address) {
		return nil, errs.New(errs.Invalid, "the key's address must begin with one of %s://", strings.Join(Schemes(), "://, "))
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "the address of the key-encryption key cannot be read")
	}
	keeper, err := secrets.OpenKeeper(ctx, address)
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "the key-encryption key cannot be used: check its address and the credentials in the environment")
	}
	return &Key{u.Scheme + "://" + u.Host + u.Path, keeper}, nil
}

// Name is the address without its options.
func (k *Key) Name() string { return k.name }

// Wrap encrypts with the service's key.
func (k *Key) Wrap(ctx context.Context, plaintext []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	wrapped, err := k.keeper.Encrypt(ctx, plaintext)
	if err != nil {
		return nil, errs.Wrap(errs.Unavailable, fmt.Errorf("encrypt: %w", err), "the key-encryption key %s did not encrypt", k.name)
	}
	return wrapped, nil
}

// Unwrap decrypts what Wrap encrypted.
func (k *Key) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	plaintext, err := k.keeper.Decrypt(ctx, wrapped)
	if err != nil {
		return nil, errs.Wrap(errs.Unavailable, fmt.Errorf("decrypt: %w", err), "the key-encryption key %s did not decrypt", k.name)
	}
	return plaintext, nil
}

// Close lets go of connections.
func (k *Key) Close() error { return k.keeper.Close() }
