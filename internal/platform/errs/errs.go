// Package errs is the error vocabulary of the program: a kind for machines, a
// public message for people, and a cause that only the log sees.
//
// A function returns an errs error when its caller, or the person behind the
// API, can act on it; everything else is wrapped with %w and ends as Internal.
// The table from kinds to HTTP lives in api, the table to retries in job.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure it is. Programs act on the kind, never on the
// message.
type Kind string

// The kinds. An error without a kind is Internal.
const (
	Invalid            Kind = "invalid"             // the input is wrong; Fields says where
	NotFound           Kind = "not_found"           // not there, or not yours: the same answer
	Conflict           Kind = "conflict"            // the state does not allow it (now)
	PreconditionFailed Kind = "precondition_failed" // If-Match named another version
	Forbidden          Kind = "forbidden"           // signed in, but the role may not
	Unauthenticated    Kind = "unauthenticated"     // not signed in
	LimitExceeded      Kind = "limit_exceeded"      // try again after RetryAfter
	TooLarge           Kind = "too_large"           // body, file or field above its limit
	Unavailable        Kind = "unavailable"         // a dependency is down; try again
	Internal           Kind = "internal"            // ours; the message says nothing
)

// Field is one wrong input: Location is a dotted path such as "body.email" or
// "query.limit", Message says what is wrong with it.
type Field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Error is an error with a kind and a message that may be shown to people.
type Error struct {
	Kind       Kind
	Code       string // stable, for programs, such as "mfa_required"; may be empty
	Message    string // public; never holds personal data or secrets
	Fields     []Field
	RetryAfter time.Duration
	Cause      error // private; logged, never shown
}

// Error returns the message with its cause, for logs.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an error of the kind with a public message.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error of the kind with a public message that keeps cause for
// the log.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// InvalidField returns an Invalid error that names one field.
func InvalidField(location, format string, args ...any) *Error {
	msg := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Message: location + ": " + msg, Fields: []Field{{Location: location, Message: msg}}}
}

// KindOf returns the kind of the first Error in err's chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err's kind is kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
