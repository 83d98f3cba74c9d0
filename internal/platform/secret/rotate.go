package secret

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"rainmaker/internal/platform/id"
)

// prefixOf is how tink begins what a key sealed: a version and the key's id.
func prefixOf(key uint32) []byte { return binary.BigEndian.AppendUint32([]byte{1}, key) }

// AddOrgKey adds a new sealing key to those that NewOrg made. It opens from now
// on and seals nothing yet, so that processes can learn of it first.
func (v *Vault) AddOrgKey(org id.ID, wrapped []byte) ([]byte, error) {
	return v.change(org, wrapped, func(m *keyset.Manager, _ []*tink_go_proto.KeysetInfo_KeyInfo) error {
		_, err := m.Add(aead.AES256GCMKeyTemplate())
		return err
	})
}

// PromoteOrgKey makes the newest key the one that seals.
func (v *Vault) PromoteOrgKey(org id.ID, wrapped []byte) ([]byte, error) {
	return v.change(org, wrapped, func(m *keyset.Manager, keys []*tink_go_proto.KeysetInfo_KeyInfo) error {
		return m.SetPrimary(keys[len(keys)-1].GetKeyId())
	})
}

// RetireOrgKeys takes away every key that does not seal: what they sealed can
// never be opened again. The first key stays, without the right to open
// anything: blind indexes are derived from it.
func (v *Vault) RetireOrgKeys(org id.ID, wrapped []byte) ([]byte, error) {
	return v.change(org, wrapped, func(m *keyset.Manager, keys []*tink_go_proto.KeysetInfo_KeyInfo) error {
		h, err := m.Handle()
		if err != nil {
			return err
		}
		primary := h.KeysetInfo().GetPrimaryKeyId()
		var all error
		for i, key := range keys {
			switch {
			case key.GetKeyId() == primary:
			case i == 0:
				all = errors.Join(all, m.Disable(key.GetKeyId()))
			default:
				all = errors.Join(all, m.Delete(key.GetKeyId()))
			}
		}
		return all
	})
}

// change opens, changes and wraps again.
func (v *Vault) change(org id.ID, wrapped []byte, fn func(*keyset.Manager, []*tink_go_proto.KeysetInfo_KeyInfo) error) ([]byte, error) {
	by := bound{v.kek, orgData(org)}
	handle, err := keyset.Read(keyset.NewBinaryReader(bytes.NewReader(wrapped)), by)
	if err != nil {
		return nil, fmt.Errorf("unwrap the key of organisation %s (of another installation?): %w", org, err)
	}
	m := keyset.NewManagerFromHandle(handle)
	if err := fn(m, handle.KeysetInfo().GetKeyInfo()); err != nil {
		return nil, fmt.Errorf("change the keys of organisation %s: %w", org, err)
	}
	if handle, err = m.Handle(); err != nil {
		return nil, fmt.Errorf("change the keys of organisation %s: %w", org, err)
	}
	var buf bytes.Buffer
	if err := handle.Write(keyset.NewBinaryWriter(&buf), by); err != nil {
		return nil, fmt.Errorf("wrap the keys of organisation %s: %w", org, err)
	}
	return buf.Bytes(), nil
}
