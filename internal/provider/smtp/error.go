package smtp

import (
	"errors"
	"fmt"
)

// Phase is how far a mail got.
type Phase string

// The phases, in order. Up to PhaseBody nothing can have been sent.
const (
	PhaseDial     Phase = "dial"
	PhaseGreeting Phase = "greeting" // banner and EHLO
	PhaseStartTLS Phase = "starttls" // TLS handshakes of either kind
	PhaseAuth     Phase = "auth"
	PhaseMail     Phase = "mail"
	PhaseRcpt     Phase = "rcpt"
	PhaseData     Phase = "data"
	PhaseBody     Phase = "body"
	PhaseDot      Phase = "dot"
)

// Error is a mail or a connection that failed.
type Error struct {
	Phase Phase
	// Code is the server's reply, or the one that it would have given to what
	// we refused ourselves; 0 when the connection failed.
	Code     int
	Enhanced string // RFC 3463, such as "5.1.1"; may be empty
	Text     string
	// Temporary: the same mail may pass later.
	Temporary bool
	// Doubtful: the final dot may have been written and no answer to it was
	// understood. Nobody may send the mail again before somebody asked.
	Doubtful bool
	Cause    error
}

// Error describes the failure. It may quote what the server said.
func (e *Error) Error() string {
	switch {
	case e.Code == 0 && e.Cause != nil:
		return fmt.Sprintf("smtp %s: %s: %v", e.Phase, e.Text, e.Cause)
	case e.Code == 0:
		return fmt.Sprintf("smtp %s: %s", e.Phase, e.Text)
	case e.Enhanced != "":
		return fmt.Sprintf("smtp %s: %d %s %s", e.Phase, e.Code, e.Enhanced, e.Text)
	}
	return fmt.Sprintf("smtp %s: %d %s", e.Phase, e.Code, e.Text)
}

// Unwrap returns the network error, if there was one.
func (e *Error) Unwrap() error { return e.Cause }

// broken is a connection that failed before anything can have been sent.
func broken(phase Phase, text string, cause error) *Error {
	return &Error{Phase: phase, Text: text, Temporary: true, Cause: cause}
}

// refused is what we refuse in the server's stead.
func refused(phase Phase, code int, enhanced, format string, args ...any) *Error {
	return &Error{Phase: phase, Code: code, Enhanced: enhanced, Text: fmt.Sprintf(format, args...)}
}

// rejected is what the server refused.
func rejected(phase Phase, r Reply) *Error {
	return &Error{Phase: phase, Code: r.Code, Enhanced: r.Enhanced, Text: r.Text, Temporary: r.Code/100 == 4}
}

// errNotUnderstood marks replies that are not SMTP.
var errNotUnderstood = errors.New("the server's answer is not understood")
