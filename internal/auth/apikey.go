package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"time"

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
	ID         id.ID      `json:"id"`
	KeyID      string     `json:"key_id"`
	Name       string     `json:"name"`
	Role       org.Role   `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
	Scopes     []string   `json:"scopes"`
	RateLimit  *int       `json:"rate_limit" doc:"Requests a second."`
	Limits     Limits     `json:"limits" doc:"How often a day (UTC) it may do an operation."`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"To the minute."`
	RevokedAt  *time.Time `json:"revoked_at"`
}

// NewAPIKey is what a key shall be good for.
type NewAPIKey struct {
	Name      string
	Role      org.Role
	Scopes    []string // of ScopeAllows; empty means all that the role may
	ExpiresAt *time.Time
	RateLimit *int // requests a second, 1 to 1000
	Limits    Limits
}

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
	if n.ExpiresAt != nil && !n.ExpiresAt.After(now) {
		return n, errs.InvalidField("body.expires_at", "must be in the future")
	}
	if n.RateLimit != nil && (*n.RateLimit < 1 || *n.RateLimit > 1000) {
		return n, errs.InvalidField("body.rate_limit", "must be between 1 and 1000")
	}
	if n.Limits == nil {
		n.Limits = Limits{}
	}
	return n, n.Limits.check(n.Role)
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
	if subtle.ConstantTimeCompare(org.HashToken(given), state.secretHash) != 1 {
		return Identity{}, unauthenticated("invalid_key")
	}
	return state.identity(ViaKey), nil
}

// apiKeyState is what a key is worth now.
type apiKeyState struct {
	org                      id.ID
	id                       id.ID
	keyID                    string
	role                     org.Role
	scopes                   []string
	rateLimit                *int
	secretHash, secretSealed []byte
	expires, used, revoked   *time.Time
}

func (k apiKeyState) identity(via Via) Identity {
	i := Identity{Org: k.org, Role: k.role, Via: via, Key: k.id, KeyID: k.keyID, Scopes: k.scopes}
	if k.rateLimit != nil {
		i.RateLimit = *k.rateLimit
	}
	return i
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
