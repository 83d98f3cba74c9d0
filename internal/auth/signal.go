package auth

import (
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// SignalKind is something that deserves to be counted.
type SignalKind string

// What is noted, and by whom.
const (
	SignalSignInFailed SignalKind = "sign_in_failed" // auth: a wrong password of a known person
	SignalFactorFailed SignalKind = "mfa_failed"     // auth: a wrong second factor
	SignalTokenReused  SignalKind = "token_reused"   // auth: a refresh token came a second time: somebody has a copy
	SignalDenied       SignalKind = "access_denied"  // api: the table of rights said no
	SignalThrottled    SignalKind = "rate_limited"   // api: more requests than allowed
	SignalExported     SignalKind = "rows_exported"  // api: N rows left in a file
	SignalSignedIn     SignalKind = "signed_in"      // auth: a session began
)

// Signal is one such thing. It holds no personal data.
type Signal struct {
	Org   id.ID
	Kind  SignalKind
	Actor org.Actor // empty when nobody is known
	N     int64
}

// Watcher counts signals; auth/watch is one. Note must not wait.
type Watcher interface {
	Note(s Signal)
}

// Join says who counts. Before it, nobody does.
func (s *Service) Join(w Watcher) { s.watcher = w }

func (s *Service) note(tenant id.ID, kind SignalKind, actor org.Actor) {
	if s.watcher != nil && tenant != id.Nil {
		s.watcher.Note(Signal{Org: tenant, Kind: kind, Actor: actor, N: 1})
	}
}
