package secret_test

import (
	"bytes"
	"testing"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// TestRotation: what was sealed before opens until its key is retired, blind
// indexes stay through three rotations, and holders of keys see the change.
func TestRotation(t *testing.T) {
	v, err := secret.NewRandomVault()
	if err != nil {
		t.Fatal(err)
	}
	org, row := id.New(), id.New()
	wrapped, err := v.NewOrg(org)
	if err != nil {
		t.Fatal(err)
	}
	held, err := v.OpenOrg(org, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	blind := held.Blind("email", "ann@example.com")
	value := func() []byte {
		sealed, err := held.Seal("leads", "email", row, "ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	opens := func(k *secret.Keys, sealed []byte) bool {
		got, err := k.Open("leads", "email", row, sealed)
		return err == nil && got == "ann@example.com"
	}
	step := func(change func(id.ID, []byte) ([]byte, error)) *secret.Keys {
		if wrapped, err = change(org, wrapped); err != nil {
			t.Fatal(err)
		}
		k, err := v.OpenOrg(org, wrapped)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for range 3 {
		old, before := value(), held.Prefix()
		added := step(v.AddOrgKey)
		if !bytes.Equal(added.Prefix(), before) || !opens(added, old) {
			t.Fatal("a key that was only added seals, or the old one opens no more")
		}
		promoted := step(v.PromoteOrgKey)
		if opens(held, mustSeal(t, promoted, row)) {
			t.Fatal("the new key does not seal")
		}
		held.Renew(added)
		if !opens(held, mustSeal(t, promoted, row)) {
			t.Fatal("who learned of the new key does not open what it sealed")
		}
		held.Renew(promoted)
		fresh := value()
		if !bytes.HasPrefix(fresh, held.Prefix()) || bytes.HasPrefix(old, held.Prefix()) || !opens(held, old) {
			t.Fatal("after the promotion: wrong prefix, or the old value is lost")
		}
		held.Renew(step(v.RetireOrgKeys))
		if opens(held, old) || !opens(held, fresh) {
			t.Fatal("a retired key still opens, or the primary does not")
		}
		if !bytes.Equal(held.Blind("email", "ann@example.com"), blind) || !bytes.Equal(step(v.RetireOrgKeys).Blind("email", "ann@example.com"), blind) {
			t.Fatal("the blind index changed")
		}
	}
	if _, err := v.AddOrgKey(id.New(), wrapped); err == nil {
		t.Error("keys of one organisation were changed as another's")
	}
}

func mustSeal(t *testing.T, k *secret.Keys, row id.ID) []byte {
	t.Helper()
	sealed, err := k.Seal("leads", "email", row, "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TestKEK: the secret survives a change of what it is wrapped with, and opens
// with nothing else.
func TestKEK(t *testing.T) {
	v, err := secret.NewRandomVault()
	if err != nil {
		t.Fatal(err)
	}
	first, err := secret.NewLocalKEK(bytes.Repeat([]byte{1}, secret.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	second, err := secret.NewLocalKEK(bytes.Repeat([]byte{2}, secret.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	if first.Name() == second.Name() {
		t.Error("two keys have one name")
	}
	a, err := v.Wrap(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := v.Wrap(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := v.Derive("anything", 32)
	for _, c := range []struct {
		kek     secret.KEK
		wrapped []byte
		good    bool
	}{{first, a, true}, {second, b, true}, {first, b, false}, {second, a, false}, {first, a[1:], false}} {
		got, err := secret.OpenVault(t.Context(), c.kek, c.wrapped)
		if (err == nil) != c.good {
			t.Errorf("%s: %v, want good: %v", c.kek.Name(), err, c.good)
		}
		if err != nil {
			continue
		}
		if key, _ := got.Derive("anything", 32); !bytes.Equal(key, want) {
			t.Error("the unwrapped secret is another one")
		}
	}
	if _, err := secret.NewLocalKEK([]byte("short")); err == nil {
		t.Error("a short master key was taken")
	}
}
