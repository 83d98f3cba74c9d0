// Package inbox reads what comes back to mailboxes at their own servers (IMAP),
// for everybody who cannot have answers and bounces delivered to us by SMTP.
//
// Invariants: an inbox is only read; nothing in it is marked, moved or deleted.
// Mail that is neither about a mail of ours nor from a lead leaves a hash behind,
// nothing else (package email). What is read by an inbox of an organisation acts
// on that organisation alone. One process reads an inbox at a time; a mail that
// is read twice acts once. A server that refuses is asked less and less often,
// and says why on the page of mailboxes.
//
// Table: mailbox_inboxes. Event out: mailbox.changed.
// Files: inbox.go (types, ports), service.go (use cases), read.go (reading),
// store.go.
package inbox

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Server says where an inbox is.
type Server struct {
	Host     string
	Port     int
	Username string
	Password secret.String
	TLS      string // none, starttls, tls
}

// Inbox is the inbox of a mailbox, without its password.
type Inbox struct {
	Mailbox   id.ID
	Server    Server
	CheckedAt *time.Time // the last reading that came to its end
	LastError string     // why the last one did not; empty when it did
}

// Reader connects to servers: provider/imap. The error is an *Error.
type Reader interface {
	Open(ctx context.Context, s Server) (Session, error)
}

// Mark is how far an inbox was read. Under another numbering, numbers mean other
// mails (RFC 9051 2.3.1.1).
type Mark struct {
	Validity uint32 // the numbering; 0: never read
	Next     uint32 // the first number that was not read
}

// Session is an inbox that has been opened for reading. Errors are *Error, but
// for those of the caller's own functions.
type Session interface {
	// Start returns where to go on: at a mark, or, when the mails are numbered
	// otherwise by now, at one before which none arrived since a time.
	Start(ctx context.Context, known Mark, since time.Time) (Mark, error)
	// Read hands over mails from a number on, at most as many as said, in their
	// order and cut off at MaxBytes. It returns the number to go on with and how
	// many there were; an error of each ends it.
	Read(ctx context.Context, from uint32, most int, each func(raw []byte) error) (next uint32, n int, err error)
	Close() error
}

// MaxBytes of a mail are read: the words come first, and what is attached behind
// them is not looked at.
const MaxBytes = 1 << 20

// Error is a failure of an inbox, in words for whoever set it up.
type Error struct {
	Phase string // dial, login, select, read
	Text  string
	Err   error
}

// Error tells where and why.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Phase, e.Text) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
