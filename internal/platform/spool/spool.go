// Package spool holds a stream so that it can be read twice: small ones in
// memory, large ones in a temporary file that nobody else can open.
package spool

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Memory is how much of a stream is kept in memory, in bytes.
const Memory = 1 << 20

// Body is a stream at rest. Each Reader starts at the beginning.
type Body struct {
	small []byte
	file  *os.File
	size  int64
}

// Read takes in all of r. Errors of r come back as they are.
func Read(r io.Reader) (*Body, error) {
	if r == nil {
		return &Body{}, nil
	}
	var head bytes.Buffer
	n, err := io.Copy(&head, io.LimitReader(r, Memory))
	if err != nil {
		return nil, err
	}
	if n < Memory {
		return &Body{small: head.Bytes(), size: n}, nil
	}
	f, err := os.CreateTemp("", "rainmaker-body-*")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	// Unlinked at once: it goes away with the process, however that ends.
	_ = os.Remove(f.Name())
	n, err = io.Copy(f, io.MultiReader(&head, r))
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Body{file: f, size: n}, nil
}

// Size of the stream in bytes.
func (b *Body) Size() int64 { return b.size }

// Reader starts again at the beginning.
func (b *Body) Reader() io.ReadCloser {
	if b.file == nil {
		return io.NopCloser(bytes.NewReader(b.small))
	}
	return io.NopCloser(io.NewSectionReader(b.file, 0, b.size))
}

// Close frees the file.
func (b *Body) Close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}
