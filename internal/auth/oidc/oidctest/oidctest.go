// Package oidctest is an OpenID Connect provider on this machine that a test can
// make lie. Left alone it behaves: codes are good once, bound to the client, to
// its redirect address and to PKCE.
//
//	p := oidctest.Start(t)
//	p.Claims = func(c map[string]any) { c["aud"] = "somebody else" }
//	callback := p.Approve(t, address) // what the browser brings back
//
// Files: oidctest.go.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The client that the provider knows.
const (
	ClientID     = "rainmaker-test"
	ClientSecret = "a secret of the client"
	KeyID        = "key-1"
)

// Provider is a running provider. Its fields change how it behaves from the
// next request on.
type Provider struct {
	*httptest.Server
	Key *rsa.PrivateKey

	Subject  string
	Email    string
	Verified any // email_verified; nil leaves it out

	Describe func(map[string]any) // changes the description
	Claims   func(map[string]any) // changes the claims of the ID token
	// Sign makes the ID token; nil signs with Key.
	Sign     func(claims map[string]any) string
	UserInfo func(map[string]any)
	KeySet   func() any
	// Token answers the token endpoint instead, when it returns true.
	Token func(w http.ResponseWriter, r *http.Request) bool
	// Trusting skips PKCE, as some providers do.
	Trusting bool

	mu    sync.Mutex
	codes map[string]grant
}

// grant is what a code stands for.
type grant struct {
	client, redirect, challenge, nonce string
}

// NewKey makes a signing key.
func NewKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Start serves a provider until the test ends.
func Start(t testing.TB, key *rsa.PrivateKey) *Provider {
	t.Helper()
	p := &Provider{Key: key, Subject: "subject-1", Verified: true, codes: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.description)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func (p *Provider) description(w http.ResponseWriter, _ *http.Request) {
	d := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo",
		// It offers more than it should: the client must not follow.
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		"code_challenge_methods_supported":      []string{"S256", "plain"},
	}
	if p.Describe != nil {
		p.Describe(d)
	}
	answer(w, http.StatusOK, d)
}

// JWK is the public half of a key.
func JWK(key *rsa.PrivateKey, kid string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: &key.PublicKey, KeyID: kid, Algorithm: "RS256", Use: "sig"}
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	if p.KeySet != nil {
		answer(w, http.StatusOK, p.KeySet())
		return
	}
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{JWK(p.Key, KeyID)}})
}

// Approve is a person who says yes at the provider: it returns the query of the
// callback.
func (p *Provider) Approve(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("nonce") == "" || q.Get("state") == "" {
		t.Fatalf("a careless request: %s", address)
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = grant{q.Get("client_id"), q.Get("redirect_uri"), q.Get("code_challenge"), q.Get("nonce")}
	p.mu.Unlock()
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if p.Token != nil && p.Token(w, r) {
		return
	}
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	code := r.FormValue("code")
	p.mu.Lock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	proven := p.Trusting || base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
	if !ok || id != ClientID || secret != ClientSecret || g.client != id || g.redirect != r.FormValue("redirect_uri") || !proven {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": "access-1", "token_type": "Bearer", "expires_in": 60, "id_token": p.idToken(g)})
}

func (p *Provider) idToken(g grant) string {
	now := time.Now()
	claims := map[string]any{
		"iss": p.URL, "sub": p.Subject, "aud": ClientID, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "name": "Ann Other",
	}
	if p.Email != "" {
		claims["email"] = p.Email
	}
	if p.Verified != nil {
		claims["email_verified"] = p.Verified
	}
	if p.Claims != nil {
		p.Claims(claims)
	}
	if p.Sign != nil {
		return p.Sign(claims)
	}
	return Sign(p.Key, "RS256", map[string]any{"kid": KeyID, "typ": "JWT"}, claims)
}

// Sign makes a token with any key, algorithm and header.
func Sign(key any, algorithm string, head, claims map[string]any) string {
	opts := &jose.SignerOptions{}
	for name, value := range head {
		opts.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: key}, opts)
	if err != nil {
		panic(err) // a test asks for what cannot be
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return token
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer access-1" {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	info := map[string]any{"sub": p.Subject}
	if p.UserInfo != nil {
		p.UserInfo(info)
	}
	answer(w, http.StatusOK, info)
}
