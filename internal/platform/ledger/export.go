package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Store is where copies of checkpoints go: outside the database, best where
// nobody can overwrite.
type Store interface {
	// Put keeps text under name, which is new each time and sorts by time. The
	// same name comes again with the same text after a failure.
	Put(ctx context.Context, name, text string) error
}

// exportName of a checkpoint: a folder a day, so that a listing stays short.
func exportName(c Checkpoint) string {
	return c.At.Format("2006/01/02/150405Z-") + fmt.Sprintf("%012d.txt", c.Size)
}

// Dir is a Store in a directory. Files are written whole or not at all, never
// again, and read-only; the directory may be a mounted or synchronised bucket.
type Dir string

// Put implements Store.
func (d Dir) Put(_ context.Context, name, text string) error {
	path := filepath.Join(string(d), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("checkpoint folder: %w", err)
	}
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".checkpoint-*")
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Chmod(0o400), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		return fmt.Errorf("write checkpoint: %w", err) // also when another text has this name
	}
	return nil
}

// ReadNotes returns the signed texts below a directory or in one file, in the
// order of their names. A directory that is not there holds none.
func ReadNotes(path string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Type().IsRegular() && entry.Name()[0] != '.':
			files = append(files, name)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	slices.Sort(files)
	var notes []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read checkpoints: %w", err)
		}
		notes = append(notes, SplitNotes(text)...)
	}
	return notes, nil
}
