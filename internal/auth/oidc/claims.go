package oidc

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"math"
	"strings"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// skew is how far the provider's clock may be ahead of ours.
	skew = time.Minute
	// maxAge of an ID token when it reaches us: it was made for this exchange.
	maxAge = 10 * time.Minute
	// maxSubject in characters (OpenID Connect Core 2).
	maxSubject = 255
	// maxToken bounds an ID token in bytes.
	maxToken = 64 << 10
)

// Claims are what a provider said, after all of it was checked.
type Claims struct {
	Issuer  string
	Subject string // with Issuer the only key of a person
	Email   string
	// EmailVerified is whether the provider vouches for Email, with the JSON value
	// true.
	EmailVerified bool
	Name          string
	// Strong: the provider says that it asked for a second factor.
	Strong bool
}

// userClaims are claims about a person, wherever they stand.
type userClaims struct {
	Subject       string          `json:"sub"`
	Email         string          `json:"email"`
	EmailVerified json.RawMessage `json:"email_verified"`
	Name          string          `json:"name"`
}

// verified reads email_verified without any kindness: the text "false" is as
// true as anything in most languages.
func (u userClaims) verified() (bool, error) {
	switch string(bytes.TrimSpace(u.EmailVerified)) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, refuse("email_verified", "email_verified is not a boolean")
}

// tokenClaims are the claims of an ID token that we judge ourselves, beside the
// library's checks.
type tokenClaims struct {
	userClaims
	Issuer     string          `json:"iss"`
	Audience   json.RawMessage `json:"aud"`
	Authorized *string         `json:"azp"`
	Expiry     json.RawMessage `json:"exp"`
	IssuedAt   json.RawMessage `json:"iat"`
	NotBefore  json.RawMessage `json:"nbf"`
	Nonce      string          `json:"nonce"`
	strength
}

// verify judges an ID token.
func (c *Client) verify(ctx context.Context, p Provider, d description, a Attempt, raw, access string) (Claims, error) {
	if len(raw) > maxToken {
		return Claims{}, refuse("id_token", "the ID token is too large")
	}
	if strings.Count(raw, ".") != 2 {
		return Claims{}, refuse("id_token", "the ID token is not in compact form")
	}
	parsed, err := jose.ParseSignedCompact(raw, allowed())
	if err != nil || len(parsed.Signatures) != 1 {
		return Claims{}, refuse("algorithm", "the ID token is not signed in an allowed way: %w", err)
	}
	if typ, given := parsed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; given && !isJWT(typ) {
		return Claims{}, refuse("type", "the token is of another type")
	}
	keys := &keySet{client: c, url: d.keysURL}
	verifier := gooidc.NewVerifier(p.Issuer, keys, &gooidc.Config{
		ClientID: p.ClientID, SupportedSigningAlgs: Algorithms(),
		// Its own leeways are not ours: times are judged in judge.
		SkipExpiryCheck: true,
		SkipIssuerCheck: true, SkipClientIDCheck: true,
	})
	token, err := verifier.Verify(c.with(ctx), raw)
	switch {
	case keys.failed != nil:
		return Claims{}, keys.failed
	case err != nil:
		return Claims{}, refuse("id_token", "claims cannot be read")
	}
	var claims tokenClaims
	if err := token.Claims(&claims); err != nil {
		return Claims{}, refuse("id_token", "claims: %w", err)
	}
	out, err := c.judge(p, a, claims)
	if err != nil {
		return Claims{}, err
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return Claims{}, refuse("access_token_hash", "the access token is another's")
		}
	}
	return out, nil
}

func isJWT(typ any) bool {
	name, ok := typ.(string)
	return ok && strings.EqualFold(name, "JWT")
}

// judge applies OpenID Connect Core 3.1.3.7, strictly.
func (c *Client) judge(p Provider, a Attempt, t tokenClaims) (Claims, error) {
	if t.Issuer != p.Issuer {
		return Claims{}, refuse("issuer", "another issuer")
	}
	if !t.onlyFor(p.ClientID) {
		return Claims{}, refuse("audience", "not for us alone")
	}
	if t.Authorized != nil && *t.Authorized != p.ClientID {
		return Claims{}, refuse("authorized_party", "made for another client")
	}
	if a.Nonce == "" || subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(a.Nonce)) != 1 {
		return Claims{}, refuse("nonce", "another nonce")
	}
	if err := c.times(t); err != nil {
		return Claims{}, err
	}
	if t.Subject == "" || len(t.Subject) > maxSubject {
		return Claims{}, refuse("subject", "no subject, or one that is too long")
	}
	if a.Strong {
		if err := t.strong(c.clock.Now()); err != nil {
			return Claims{}, err
		}
	}
	verified, err := t.verified()
	if err != nil {
		return Claims{}, err
	}
	return Claims{Issuer: t.Issuer, Subject: t.Subject, Email: t.Email, EmailVerified: verified, Name: t.Name, Strong: t.twoFactors()}, nil
}

func (c *Client) times(t tokenClaims) error {
	now := c.clock.Now()
	expires, ok := numericDate(t.Expiry)
	if !ok {
		return refuse("expiry", "exp is missing or no number")
	}
	issued, ok := numericDate(t.IssuedAt)
	if !ok {
		return refuse("issued_at", "iat is missing or no number")
	}
	switch {
	case !now.Before(expires):
		return refuse("expired", "expired")
	case issued.After(now.Add(skew)):
		return refuse("issued_in_future", "issued in the future")
	case now.Sub(issued) > maxAge:
		return refuse("too_old", "issued long ago")
	}
	if len(t.NotBefore) > 0 {
		if from, ok := numericDate(t.NotBefore); !ok || from.After(now.Add(skew)) {
			return refuse("not_before", "not good yet")
		}
	}
	return nil
}

// numericDate reads a JSON number of seconds; a text is none.
func numericDate(raw json.RawMessage) (time.Time, bool) {
	var seconds float64
	if len(raw) == 0 || raw[0] == '"' || json.Unmarshal(raw, &seconds) != nil || string(raw) == "null" {
		return time.Time{}, false
	}
	if math.Abs(seconds) > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// onlyFor reports whether the audience is this client and nobody else: we trust
// no other (OpenID Connect Core 3.1.3.7, 3).
func (t tokenClaims) onlyFor(client string) bool {
	var one string
	if json.Unmarshal(t.Audience, &one) == nil {
		return client != "" && one == client
	}
	var list []string
	return json.Unmarshal(t.Audience, &list) == nil && len(list) == 1 && client != "" && list[0] == client
}
