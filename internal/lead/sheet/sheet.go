// Package sheet reads tables that people export from other programs: CSV in all
// its dialects, and XLSX. It streams, in bounded memory, whatever the file does.
//
// Invariants: no field is longer than MaxField, no row longer than MaxRow or
// wider than MaxColumns: beyond that the file is refused with an Error that
// names the row. Text is valid UTF-8. Rows are numbered as a spreadsheet numbers
// them: the first is 1, empty ones count.
//
// Files: sheet.go (Open, limits, errors), csv.go (the CSV reader), dialect.go
// (encoding and delimiter), xlsx.go.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits of a file. A quote that is never closed must not swallow memory.
const (
	MaxField   = 32 << 10 // bytes; also Excel's own limit of a cell
	MaxRow     = 1 << 20  // bytes
	MaxColumns = 200
)

// Error says why a file cannot be read, in words for the person who uploaded it.
type Error struct {
	Row    int // 0 when the whole file is meant
	Column int // 1 for the first; 0 when the whole row is meant
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	switch {
	case e.Row == 0:
		return e.Reason
	case e.Column == 0:
		return fmt.Sprintf("row %d: %s", e.Row, e.Reason)
	}
	return fmt.Sprintf("row %d, column %d: %s", e.Row, e.Column, e.Reason)
}

// Format of a file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Source is a stored file.
type Source interface {
	io.Reader
	io.ReaderAt
}

// Rows yields the rows of a table one by one.
type Rows interface {
	// Next returns the cells of the next row that is not empty and its number,
	// or io.EOF. The slice is valid until the next call; the strings stay.
	Next() (cells []string, row int, err error)
	// Info says what was found out about the file.
	Info() Info
	Close() error
}

// Info is how a file was read.
type Info struct {
	Format    Format `json:"format"`
	Delimiter string `json:"delimiter,omitempty"`
	Encoding  string `json:"encoding,omitempty"`
	Sheet     string `json:"sheet,omitempty"`
	Unwrapped int    `json:"unwrapped,omitempty"` // rows found whole inside quotes
}

// Open finds out what the file of size bytes is and returns its rows. tmp is a
// directory for what XLSX unpacks.
func Open(f Source, size int64, tmp string) (Rows, error) {
	head := make([]byte, 8)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read file: %w", err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openXLSX(f, size, tmp)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, &Error{Reason: "this is an old Excel (.xls) or a password-protected file: save it as XLSX or CSV without a password"}
	case bytes.HasPrefix(head, []byte("%PDF")), bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("\x89PNG")):
		return nil, &Error{Reason: "this is neither CSV nor XLSX"}
	}
	return openCSV(f)
}
