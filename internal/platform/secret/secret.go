// Package secret holds what must not be seen: secrets as a type that cannot be
// printed, and sealed columns, which are personal data encrypted with a key of
// their organisation beside a blind index for equality.
//
// Files: secret.go (String), vault.go (keys, sealing, blind indexes), kek.go (what
// the secret of the installation is wrapped with), rotate.go (new sealing keys).
package secret

import (
	"encoding/json"
	"log/slog"
)

const hidden = "[secret]"

// String is a secret that logs, prints and marshals as "[secret]". Reveal is
// the one way to its value, so that every use can be searched for.
type String string

// Reveal returns the secret itself, for the library that needs it.
func (s String) Reveal() string { return string(s) }

// String hides the value from fmt.
func (s String) String() string { return hidden }

// GoString hides the value from %#v.
func (s String) GoString() string { return hidden }

// LogValue hides the value from slog.
func (s String) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the value from answers and events.
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }
