package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/auth/peer"
	"rainmaker/internal/auth/quota"
	"rainmaker/internal/auth/signature"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Prefixes by which a scanner recognises leaked keys.
const (
	keyIDPrefix  = "rmk_"
	secretPrefix = "rms_"
)

// APIKey is a key as its organisation sees it; the secret is shown once.
type APIKey struct {
	ID         id.ID        `json:"id"`
	KeyID      string       `json:"key_id"`
	Name       string       `json:"name"`
	Role       org.Role     `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
	Scopes     []string     `json:"scopes"`
	RateLimit  *int         `json:"rate_limit" doc:"Requests a second."`
	Limits     quota.Limits `json:"limits" doc:"How often a day (UTC) it may do an operation."`
	CreatedAt  time.Time    `json:"created_at"`
	ExpiresAt  *time.Time   `json:"expires_at"`
	LastUsedAt *time.Time   `json:"last_used_at" doc:"To the minute."`
	RevokedAt  *time.Time   `json:"revoked_at"`
	// Allowed and the times of the last rotation.
	AllowedAddresses    []string   `json:"allowed_addresses" doc:"Networks that it may be used from; empty means everywhere."`
	RotatedAt           *time.Time `json:"rotated_at"`
	PreviousSecretUntil *time.Time `json:"previous_secret_until" doc:"Until when the secret before the last rotation is good."`
}

// NewAPIKey is what a key shall be good for.
type NewAPIKey struct {
	Name      string
	Role      org.Role
	Scopes    []string // of ScopeAllows; empty means all that the role may
	ExpiresAt *time.Time
	RateLimit *int // requests a second, 1 to 1000
	Limits    quota.Limits
	// AllowedAddresses are networks (203.0.113.0/24) or single addresses.
	AllowedAddresses []string
}

// maxNetworks of one key.
const maxNetworks = 50

// scopeForm is an area of the API, or one way of using it.
var scopeForm = regexp.MustCompile(`^[a-z][a-z-]{0,40}(:(read|write))?$`)

func (n NewAPIKey) check(now time.Time) (NewAPIKey, error) {
	var err error
	if n.Name, err = org.CleanName("body.name", n.Name); err != nil {
		return n, err
	}
	if err := n.Role.Validate("body.role"); err != nil {
		return n, err
	}
	if len(n.Scopes) > 50 {
		return n, errs.InvalidField("body.scopes", "must have at most 50 items")
	}
	for i, scope := range n.Scopes {
		if !scopeForm.MatchString(scope) {
			return n, errs.InvalidField(fmt.Sprintf("body.scopes[%d]", i), "must be an area such as leads, leads:read or leads:write")
		}
	}
	if n.AllowedAddresses, err = networks(n.AllowedAddresses); err != nil {
		return n, err
	}
	if n.ExpiresAt != nil && !n.ExpiresAt.After(now) {
		return n, errs.InvalidField("body.expires_at", "must be in the future")
	}
	if n.RateLimit != nil && (*n.RateLimit < 1 || *n.RateLimit > 1000) {
		return n, errs.InvalidField("body.rate_limit", "must be between 1 and 1000")
	}
	if n.Limits == nil {
		n.Limits = quota.Limits{}
	}
	return n, n.Limits.Check(func(operation string) bool { return Allowed(n.Role, operation) })
}

// networks reads networks and addresses, and writes them in one form.
func networks(texts []string) ([]string, error) {
	out := []string{}
	for i, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); single == nil {
			prefix, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
		}
		if err != nil || i >= maxNetworks {
			return nil, errs.InvalidField(fmt.Sprintf("body.allowed_addresses[%d]", i), "must be an address or a network such as 203.0.113.0/24, at most %d of them", maxNetworks)
		}
		out = append(out, prefix.Masked().String())
	}
	return out, nil
}

// CreateAPIKey makes a key and returns it with its secret, which nobody can
// read again.
func (s *Service) CreateAPIKey(ctx context.Context, tenant id.ID, by Identity, n NewAPIKey) (APIKey, string, error) {
	now := s.clock.Now().Truncate(time.Microsecond)
	n, err := n.check(now)
	if err != nil {
		return APIKey{}, "", err
	}
	keys, err := s.org.Keys(ctx, tenant)
	if err != nil {
		return APIKey{}, "", err
	}
	var raw [15]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	key := APIKey{
		ID: id.New(), KeyID: keyIDPrefix + strings.ToLower(base32.StdEncoding.EncodeToString(raw[:])), Name: n.Name, Role: n.Role,
		Scopes: append([]string{}, n.Scopes...), RateLimit: n.RateLimit, Limits: n.Limits, CreatedAt: now, ExpiresAt: n.ExpiresAt,
		AllowedAddresses: n.AllowedAddresses,
	}
	secretText := secretPrefix + org.NewToken()
	sealed, err := keys.Seal("api_keys", "secret", key.ID, secretText)
	if err != nil {
		return APIKey{}, "", err
	}
	err = s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := insertAPIKey(ctx, tx, tenant, key, org.HashToken(secretText), sealed, by.User); err != nil {
			return fmt.Errorf("create API key: %w", err)
		}
		return org.Audit(ctx, tx, tenant, now, by.Actor(), "api_key.created", org.Target("api_key", key.ID), map[string]any{"role": key.Role, "scopes": key.Scopes, "limits": key.Limits})
	})
	return key, secretText, err
}

// APIKeys lists the keys of an organisation, the newest first.
func (s *Service) APIKeys(ctx context.Context, tenant id.ID) ([]APIKey, error) {
	var keys []APIKey
	err := s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		var err error
		keys, err = selectAPIKeys(ctx, tx, tenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("API keys: %w", err)
	}
	return keys, nil
}

// APIKey returns one key.
func (s *Service) APIKey(ctx context.Context, tenant, key id.ID) (APIKey, error) {
	keys, err := s.APIKeys(ctx, tenant)
	if err != nil {
		return APIKey{}, err
	}
	for _, k := range keys {
		if k.ID == key {
			return k, nil
		}
	}
	return APIKey{}, errs.New(errs.NotFound, "API key not found")
}

// RevokeAPIKey ends a key for good. Its row stays, for the record.
func (s *Service) RevokeAPIKey(ctx context.Context, tenant id.ID, by Identity, key id.ID) error {
	err := s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		now := s.clock.Now()
		if err := revokeAPIKey(ctx, tx, tenant, key, now); err != nil {
			if db.NoRows(err) {
				return errs.New(errs.NotFound, "API key not found")
			}
			return fmt.Errorf("revoke API key: %w", err)
		}
		return org.Audit(ctx, tx, tenant, now, by.Actor(), "api_key.revoked", org.Target("api_key", key), nil)
	})
	s.keys.ForgetAll()
	return err
}

// Rotation of secrets: both are good for a while, so that a program changes
// without a gap.
const (
	DefaultOverlap = 24 * time.Hour
	MaxOverlap     = 7 * 24 * time.Hour
)

// RotateAPIKey gives a key a new secret and returns it. The old one stays good
// for overlap; one that was still good from an earlier rotation is not any more.
func (s *Service) RotateAPIKey(ctx context.Context, tenant id.ID, by Identity, key id.ID, overlap time.Duration) (APIKey, string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return APIKey{}, "", errs.InvalidField("body.overlap_hours", "must be between 0 and %d", int(MaxOverlap/time.Hour))
	}
	keys, err := s.org.Keys(ctx, tenant)
	if err != nil {
		return APIKey{}, "", err
	}
	secretText := secretPrefix + org.NewToken()
	sealed, err := keys.Seal("api_keys", "secret", key, secretText)
	if err != nil {
		return APIKey{}, "", err
	}
	err = s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		now := s.clock.Now()
		if err := rotateAPIKey(ctx, tx, tenant, key, org.HashToken(secretText), sealed, now, now.Add(overlap)); err != nil {
			if db.NoRows(err) {
				return errs.New(errs.NotFound, "API key not found")
			}
			return fmt.Errorf("rotate API key: %w", err)
		}
		return org.Audit(ctx, tx, tenant, now, by.Actor(), "api_key.rotated", org.Target("api_key", key), map[string]any{"overlap_hours": int(overlap / time.Hour)})
	})
	s.keys.ForgetAll()
	if err != nil {
		return APIKey{}, "", err
	}
	rotated, err := s.APIKey(ctx, tenant, key)
	return rotated, secretText, err
}

// Spend takes n of what an identity may do today: only API keys have limits.
func (s *Service) Spend(ctx context.Context, i Identity, what string, n int64) error {
	if i.Key == id.Nil {
		return nil
	}
	return s.quotas.Spend(ctx, i.Org, i.Key, what, n)
}

// byKey accepts "<key_id>:<secret>".
func (s *Service) byKey(ctx context.Context, value string) (Identity, error) {
	keyID, given, ok := strings.Cut(value, ":")
	if !ok {
		return Identity{}, unauthenticated("invalid_key")
	}
	state, err := s.keyState(ctx, keyID)
	if err != nil {
		return Identity{}, err
	}
	hash := org.HashToken(given)
	current := subtle.ConstantTimeCompare(hash, state.secretHash) == 1
	if !current && (!state.previousGood(s.clock.Now()) || subtle.ConstantTimeCompare(hash, state.previousHash) != 1) {
		return Identity{}, unauthenticated("invalid_key")
	}
	return state.identity(ctx, ViaKey)
}

// bySignature accepts a signed request. One that changes something is good once.
func (s *Service) bySignature(ctx context.Context, r *http.Request) (Identity, error) {
	now := s.clock.Now()
	req, err := signature.Read(r, now)
	if errors.Is(err, signature.ErrInvalid) || errors.Is(err, signature.ErrExpired) {
		return Identity{}, unauthenticated(err.Error())
	}
	if err != nil {
		return Identity{}, err
	}
	state, err := s.keyState(ctx, req.KeyID)
	if err != nil {
		return Identity{}, err
	}
	keys, err := s.org.Keys(ctx, state.org)
	if err != nil {
		return Identity{}, err
	}
	match := func(sealed []byte) (bool, error) {
		text, err := keys.Open("api_keys", "secret", state.id, sealed)
		return err == nil && req.Match(text), err
	}
	good, err := match(state.secretSealed)
	if err == nil && !good && state.previousGood(now) {
		good, err = match(state.previousSealed)
	}
	if err != nil {
		return Identity{}, err
	}
	if !good {
		return Identity{}, unauthenticated("invalid_signature")
	}
	i, err := state.identity(ctx, ViaSigned)
	if err != nil || !req.Changes() {
		return i, err
	}
	first := false
	err = s.db.InTenant(ctx, state.org, func(tx db.Tx) error {
		var err error
		first, err = rememberSigned(ctx, tx, state.org, req.Hash(), req.At.Add(2*signature.Window))
		return err
	})
	if err != nil {
		return Identity{}, fmt.Errorf("remember signed request: %w", err)
	}
	if !first {
		return Identity{}, unauthenticated("signature_replayed")
	}
	return i, nil
}

// apiKeyState is what a key is worth now.
type apiKeyState struct {
	org                          id.ID
	id                           id.ID
	keyID                        string
	role                         org.Role
	scopes                       []string
	rateLimit                    *int
	allowed                      []string // networks
	secretHash, secretSealed     []byte
	previousHash, previousSealed []byte
	previousUntil                *time.Time
	expires, used, revoked       *time.Time
}

// previousGood reports whether the secret before the last rotation still counts.
func (k apiKeyState) previousGood(now time.Time) bool {
	return k.previousUntil != nil && now.Before(*k.previousUntil)
}

// identity is who the key stands for, once its secret was proven: only then does
// somebody learn that the key is bound to networks.
func (k apiKeyState) identity(ctx context.Context, via Via) (Identity, error) {
	if addr := peer.Of(ctx).Addr; len(k.allowed) > 0 && !slices.ContainsFunc(k.allowed, func(network string) bool {
		prefix, err := netip.ParsePrefix(network)
		return err == nil && prefix.Contains(addr.Unmap())
	}) {
		return Identity{}, &errs.Error{Kind: errs.Forbidden, Code: "address_not_allowed", Message: "this API key may not be used from this address"}
	}
	i := Identity{Org: k.org, Role: k.role, Via: via, Key: k.id, KeyID: k.keyID, Scopes: k.scopes}
	if k.rateLimit != nil {
		i.RateLimit = *k.rateLimit
	}
	return i, nil
}

// keyState looks a key up and notes its use, once a minute.
func (s *Service) keyState(ctx context.Context, keyID string) (apiKeyState, error) {
	state, ok := s.keys.Find(keyID)
	now := s.clock.Now()
	if !ok {
		err := s.db.InSystem(ctx, func(tx db.Tx) error {
			var err error
			state, err = selectAPIKeyState(ctx, tx, keyID)
			return err
		})
		if db.NoRows(err) {
			return apiKeyState{}, unauthenticated("invalid_key")
		}
		if err != nil {
			return apiKeyState{}, fmt.Errorf("API key: %w", err)
		}
		s.keys.Put(keyID, state, now.Add(stateLife))
	}
	if state.revoked != nil || (state.expires != nil && !now.Before(*state.expires)) {
		return apiKeyState{}, unauthenticated("invalid_key")
	}
	if !ok && (state.used == nil || now.Sub(*state.used) > time.Minute) {
		err := s.db.InTenant(ctx, state.org, func(tx db.Tx) error { return touchAPIKey(ctx, tx, state.org, state.id, now) })
		if err != nil {
			return apiKeyState{}, fmt.Errorf("note use of API key: %w", err)
		}
	}
	return state, nil
}
