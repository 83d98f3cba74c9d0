// Package oidc is the relying party's side of OpenID Connect: it sends a browser
// to a provider and judges what comes back. It keeps nothing: the caller stores
// an Attempt between the two and hands it back once.
//
// Invariants:
//   - Algorithms come from the configuration, never from a token or from the
//     provider's description of itself; only signatures with public keys.
//   - The issuer of the description, of the callback (RFC 9207) and of the token
//     are the configured one, character for character.
//   - A token is for us alone (aud, azp), fresh (iat, exp) and the answer to our
//     question (nonce); the code is bound to it by PKCE with S256.
//   - email_verified counts only as the JSON value true, and anything but true
//     or false there makes the token bad (CVE-2026-55076).
//
// Files: oidc.go (the two steps), claims.go (the strict reading of a token),
// strength.go (how the provider says that it asked for a second factor),
// discovery.go (the provider's description), keys.go (its keys).
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/secret"
)

// Provider is what an organisation or the operator has set up.
type Provider struct {
	Issuer       string
	ClientID     string
	ClientSecret secret.String
	// RedirectURL is ours, and of this provider alone: a code that was meant for
	// another provider never arrives here (mix-up, RFC 9207).
	RedirectURL string
}

// Algorithms of ID tokens that are taken. Not HS256: a shared secret signs
// nothing here, so a public key can never be taken for one.
func Algorithms() []string {
	return []string{gooidc.RS256, gooidc.RS384, gooidc.RS512, gooidc.PS256, gooidc.PS384, gooidc.PS512, gooidc.ES256, gooidc.ES384, gooidc.ES512, gooidc.EdDSA}
}

// Attempt is one sign-in between its two steps. It is secret.
type Attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // PKCE
	// Strong asks the provider for a second factor and a sign-in of today, and
	// refuses what does not say so.
	Strong bool `json:"strong,omitempty"`
}

// NewAttempt returns fresh random values.
func NewAttempt() Attempt {
	return Attempt{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
}

// Refusal says why a sign-in was refused, as a stable word for the record, with
// a cause for the log. The cause never holds a token.
type Refusal struct {
	Reason string
	Cause  error
}

// Error is for the log.
func (r *Refusal) Error() string {
	if r.Cause == nil {
		return "refused: " + r.Reason
	}
	return "refused: " + r.Reason + ": " + r.Cause.Error()
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(reason, format string, args ...any) error {
	return &Refusal{Reason: reason, Cause: fmt.Errorf(format, args...)}
}

// Client asks providers.
type Client struct {
	with      func(context.Context) context.Context // makes the libraries use our client
	fetch     func(ctx context.Context, address string) ([]byte, error)
	loopback  bool // providers on this machine may speak plain http
	clock     clock.Clock
	described memory[description]
	keys      memory[[]jose.JSONWebKey]
}

// New returns a Client that reaches what the guard allows, over https; no
// redirect is followed.
func New(guard *egress.Guard, c clock.Clock) *Client {
	client := guard.Client(egress.Limits{})
	return &Client{
		with:     func(ctx context.Context) context.Context { return gooidc.ClientContext(ctx, client) },
		fetch:    func(ctx context.Context, address string) ([]byte, error) { return egress.Fetch(ctx, client, address) },
		loopback: guard.Loopback(), clock: c, described: newMemory[description](c), keys: newMemory[[]jose.JSONWebKey](c),
	}
}

// Check reads the provider's description, so that a wrong issuer is found when
// it is set up and not when somebody signs in.
func (c *Client) Check(ctx context.Context, issuer string) error {
	_, err := c.describe(ctx, issuer, true)
	return err
}

func (p Provider) config(d description) oauth2.Config {
	endpoint := d.provider.Endpoint()
	endpoint.AuthStyle = d.authStyle
	return oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(), Endpoint: endpoint, RedirectURL: p.RedirectURL,
		Scopes: []string{gooidc.ScopeOpenID, gooidc.ScopeEmail, gooidc.ScopeProfile},
	}
}

// Start returns the address to send the browser to.
func (c *Client) Start(ctx context.Context, p Provider, a Attempt) (string, error) {
	d, err := c.describe(ctx, p.Issuer, false)
	if err != nil {
		return "", err
	}
	config := p.config(d)
	asks := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("nonce", a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if a.Strong {
		asks = append(asks, d.demand()...)
	}
	return config.AuthCodeURL(a.State, asks...), nil
}

// Finish judges the browser's return. query is that of the callback.
func (c *Client) Finish(ctx context.Context, p Provider, a Attempt, query url.Values) (Claims, error) {
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(query[name]) > 1 {
			return Claims{}, refuse("parameter", "%s is given twice", name)
		}
	}
	if a.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(a.State)) != 1 {
		return Claims{}, refuse("state", "another state")
	}
	d, err := c.describe(ctx, p.Issuer, false)
	if err != nil {
		return Claims{}, err
	}
	// RFC 9207 2.4: before anything of the answer is used.
	if iss := query.Get("iss"); iss != "" && iss != p.Issuer || iss == "" && d.sendsIssuer {
		return Claims{}, refuse("issuer_parameter", "the callback is another provider's")
	}
	if query.Get("error") != "" {
		return Claims{}, refuse("provider_error", "the provider answers with an error")
	}
	if query.Get("code") == "" {
		return Claims{}, refuse("parameter", "no code")
	}
	config := p.config(d)
	token, err := config.Exchange(c.with(ctx), query.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Claims{}, exchangeError(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return Claims{}, refuse("id_token", "the provider sends no ID token")
	}
	claims, err := c.verify(ctx, p, d, a, raw, token.AccessToken)
	if err != nil {
		return Claims{}, err
	}
	if claims.Email == "" && d.provider.UserInfoEndpoint() != "" {
		return c.userinfo(ctx, d, token, claims)
	}
	return claims, nil
}

// exchangeError keeps of the provider's answer only its error code: the rest
// may repeat what we sent.
func exchangeError(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		if answer.Response != nil && answer.Response.StatusCode >= 500 {
			return refuse("unavailable", "the token endpoint answers %d", answer.Response.StatusCode)
		}
		return refuse("exchange", "the token endpoint refuses the code: %.40q", answer.ErrorCode)
	}
	var unreachable *url.Error
	if errors.As(err, &unreachable) {
		return refuse("unavailable", "token endpoint: %v", unreachable.Err)
	}
	return refuse("exchange", "the token endpoint's answer cannot be read")
}

// userinfo adds what the ID token leaves out. It must speak of the same subject
// (OpenID Connect Core 5.3.2).
func (c *Client) userinfo(ctx context.Context, d description, token *oauth2.Token, claims Claims) (Claims, error) {
	info, err := d.provider.UserInfo(c.with(ctx), oauth2.StaticTokenSource(token))
	if err != nil {
		return Claims{}, refuse("userinfo", "userinfo cannot be read")
	}
	var raw userClaims
	if err := info.Claims(&raw); err != nil {
		return Claims{}, refuse("userinfo", "userinfo: %v", err)
	}
	if raw.Subject != claims.Subject {
		return Claims{}, refuse("userinfo_subject", "userinfo is about somebody else")
	}
	verified, err := raw.verified()
	if err != nil {
		return Claims{}, err
	}
	claims.Email, claims.EmailVerified = raw.Email, verified
	if claims.Name == "" {
		claims.Name = raw.Name
	}
	return claims, nil
}
