// Package auth says who is asking and what they may do.
//
// Invariants:
//   - The tenant of a request comes from its proof (session, token or key) and
//     from nothing else.
//   - Proofs are stored as hashes. The secret of an API key is also stored
//     sealed, because verifying a signed request needs it.
//   - An unknown address, a wrong password and a place without membership give
//     the same answer after the same work.
//   - A proof is worth what its row says now: each is looked up again after
//     stateLife, so that logout, role change, removal and revocation hold
//     everywhere within that time, and in this process at once where it made
//     the change.
//   - The table in policy.go, with room field, is the only place that grants rights.
//   - Whatever changes how a person signs in ends every other session of that
//     person in the transaction of the change.
//
// Tables: sessions, refresh_tokens, api_keys, signed_requests,
// password_resets; of users the columns password_hash and epoch. Functions auth_*
// see several tenants, each for the reason given in the migration.
//
// Files: auth.go (Identity), authenticate.go (proof to identity), session.go
// (sign-up, sign-in, refresh, logout), sessions.go (where a person is signed
// in), factor.go (second factors), passkey.go, reset.go (new passwords), mail.go
// (mails to users), apikey.go (keys and signed requests), policy.go (role x
// operation), isolate.go (who is shut out, who counts
// signals), external.go (sessions that an identity provider vouches for),
// store*.go (SQL). Rooms of their own: token (access tokens and their keys),
// password (judging and hashing), mfa (codes), field (policy.go x field), required (who must have a second factor), passkey (WebAuthn), signature
// (signed requests), throttle (guessing), refusal (its metric), quota (days of keys), isolation (who is
// shut out), watch (alerts and incidents), peer (who is at the other end), cache,
// signal, external, oidc and saml (the protocols), sso (who comes through a provider).
package auth

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/auth/cache"
	"rainmaker/internal/auth/isolation"
	"rainmaker/internal/auth/mfa"
	"rainmaker/internal/auth/passkey"
	"rainmaker/internal/auth/password"
	"rainmaker/internal/auth/quota"
	"rainmaker/internal/auth/refusal"
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/auth/throttle"
	"rainmaker/internal/auth/token"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/limit"
	"rainmaker/internal/platform/secret"
)

// Via says how a request proved who it is.
type Via string

// The proofs.
const (
	ViaSession Via = "session" // cookie of a browser
	ViaToken   Via = "token"   // access token
	ViaKey     Via = "api_key"
	ViaSigned  Via = "signed" // request signed with an API key
)

// Identity is who is asking, for one request.
type Identity struct {
	Org     id.ID
	User    id.ID // zero for API keys
	Role    org.Role
	Via     Via
	Session id.ID    // zero for API keys
	KeyID   string   // public name of the API key, or empty
	Key     id.ID    // row of the API key, or zero
	Scopes  []string // what of the role's rights an API key uses; empty means all
	// RateLimit is the key's own limit in requests a second; zero is the default.
	RateLimit int
	// MustEnrol: the organisation asks for a second factor, and the person has none.
	MustEnrol bool
}

// Actor is the identity as the audit log names it.
func (i Identity) Actor() org.Actor {
	if i.Key != id.Nil {
		return org.KeyActor(i.Key)
	}
	return org.UserActor(i.User)
}

// ScopeAllows reports whether the identity's scopes cover an area (the first
// part of a path, such as "leads") for reading or writing. A scope is an area
// ("leads"), or one way of it ("leads:read", "leads:write").
func (i Identity) ScopeAllows(area string, write bool) bool {
	if len(i.Scopes) == 0 {
		return true
	}
	for _, scope := range i.Scopes {
		name, way, limited := strings.Cut(scope, ":")
		if name == area && (!limited || (way == "write") == write) {
			return true
		}
	}
	return false
}

// Deps are what a Service needs.
type Deps struct {
	DB     *db.DB
	Org    *org.Service
	Vault  *secret.Vault
	Clock  clock.Clock
	Logger *slog.Logger
	// Issuer names this installation in access tokens; empty means DefaultIssuer.
	Issuer string
	// PublicURL is where people reach the web app, without a final slash; links in
	// mails are built on it.
	PublicURL string
	// Guesses counts failures for all processes together; nil counts in this one.
	Guesses *limit.Redis
	Metrics prometheus.Registerer // nil: none
}

// Service signs people in and recognises them.
type Service struct {
	// Jobs and Mailer are joined by app after New; without both of them no mail is
	// sent.
	Jobs   Jobs
	Mailer Mailer

	db        *db.DB
	org       *org.Service
	clock     clock.Clock
	log       *slog.Logger
	publicURL string
	hasher    *password.Hasher
	signer    *token.Keys
	guess     *throttle.Throttle
	refused   *refusal.Counter
	mfa       *mfa.Service
	passkeys  *passkey.Service
	watcher   signal.Watcher // nil until Join
	gate      *isolation.Gate
	quotas    *quota.Service
	mailSeal  tink.AEAD // tokens on their way through the queue
	// What this process knows about proofs, for stateLife.
	sessions *cache.Cache[sessionRef, sessionState]
	cookies  *cache.Cache[string, sessionRef]
	keys     *cache.Cache[string, apiKeyState]
	tokens   *cache.Cache[string, token.Claims] // verified access tokens, until they expire
}

// DefaultIssuer is the issuer of access tokens unless Deps say otherwise.
const DefaultIssuer = "rainmaker"

// New returns a Service.
func New(d Deps) (*Service, error) {
	if d.Issuer == "" {
		d.Issuer = DefaultIssuer
	}
	signer, err := token.New(token.Deps{DB: d.DB, Vault: d.Vault, Clock: d.Clock, Issuer: d.Issuer})
	if err != nil {
		return nil, err
	}
	factors, err := mfa.New(d.Vault, d.Clock)
	if err != nil {
		return nil, err
	}
	passkeys, err := passkey.New(d.PublicURL, d.Clock)
	if err != nil {
		return nil, err
	}
	key, err := mailKey(d.Vault)
	if err != nil {
		return nil, err
	}
	mailSeal, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("seal of mails: %w", err)
	}
	refused, err := refusal.New(d.Metrics)
	if err != nil {
		return nil, err
	}
	return &Service{
		db: d.DB, org: d.Org, clock: d.Clock, log: d.Logger, publicURL: d.PublicURL,
		hasher: password.New(), signer: signer, guess: throttle.New(d.Clock, d.Guesses, d.Logger), refused: refused, mfa: factors, passkeys: passkeys, mailSeal: mailSeal, quotas: quota.New(d.DB, d.Clock), gate: isolation.NewGate(d.DB, d.Clock),
		sessions: cache.New[sessionRef, sessionState](d.Clock), cookies: cache.New[string, sessionRef](d.Clock),
		keys: cache.New[string, apiKeyState](d.Clock), tokens: cache.New[string, token.Claims](d.Clock),
	}, nil
}

// Lives of proofs.
const (
	// AccessLife of an access token (CONTRACT: at most 15 minutes).
	AccessLife = token.Life
	// SessionLife of a session, whoever holds it: cookie or refresh token.
	SessionLife = 30 * 24 * time.Hour
	// stateLife bounds for how long a process believes what it has read about a
	// proof.
	stateLife = time.Second
)

// errSignIn is the one answer to every failed sign-in.
func errSignIn() error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: "invalid_credentials", Message: "e-mail or password is wrong"}
}

// unauthenticated is the one answer to every proof that is not good.
func unauthenticated(code string) error {
	return &errs.Error{Kind: errs.Unauthenticated, Code: code, Message: "not signed in"}
}
