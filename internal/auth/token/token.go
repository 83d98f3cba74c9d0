// Package token makes and verifies access tokens (JWT, RFC 9068) and keeps the
// keys that sign them.
//
// Invariants:
//   - The algorithm is RS256, named by us and never taken from the token; jku,
//     x5u and jwk headers are not looked at; typ and aud are ours alone.
//   - A key signs only when every process and every reader of the JWKS can know
//     it, and is published until the last of its tokens is over.
//   - The private half is sealed under the master key.
//
// Table: signing_keys. Files: token.go, store.go (SQL).
package token

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const (
	// audience and tokenType keep access tokens apart from anything else that
	// may once be signed with the same keys (RFC 9068).
	audience  = "rainmaker-api"
	tokenType = "at+jwt"

	keyBits = 3072 // NIST SP 800-57: as strong as 128 bits
	// A new signing key every keyLife; verified for as long as its tokens live.
	keyLife = 30 * 24 * time.Hour
	// keyLead is how old a key must be before it signs, so that other processes
	// and readers of the JWKS know it by then.
	keyLead = 10 * time.Minute
	// keyReload bounds how often the keys are read again.
	keyReload = 5 * time.Second
	keyStale  = 5 * time.Minute
	// skew is how far the clock of another of our machines may be ahead.
	skew = time.Minute

	// Life of an access token (CONTRACT: at most 15 minutes).
	Life = 15 * time.Minute
)

// ErrToken is the one answer to every token that is not good.
var ErrToken = &errs.Error{Kind: errs.Unauthenticated, Code: "invalid_token", Message: "not signed in"}

// Claims of an access token. The role is no claim: it is looked up, so that a
// change holds at once.
type Claims struct {
	jwt.Claims
	Org     id.ID `json:"org"`
	Session id.ID `json:"sid"`
}

// Keys makes and verifies access tokens.
type Keys struct {
	db     *db.DB
	clock  clock.Clock
	seal   tink.AEAD
	issuer string

	mu     sync.Mutex
	keys   []signingKey // the newest first
	loaded time.Time
}

type signingKey struct {
	id      id.ID
	created time.Time
	private *rsa.PrivateKey
	sign    jose.Signer
	public  jose.JSONWebKey
}

// Deps are what Keys need.
type Deps struct {
	DB     *db.DB
	Vault  *secret.Vault
	Clock  clock.Clock
	Issuer string
}

// New returns the keys of an installation. They are read when first needed.
func New(d Deps) (*Keys, error) {
	key, err := d.Vault.Derive("signing-keys-seal", 32)
	if err != nil {
		return nil, err
	}
	seal, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return &Keys{db: d.DB, clock: d.Clock, seal: seal, issuer: d.Issuer}, nil
}

// Issue returns an access token for a session.
func (s *Keys) Issue(ctx context.Context, org, user, session id.ID) (string, error) {
	keys, err := s.current(ctx, false)
	if err != nil {
		return "", err
	}
	now := s.clock.Now()
	key := keys[len(keys)-1]
	for _, k := range keys {
		if now.Sub(k.created) >= keyLead {
			key = k
			break
		}
	}
	token, err := jwt.Signed(key.sign).Claims(Claims{
		Claims: jwt.Claims{
			Issuer: s.issuer, Subject: user.String(), Audience: jwt.Audience{audience}, ID: id.New().String(),
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(Life)),
		},
		Org: org, Session: session,
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return token, nil
}

// Verify returns the claims of a good token. The algorithm is ours, never the
// token's choice; jku, x5u and jwk headers are not looked at.
func (s *Keys) Verify(ctx context.Context, token string) (Claims, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(parsed.Headers) != 1 {
		return Claims{}, ErrToken
	}
	head := parsed.Headers[0]
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != tokenType {
		return Claims{}, ErrToken
	}
	key, err := s.find(ctx, head.KeyID)
	if err != nil {
		return Claims{}, err
	}
	var c Claims
	if err := parsed.Claims(&key.private.PublicKey, &c); err != nil {
		return Claims{}, ErrToken
	}
	if c.Expiry == nil || c.IssuedAt == nil || c.NotBefore != nil || c.Org == id.Nil || c.Session == id.Nil {
		return Claims{}, ErrToken
	}
	if c.Issuer != s.issuer || len(c.Audience) != 1 || c.Audience[0] != audience {
		return Claims{}, ErrToken
	}
	now, issued, expires := s.clock.Now(), c.IssuedAt.Time(), c.Expiry.Time()
	if !now.Before(expires) || issued.After(now.Add(skew)) || expires.Sub(issued) > Life {
		return Claims{}, ErrToken
	}
	return c, nil
}

// find returns the key of an id, reading the keys again when another process
// may have made it.
func (s *Keys) find(ctx context.Context, kid string) (signingKey, error) {
	for _, fresh := range []bool{false, true} {
		keys, err := s.current(ctx, fresh)
		if err != nil {
			return signingKey{}, err
		}
		for _, k := range keys {
			if k.public.KeyID == kid {
				return k, nil
			}
		}
	}
	return signingKey{}, ErrToken
}

// current returns the keys, the newest first; at least one.
func (s *Keys) current(ctx context.Context, fresh bool) ([]signingKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.clock.Now().Sub(s.loaded)
	if len(s.keys) > 0 && age < keyStale && (!fresh || age < keyReload) {
		return s.keys, nil
	}
	if err := s.load(ctx, false); err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return s.keys, nil
}

// Rotate makes a new key now, before its time: after a restore, or when a key may
// be known to others. It signs when keyLead has passed; the old ones stay
// published until the last of their tokens is over. Other processes see it
// within keyStale. It returns the id of the new key.
func (s *Keys) Rotate(ctx context.Context) (id.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx, true); err != nil {
		return id.Nil, fmt.Errorf("rotate signing keys: %w", err)
	}
	return s.keys[0].id, nil
}

