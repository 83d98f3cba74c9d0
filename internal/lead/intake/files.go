package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rainmaker/internal/platform/id"
)

// Files keeps uploads until their import has read them. In a cluster it must be
// shared between the processes that take uploads and those that run jobs.
type Files interface {
	// Create stores what r gives, up to limit bytes, and reports its size. More
	// than limit is ErrFileTooLarge, and nothing is kept.
	Create(name id.ID, r io.Reader, limit int64) (int64, error)
	// Open returns the stored file.
	Open(name id.ID) (File, error)
	// Remove deletes the stored file; a missing one is no error.
	Remove(name id.ID) error
}

// File is a stored upload: XLSX needs random access.
type File interface {
	io.Reader
	io.ReaderAt
	io.Closer
}

// ErrFileTooLarge says that an upload exceeds its limit.
var ErrFileTooLarge = errors.New("file too large")

// Dir is Files in a directory of this machine. Uploads hold personal data in
// clear, for as long as their import takes: directory and files are readable by
// this user only.
type Dir string

func (d Dir) path(name id.ID) string { return filepath.Join(string(d), name.String()) }

// Create implements Files. The file appears under its name only when it is whole.
func (d Dir) Create(name id.ID, r io.Reader, limit int64) (int64, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return 0, fmt.Errorf("store upload: %w", err)
	}
	part := d.path(name) + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("store upload: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = ErrFileTooLarge
	}
	if err == nil {
		// The import that reads it survives a crash; so must the file.
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, d.path(name))
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("store upload: %w", err), os.Remove(part))
	}
	return n, nil
}

// Open implements Files.
func (d Dir) Open(name id.ID) (File, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	return f, nil
}

// Remove implements Files.
func (d Dir) Remove(name id.ID) error {
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove upload: %w", err)
	}
	return nil
}

// Limits bound an import; zero fields take the defaults.
type Limits struct {
	FileBytes int64 // of an upload; default 256 MiB, which holds a million wide rows
	Rows      int   // of a file; default 1,000,000
}

func (l Limits) withDefaults() Limits {
	if l.FileBytes == 0 {
		l.FileBytes = 256 << 20
	}
	if l.Rows == 0 {
		l.Rows = 1_000_000
	}
	return l
}
