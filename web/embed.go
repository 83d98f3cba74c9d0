// Package web carries the built web app in the binary and serves it.
//
// It owns everything below web/: the TypeScript sources, and their built form in
// dist, which is not committed. Without a built app the package still compiles
// and serves one line that says how to build it, so Go needs no Node.
//
// Invariants: a file below /assets/ has its hash in its name and never changes,
// and one that is missing is 404, never HTML, because a browser that still runs
// an older release must notice. Every other address without a file extension is
// the app itself, with a Content-Security-Policy that names a fresh nonce.
//
// Files: embed.go (what is carried), handler.go (serving), policy.go (headers).
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// built returns the tree of the built app; it holds no index.html when the app
// was not built.
func built() fs.FS {
	tree, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embed directive above guarantees the folder
	}
	return tree
}

// Hash identifies the built app in the binary, or is empty when there is none.
// Releases are refused without it.
func Hash() string {
	hash, err := hashOf(built())
	if err != nil {
		panic(fmt.Errorf("read embedded web app: %w", err)) // memory, not a disk
	}
	return hash
}

// hashOf is the first 12 hex digits of a SHA-256 over names and contents. The
// compressed copies follow from the originals and are left out.
func hashOf(tree fs.FS) (string, error) {
	if _, err := fs.Stat(tree, indexName); err != nil {
		return "", nil //nolint:nilerr // not built, which is no failure
	}
	sum := sha256.New()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !served(name) || encodingOf(name) != "" {
			return err
		}
		file, err := tree.Open(name)
		if err != nil {
			return err
		}
		defer file.Close() // read only
		fmt.Fprintf(sum, "%d %s\n", len(name), name)
		_, err = io.Copy(sum, file)
		return err
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// served reports whether a file of the tree is for browsers: nothing whose path
// has a part that begins with a dot (the build's own manifest, .gitkeep).
func served(name string) bool {
	return !strings.HasPrefix(name, ".") && !strings.Contains(name, "/.")
}