// over reports whether no token of a key can be good any more, given when the
// next key was made.
func over(next, now time.Time) bool { return now.After(next.Add(keyLead + keyStale + Life + skew)) }

// load reads the keys, makes a new one when the newest is too old or wanted is
// set, and deletes those that are over.
func (s *Keys) load(ctx context.Context, wanted bool) error {
	now := s.clock.Now()
	var rows []signingKeyRow
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		// One process makes the new key, the others wait for it.
		if err := lockSigningKeys(ctx, tx); err != nil {
			return err
		}
		var err error
		if rows, err = selectSigningKeys(ctx, tx); err != nil {
			return err
		}
		for i := 1; i < len(rows); i++ {
			if over(rows[i-1].createdAt, now) {
				// And all that are older still.
				if err := deleteSigningKeys(ctx, tx, rows[i].createdAt); err != nil {
					return err
				}
				rows = rows[:i]
				break
			}
		}
		if !wanted && len(rows) > 0 && now.Sub(rows[0].createdAt) < keyLife {
			return nil
		}
		row, err := s.generate(now)
		if err != nil {
			return err
		}
		rows = append([]signingKeyRow{row}, rows...)
		return insertSigningKey(ctx, tx, row)
	})
	if err != nil {
		return err
	}
	keys := make([]signingKey, len(rows))
	for i, row := range rows {
		if keys[i], err = s.open(row); err != nil {
			return err
		}
	}
	s.keys, s.loaded = keys, now
	return nil
}

func (s *Keys) generate(now time.Time) (signingKeyRow, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return signingKeyRow{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return signingKeyRow{}, err
	}
	row := signingKeyRow{id: id.New(), createdAt: now}
	if row.sealed, err = s.seal.Encrypt(der, keyPlace(row.id)); err != nil {
		return signingKeyRow{}, err
	}
	row.public, err = json.Marshal(publicKey(row.id, private))
	return row, err
}

func keyPlace(key id.ID) []byte { return append([]byte("signing_keys.private."), key[:]...) }

func publicKey(key id.ID, private *rsa.PrivateKey) jose.JSONWebKey {
	return jose.JSONWebKey{Key: &private.PublicKey, KeyID: key.String(), Algorithm: string(jose.RS256), Use: "sig"}
}

func (s *Keys) open(row signingKeyRow) (signingKey, error) {
	der, err := s.seal.Decrypt(row.sealed, keyPlace(row.id))
	if err != nil {
		return signingKey{}, fmt.Errorf("open %s (another master key?): %w", row.id, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signingKey{}, err
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return signingKey{}, fmt.Errorf("%s is a %T", row.id, parsed)
	}
	opts := (&jose.SignerOptions{}).WithType(tokenType).WithHeader("kid", row.id.String())
	sign, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: private}, opts)
	if err != nil {
		return signingKey{}, err
	}
	return signingKey{id: row.id, created: row.createdAt, private: private, sign: sign, public: publicKey(row.id, private)}, nil
}

// JWKS is the public half of the signing keys, as /.well-known/jwks.json
// serves it.
func (s *Keys) JWKS(ctx context.Context) (jose.JSONWebKeySet, error) {
	keys, err := s.current(ctx, false)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	var set jose.JSONWebKeySet
	for _, k := range keys {
		set.Keys = append(set.Keys, k.public)
	}
	return set, nil
}
