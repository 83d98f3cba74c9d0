// Package signal names what auth and api tell of, for somebody who counts: watch.
//
// Files: signal.go.
package signal

import (
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// Kind is something that deserves to be counted.
type Kind string

// What is noted, and by whom.
const (
	SignInFailed Kind = "sign_in_failed" // auth: a wrong password of a known person
	FactorFailed Kind = "mfa_failed"     // auth: a wrong second factor
	TokenReused  Kind = "token_reused"   // auth: a refresh token came a second time: somebody has a copy
	Denied       Kind = "access_denied"  // api: the table of rights said no
	Throttled    Kind = "rate_limited"   // api: more requests than allowed
	Exported     Kind = "rows_exported"  // api: N rows left in a file
	SignedIn     Kind = "signed_in"      // auth: a session began
)

// Signal is one such thing. It holds no personal data.
type Signal struct {
	Org   id.ID
	Kind  Kind
	Actor org.Actor // empty when nobody is known
	N     int64
}

// Watcher counts signals; auth/watch is one. Note must not wait.
type Watcher interface {
	Note(s Signal)
}
