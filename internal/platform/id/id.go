// Package id makes the identifiers of the program: UUID version 7, so that they
// sort by creation time and never tell anything about a neighbour.
package id

import (
	"github.com/google/uuid"

	"rainmaker/internal/platform/errs"
)

// ID is a UUID. The zero value means "none" and is never stored as a key.
type ID = uuid.UUID

// Nil is the zero ID.
var Nil = uuid.Nil

// New returns a new UUIDv7. It panics only when the system has no randomness.
func New() ID { return uuid.Must(uuid.NewV7()) }

// Parse reads the canonical text form; location names the field in the error.
func Parse(location, s string) (ID, error) {
	v, err := uuid.Parse(s)
	if err != nil || len(s) != 36 {
		return Nil, errs.InvalidField(location, "not an id")
	}
	return v, nil
}
