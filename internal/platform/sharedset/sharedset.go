// Package sharedset finds the real data sets that stand beside a developer's
// checkout. Only tests import it: the product never needs them.
package sharedset

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder of the named set. When the sets are not on this
// machine it says so in the test's log and returns false; the test goes on with
// what it can check without them.
func Dir(t testing.TB, name string) (string, bool) {
	t.Helper()
	return Path(t, filepath.Join("sets", name))
}

// Path returns the named path in the shared folder beside the repository's
// root, such as "contracts/openai".
func Path(t testing.TB, name string) (string, bool) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("working directory: %v", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		path := filepath.Join(filepath.Dir(dir), "shared", name)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
		break
	}
	t.Logf("shared data %q is not on this machine: the checks that need it are left out", name)
	return "", false
}
