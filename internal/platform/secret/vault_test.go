package secret_test

import (
	"bytes"
	"fmt"
	"testing"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

func openKeys(t *testing.T, v *secret.Vault, org id.ID) *secret.Keys {
	t.Helper()
	wrapped, err := v.NewOrg(org)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := v.OpenOrg(org, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	v, err := secret.NewVault(bytes.Repeat([]byte{7}, secret.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	org, row := id.New(), id.New()
	keys := openKeys(t, v, org)
	sealed, err := keys.Seal("leads", "email", row, "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("ann")) {
		t.Fatal("the sealed value shows the clear text")
	}
	if got, err := keys.Open("leads", "email", row, sealed); err != nil || got != "ann@example.com" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	for name, open := range map[string]func() (string, error){
		"other row":    func() (string, error) { return keys.Open("leads", "email", id.New(), sealed) },
		"other column": func() (string, error) { return keys.Open("leads", "phone", row, sealed) },
		"other table":  func() (string, error) { return keys.Open("users", "email", row, sealed) },
		"other organisation": func() (string, error) {
			return openKeys(t, v, id.New()).Open("leads", "email", row, sealed)
		},
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
}

func TestWrappedKeyBelongsToItsOrganisation(t *testing.T) {
	v, _ := secret.NewVault(bytes.Repeat([]byte{7}, secret.MasterKeySize))
	other, _ := secret.NewVault(bytes.Repeat([]byte{8}, secret.MasterKeySize))
	org := id.New()
	wrapped, err := v.NewOrg(org)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.OpenOrg(id.New(), wrapped); err == nil {
		t.Error("another organisation opened the key")
	}
	if _, err := other.OpenOrg(org, wrapped); err == nil {
		t.Error("another master key opened the key")
	}
}

func TestBlindIndex(t *testing.T) {
	v, _ := secret.NewVault(bytes.Repeat([]byte{7}, secret.MasterKeySize))
	org := id.New()
	wrapped, _ := v.NewOrg(org)
	a, _ := v.OpenOrg(org, wrapped)
	b, _ := v.OpenOrg(org, wrapped)
	if !bytes.Equal(a.Blind("email", "x@y.z"), b.Blind("email", "x@y.z")) {
		t.Error("two openings of one key give different indexes")
	}
	if bytes.Equal(a.Blind("email", "x"), a.Blind("phone", "x")) {
		t.Error("kinds are not kept apart")
	}
	if a.Blind("email", "") != nil {
		t.Error("an empty value has an index")
	}
}

func TestStringHidesItself(t *testing.T) {
	s := secret.String("hunter2")
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q"} {
		if out := fmt.Sprintf(verb, s); bytes.Contains([]byte(out), []byte("hunter2")) {
			t.Errorf("%s prints %s", verb, out)
		}
	}
}
