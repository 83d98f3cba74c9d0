package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
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
	"rainmaker/internal/platform/id"
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
)

// claims of an access token. The role is no claim: it is looked up, so that a
// change holds at once.
type claims struct {
	jwt.Claims
	Org     id.ID `json:"org"`
	Session id.ID `json:"sid"`
}

// signer makes and verifies access tokens.
type signer struct {
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

func newSigner(d Deps) (*signer, error) {
	key, err := d.Vault.Derive("signing-keys-seal", 32)
	if err != nil {
		return nil, err
	}
	seal, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return &signer{db: d.DB, clock: d.Clock, seal: seal, issuer: d.Issuer}, nil
}

// issue returns an access token for a session.
func (s *signer) issue(ctx context.Context, org, user, session id.ID) (string, error) {
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
	token, err := jwt.Signed(key.sign).Claims(claims{
		Claims: jwt.Claims{
			Issuer: s.issuer, Subject: user.String(), Audience: jwt.Audience{audience}, ID: id.New().String(),
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(AccessLife)),
		},
		Org: org, Session: session,
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return token, nil
}

// verify returns the claims of a good token. The algorithm is ours, never the
// token's choice; jku, x5u and jwk headers are not looked at.
func (s *signer) verify(ctx context.Context, token string) (claims, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(parsed.Headers) != 1 {
		return claims{}, unauthenticated("invalid_token")
	}
	head := parsed.Headers[0]
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != tokenType {
		return claims{}, unauthenticated("invalid_token")
	}
	key, err := s.find(ctx, head.KeyID)
	if err != nil {
		return claims{}, err
	}
	var c claims
	if err := parsed.Claims(&key.private.PublicKey, &c); err != nil {
		return claims{}, unauthenticated("invalid_token")
	}
	if c.Expiry == nil || c.IssuedAt == nil || c.NotBefore != nil || c.Org == id.Nil || c.Session == id.Nil {
		return claims{}, unauthenticated("invalid_token")
	}
	if c.Issuer != s.issuer || len(c.Audience) != 1 || c.Audience[0] != audience {
		return claims{}, unauthenticated("invalid_token")
	}
	now, issued, expires := s.clock.Now(), c.IssuedAt.Time(), c.Expiry.Time()
	if !now.Before(expires) || issued.After(now.Add(skew)) || expires.Sub(issued) > AccessLife {
		return claims{}, unauthenticated("invalid_token")
	}
	return c, nil
}

// find returns the key of an id, reading the keys again when another process
// may have made it.
func (s *signer) find(ctx context.Context, kid string) (signingKey, error) {
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
	return signingKey{}, unauthenticated("invalid_token")
}

// current returns the keys, the newest first; at least one.
func (s *signer) current(ctx context.Context, fresh bool) ([]signingKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.clock.Now().Sub(s.loaded)
	if len(s.keys) > 0 && age < keyStale && (!fresh || age < keyReload) {
		return s.keys, nil
	}
	if err := s.load(ctx); err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return s.keys, nil
}

// load reads the keys and makes a new one when the newest is too old.
func (s *signer) load(ctx context.Context) error {
	now := s.clock.Now()
	var rows []signingKeyRow
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		// One process makes the new key, the others wait for it.
		if err := lockSigningKeys(ctx, tx); err != nil {
			return err
		}
		var err error
		if rows, err = selectSigningKeys(ctx, tx, now.Add(-2*keyLife)); err != nil {
			return err
		}
		if len(rows) > 0 && now.Sub(rows[0].createdAt) < keyLife {
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

func (s *signer) generate(now time.Time) (signingKeyRow, error) {
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

func (s *signer) open(row signingKeyRow) (signingKey, error) {
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
func (s *Service) JWKS(ctx context.Context) (jose.JSONWebKeySet, error) {
	keys, err := s.signer.current(ctx, false)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	var set jose.JSONWebKeySet
	for _, k := range keys {
		set.Keys = append(set.Keys, k.public)
	}
	return set, nil
}

// tokenClaims verifies a token once and remembers it until it expires.
func (s *Service) tokenClaims(ctx context.Context, token string) (claims, error) {
	sum := sha256.Sum256([]byte(token))
	key := string(sum[:])
	if c, ok := s.tokens.find(key); ok {
		return c, nil
	}
	c, err := s.signer.verify(ctx, token)
	if err != nil {
		return claims{}, err
	}
	s.tokens.put(key, c, c.Expiry.Time())
	return c, nil
}
