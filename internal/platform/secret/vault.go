package secret

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/platform/id"
)

// MasterKeySize is the size of a master key, and of the secret of an
// installation, in bytes.
const MasterKeySize = 32

// Vault holds the secret of this installation: whatever is derived or sealed for
// the installation hangs on it, and the keys of organisations are opened with
// it. The secret never changes; what it is wrapped with does (KEK).
type Vault struct {
	root []byte
	kek  tink.AEAD // of the keys of organisations
}

// NewVault returns the vault of a secret of MasterKeySize random bytes.
func NewVault(root []byte) (*Vault, error) {
	if len(root) != MasterKeySize {
		return nil, fmt.Errorf("the secret of the installation has %d bytes, not %d", len(root), MasterKeySize)
	}
	v := &Vault{root: bytes.Clone(root)}
	key, err := v.Derive("key-encryption", 32)
	if err != nil {
		return nil, err
	}
	if v.kek, err = subtle.NewAESGCM(key); err != nil {
		return nil, fmt.Errorf("key-encryption key: %w", err)
	}
	return v, nil
}

// Derive returns n bytes for one named purpose (HKDF-SHA256). The same purpose
// gives the same bytes in every process of the installation.
func (v *Vault) Derive(purpose string, n int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, v.root, nil, "rainmaker/"+purpose, n)
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", purpose, err)
	}
	return key, nil
}

// Check returns a value that tells two installations apart without revealing
// their secrets.
func (v *Vault) Check() ([]byte, error) { return v.Derive("key-check", 16) }

// NewOrg makes the random keys of a new organisation, wrapped for storage.
func (v *Vault) NewOrg(org id.ID) ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("new organisation key: %w", err)
	}
	var buf bytes.Buffer
	if err := handle.Write(keyset.NewBinaryWriter(&buf), bound{v.kek, orgData(org)}); err != nil {
		return nil, fmt.Errorf("wrap organisation key: %w", err)
	}
	return buf.Bytes(), nil
}

// OpenOrg unwraps the keys that NewOrg made for org.
func (v *Vault) OpenOrg(org id.ID, wrapped []byte) (*Keys, error) {
	handle, err := keyset.Read(keyset.NewBinaryReader(bytes.NewReader(wrapped)), bound{v.kek, orgData(org)})
	if err != nil {
		return nil, fmt.Errorf("unwrap the key of organisation %s (of another installation?): %w", org, err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("organisation key: %w", err)
	}
	blind, err := v.blindKey(org, handle)
	if err != nil {
		return nil, err
	}
	k := &Keys{org: org, blind: blind}
	k.sealing.Store(&sealing{primitive, prefixOf(handle.KeysetInfo().GetPrimaryKeyId())})
	return k, nil
}

// blindKey derives the key of the blind indexes from the first key of the
// keyset, so that rotating the sealing key keeps the indexes.
func (v *Vault) blindKey(org id.ID, handle *keyset.Handle) ([]byte, error) {
	ks := insecurecleartextkeyset.KeysetMaterial(handle)
	if len(ks.GetKey()) == 0 {
		return nil, errors.New("blind index key: empty keyset")
	}
	first := ks.GetKey()[0].GetKeyData().GetValue()
	key, err := hkdf.Key(sha256.New, first, v.root, "rainmaker/blind/"+org.String(), 32)
	if err != nil {
		return nil, fmt.Errorf("blind index key: %w", err)
	}
	return key, nil
}

func orgData(org id.ID) []byte { return append([]byte("org-key/"), org[:]...) }

// bound is an AEAD whose associated data is fixed, so that a wrapped key cannot
// be moved to another organisation.
type bound struct {
	tink.AEAD
	data []byte
}

func (b bound) Encrypt(plaintext, _ []byte) ([]byte, error) {
	return b.AEAD.Encrypt(plaintext, b.data)
}

func (b bound) Decrypt(ciphertext, _ []byte) ([]byte, error) {
	return b.AEAD.Decrypt(ciphertext, b.data)
}

// Keys are the opened keys of one organisation. Safe for concurrent use, and
// while they are rotated: whoever holds them sees the change.
type Keys struct {
	org     id.ID
	blind   []byte // never changes
	sealing atomic.Pointer[sealing]
}

// sealing is what a rotation changes.
type sealing struct {
	aead   tink.AEAD
	prefix []byte // with which values under the newest key begin
}

// Renew takes over the newer keys of the same organisation.
func (k *Keys) Renew(newer *Keys) { k.sealing.Store(newer.sealing.Load()) }

// Prefix is how values begin that were sealed under the primary key: what begins
// otherwise is to be sealed again.
func (k *Keys) Prefix() []byte { return bytes.Clone(k.sealing.Load().prefix) }

// Keyring gives the keys of an organisation. org.Service is one; domains that
// hold personal data take it.
type Keyring interface {
	Keys(ctx context.Context, org id.ID) (*Keys, error)
}

// Seal encrypts the value of one column of one row. The place is bound to the
// ciphertext: moved to another row, column, table or organisation it does not
// open. An empty value seals to nil (SQL null).
func (k *Keys) Seal(table, column string, row id.ID, value string) ([]byte, error) {
	if value == "" {
		return nil, nil
	}
	sealed, err := k.sealing.Load().aead.Encrypt([]byte(value), k.place(table, column, row))
	if err != nil {
		return nil, fmt.Errorf("seal %s.%s: %w", table, column, err)
	}
	return sealed, nil
}

// Open decrypts what Seal sealed for the same place.
func (k *Keys) Open(table, column string, row id.ID, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	value, err := k.sealing.Load().aead.Decrypt(sealed, k.place(table, column, row))
	if err != nil {
		return "", fmt.Errorf("open %s.%s of %s: %w", table, column, row, err)
	}
	return string(value), nil
}

func (k *Keys) place(table, column string, row id.ID) []byte {
	place := make([]byte, 0, 64)
	place = append(place, k.org[:]...)
	place = append(place, table...)
	place = append(place, '.')
	place = append(place, column...)
	place = append(place, '.')
	return append(place, row[:]...)
}

// BlindSize is the size of a blind index value in bytes.
const BlindSize = 16

// Blind returns the keyed index of a normalised value, for equality lookups of
// sealed columns. kind keeps e-mails, phones and domains apart; the same value
// of the same kind has the same index in every table, so that suppressions and
// leads meet. An empty value has none.
func (k *Keys) Blind(kind, value string) []byte {
	if value == "" {
		return nil
	}
	mac := hmac.New(sha256.New, k.blind)
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return mac.Sum(nil)[:BlindSize]
}

// ParseMasterKey reads a master key written as base64.
func ParseMasterKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != MasterKeySize {
		return nil, errors.New("master key: want 32 bytes in base64")
	}
	return key, nil
}
