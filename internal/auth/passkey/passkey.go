// Package passkey keeps the passkeys of people and runs their two ceremonies
// (WebAuthn level 3): adding one, and proving that one is at hand. It is the only
// place that knows the library.
//
// Invariants:
//   - The authenticator has verified its holder (PIN, finger, face) in both
//     ceremonies, so a passkey is two factors by itself.
//   - A challenge is random, good for one answer and for a few minutes; its row is
//     deleted before the answer is judged.
//   - A counter that does not move on refuses the sign-in: a copy may exist
//     (WebAuthn 7.2, step 22). Synchronised passkeys always count zero.
//   - A passkey is bound to the host name of the public URL and to its origin, so
//     a page elsewhere gets nothing out of it.
//
// Tables: passkeys, passkey_challenges.
//
// Files: passkey.go (keeping), ceremony.go (challenges and answers), store.go
// (SQL).
package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	// ChallengeLife is how long a person may take for a ceremony. WebAuthn 15.1
	// recommends 5 to 10 minutes with user verification.
	ChallengeLife = 5 * time.Minute
	// most passkeys of one person.
	most = 20
)

// Passkey is one authenticator of a person.
type Passkey struct {
	ID         id.ID      `json:"id"`
	Name       string     `json:"name"`
	Synced     bool       `json:"synced" doc:"The authenticator copies it to the person's other devices."`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
}

// Service runs ceremonies. Methods that take a person run in a transaction of a
// tenant of theirs.
type Service struct {
	clock clock.Clock
	// web is nil where passkeys cannot work; off says why.
	web *webauthn.WebAuthn
	off error
}

// New returns a Service for the pages under publicURL. Where browsers offer no
// passkeys (no host name, no https) every ceremony answers a conflict that says
// so.
func New(publicURL string, c clock.Clock) (*Service, error) {
	s := &Service{clock: c}
	host, origin, err := relyingParty(publicURL)
	if err != nil {
		s.off = err
		return s, nil //nolint:nilerr // told at each ceremony
	}
	s.web, err = webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Rainmaker", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: ChallengeLife},
			Registration: webauthn.TimeoutConfig{Timeout: ChallengeLife},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys under %s: %w", publicURL, err)
	}
	return s, nil
}

// relyingParty is the host name and the origin of the pages. This machine by
// number is this machine by name, because browsers take no numbers.
func relyingParty(publicURL string) (host, origin string, err error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" {
		return "", "", unavailable("the program does not know where people reach it: set public_url")
	}
	host = u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		if !addr.IsLoopback() {
			return "", "", unavailable("passkeys need a host name, not a number: set public_url")
		}
		host = "localhost"
	}
	if u.Scheme != "https" && host != "localhost" {
		return "", "", unavailable("passkeys need https")
	}
	u.Host = host + portOf(u)
	return host, u.Scheme + "://" + u.Host, nil
}

func portOf(u *url.URL) string {
	if u.Port() == "" {
		return ""
	}
	return ":" + u.Port()
}

func unavailable(why string) error {
	return &errs.Error{Kind: errs.Conflict, Code: "passkeys_unavailable", Message: why}
}

// Count is how many passkeys a person has.
func (s *Service) Count(ctx context.Context, tx db.Tx, user id.ID) (int, error) {
	n, err := count(ctx, tx, user)
	if err != nil {
		return 0, fmt.Errorf("passkeys: %w", err)
	}
	return n, nil
}

// List returns the passkeys of a person, the oldest first.
func (s *Service) List(ctx context.Context, tx db.Tx, user id.ID) ([]Passkey, error) {
	list, err := selectList(ctx, tx, user)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return list, nil
}

// Rename changes what the person calls it.
func (s *Service) Rename(ctx context.Context, tx db.Tx, user, key id.ID, name string) (Passkey, error) {
	name, err := org.CleanName("body.name", name)
	if err != nil {
		return Passkey{}, err
	}
	p, err := rename(ctx, tx, user, key, name)
	if db.NoRows(err) {
		return Passkey{}, errs.New(errs.NotFound, "passkey not found")
	}
	if err != nil {
		return Passkey{}, fmt.Errorf("rename passkey: %w", err)
	}
	return p, nil
}

// Exists answers NotFound unless the passkey is the person's.
func (s *Service) Exists(ctx context.Context, tx db.Tx, user, key id.ID) error {
	list, err := s.List(ctx, tx, user)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.ID == key {
			return nil
		}
	}
	return errs.New(errs.NotFound, "passkey not found")
}

// Remove takes a passkey away.
func (s *Service) Remove(ctx context.Context, tx db.Tx, user, key id.ID) error {
	gone, err := remove(ctx, tx, user, key)
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	if !gone {
		return errs.New(errs.NotFound, "passkey not found")
	}
	return nil
}

// Prune deletes challenges that nobody answered, over all people.
func (s *Service) Prune(ctx context.Context, tx db.Tx) error {
	if err := deleteChallenges(ctx, tx, s.clock.Now()); err != nil {
		return fmt.Errorf("prune passkey challenges: %w", err)
	}
	return nil
}

// person is a user as the library asks for one.
type person struct {
	id      id.ID
	name    string
	display string
	keys    []webauthn.Credential
}

// WebAuthnID is the user handle. It is the id and holds nothing personal
// (WebAuthn 14.6.1).
func (p person) WebAuthnID() []byte { return p.id[:] }

// WebAuthnName is what the authenticator shows to tell accounts apart.
func (p person) WebAuthnName() string { return p.name }

// WebAuthnDisplayName is the person's name.
func (p person) WebAuthnDisplayName() string { return p.display }

// WebAuthnCredentials are the person's passkeys.
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.keys }

// read opens stored credentials.
func read(rows []row) ([]webauthn.Credential, error) {
	keys := make([]webauthn.Credential, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r.credential, &keys[i]); err != nil {
			return nil, fmt.Errorf("passkey %s: %w", r.id, err)
		}
	}
	return keys, nil
}

// why is the library's reason, for the log.
func why(err error) error {
	var e *protocol.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %s %s", e.Type, e.Details, e.DevInfo)
	}
	return err
}
