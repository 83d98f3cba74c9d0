package sso_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc/oidctest"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// scene is what an attack has to work with: an organisation with a provider
// that is in the attacker's hands for one sign-in.
type scene struct {
	*house
	admin auth.Identity
	boss  auth.SignedIn
	p     *oidctest.Provider
	c     sso.Connection
}

// enter is an honest attempt at the provider.
func (s *scene) enter() error {
	_, err := s.signIn(s.p, s.c.Slug, sso.Begin{}, nil)
	return err
}

// attack is one case: set makes the provider lie, do goes another way than the
// honest one.
type attack struct {
	name   string
	reason string // in the record
	set    func(*scene)
	do     func(*scene) error
}

func claim(name string, value any) func(*scene) {
	return func(s *scene) { s.p.Claims = func(c map[string]any) { c[name] = value } }
}

func noClaim(name string) func(*scene) {
	return func(s *scene) { s.p.Claims = func(c map[string]any) { delete(c, name) } }
}

// signed makes the ID token in another way.
func signed(make func(s *scene, claims map[string]any) string) func(*scene) {
	return func(s *scene) { s.p.Sign = func(c map[string]any) string { return make(s, c) } }
}

// parts are the three of a good token.
func parts(s *scene, claims map[string]any) []string {
	return strings.Split(oidctest.Sign(s.key, "RS256", map[string]any{"kid": oidctest.KeyID}, claims), ".")
}

func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func header(extra map[string]any) map[string]any {
	head := map[string]any{"kid": oidctest.KeyID}
	for name, value := range extra {
		head[name] = value
	}
	return head
}

// foreign is a key that the provider does not have.
var foreign = func() func(*testing.T) *rsa.PrivateKey {
	var key *rsa.PrivateKey
	return func(t *testing.T) *rsa.PrivateKey {
		if key == nil {
			key = oidctest.NewKey(t, 2048)
		}
		return key
	}
}()

// tokenAttacks bend the ID token.
func tokenAttacks() []attack {
	return []attack{
		{name: "alg none", reason: "algorithm", set: signed(func(s *scene, c map[string]any) string {
			return encode(map[string]any{"alg": "none", "kid": oidctest.KeyID}) + "." + encode(c) + "."
		})},
		{name: "alg none in other letters", reason: "algorithm", set: signed(func(s *scene, c map[string]any) string {
			return encode(map[string]any{"alg": "nOnE"}) + "." + encode(c) + "."
		})},
		{name: "HS256 with the public key as the secret", reason: "algorithm", set: signed(func(s *scene, c map[string]any) string {
			der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
			if err != nil {
				panic(err)
			}
			return oidctest.Sign(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "HS256", header(nil), c)
		})},
		{name: "HS256 with the client secret", reason: "algorithm", set: signed(func(_ *scene, c map[string]any) string {
			return oidctest.Sign([]byte(oidctest.ClientSecret+oidctest.ClientSecret), "HS256", header(nil), c)
		})},
		{name: "another key under the provider's key id", reason: "signature", set: signed(func(s *scene, c map[string]any) string {
			return oidctest.Sign(foreign(s.t), "RS256", header(nil), c)
		})},
		{name: "another algorithm than the key's", reason: "key", set: signed(func(s *scene, c map[string]any) string {
			return oidctest.Sign(s.key, "PS256", header(nil), c)
		})},
		{name: "key id that is a path", reason: "key", set: signed(func(s *scene, c map[string]any) string {
			return oidctest.Sign(s.key, "RS256", header(map[string]any{"kid": "../../../../dev/null"}), c)
		})},
		{name: "claims changed after signing", reason: "signature", set: signed(func(s *scene, c map[string]any) string {
			p := parts(s, c)
			c["sub"] = "somebody-else"
			return p[0] + "." + encode(c) + "." + p[2]
		})},
		{name: "signature cut off", reason: "signature", set: signed(func(s *scene, c map[string]any) string {
			p := parts(s, c)
			return p[0] + "." + p[1] + "."
		})},
		{name: "two signatures in JSON form", reason: "id_token", set: signed(func(s *scene, c map[string]any) string {
			p := parts(s, c)
			one := map[string]any{"protected": p[0], "signature": p[2]}
			raw, _ := json.Marshal(map[string]any{"payload": p[1], "signatures": []any{one, one}})
			return string(raw)
		})},
		{name: "an access token as ID token", reason: "type", set: signed(func(s *scene, c map[string]any) string {
			return oidctest.Sign(s.key, "RS256", header(map[string]any{"typ": "at+jwt"}), c)
		})},
		{name: "a key of 1024 bits", reason: "key", set: func(s *scene) {
			short := oidctest.NewKey(s.t, 1024)
			s.p.KeySet = func() any {
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{oidctest.JWK(short, "short")}}
			}
			s.p.Sign = func(c map[string]any) string {
				return oidctest.Sign(short, "RS256", map[string]any{"kid": "short"}, c)
			}
		}},
		{name: "a key for encryption", reason: "key", set: func(s *scene) {
			s.p.KeySet = func() any {
				key := oidctest.JWK(s.key, oidctest.KeyID)
				key.Use = "enc"
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}
			}
		}},
		{name: "two keys of one id", reason: "key", set: func(s *scene) {
			s.p.KeySet = func() any {
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{oidctest.JWK(s.key, oidctest.KeyID), oidctest.JWK(foreign(s.t), oidctest.KeyID)}}
			}
		}},
		{name: "a secret in the key set", reason: "algorithm", set: func(s *scene) {
			s.p.KeySet = func() any {
				return map[string]any{"keys": []any{map[string]any{"kty": "oct", "kid": "s", "k": encode("secret")}}}
			}
			s.p.Sign = func(c map[string]any) string {
				return oidctest.Sign([]byte(`"secret" that is long enough for it`), "HS256", map[string]any{"kid": "s"}, c)
			}
		}},
		{name: "issuer of somebody else", reason: "issuer", set: claim("iss", "https://accounts.google.com")},
		{name: "issuer with a slash more", reason: "issuer", set: func(s *scene) { claim("iss", s.p.URL+"/")(s) }},
		{name: "issuer missing", reason: "issuer", set: noClaim("iss")},
		{name: "audience of another client", reason: "audience", set: claim("aud", "another-client")},
		{name: "audience missing", reason: "audience", set: noClaim("aud")},
		{name: "us and another audience", reason: "audience", set: claim("aud", []string{oidctest.ClientID, "another-client"})},
		{name: "authorized party is another", reason: "authorized_party", set: claim("azp", "another-client")},
		{name: "another nonce", reason: "nonce", set: claim("nonce", "bm9uY2U")},
		{name: "nonce missing", reason: "nonce", set: noClaim("nonce")},
		{name: "expired", reason: "expired", set: claim("exp", time.Now().Add(-time.Second).Unix())},
		{name: "expiry missing", reason: "expiry", set: noClaim("exp")},
		{name: "expiry as a text", reason: "expiry", set: claim("exp", "9999999999")},
		{name: "issued in the future", reason: "issued_in_future", set: claim("iat", time.Now().Add(5*time.Minute).Unix())},
		{name: "issued long ago", reason: "too_old", set: claim("iat", time.Now().Add(-time.Hour).Unix())},
		{name: "time of issue missing", reason: "issued_at", set: noClaim("iat")},
		{name: "not good yet", reason: "not_before", set: claim("nbf", time.Now().Add(5*time.Minute).Unix())},
		{name: "subject missing", reason: "subject", set: noClaim("sub")},
		{name: "subject too long", reason: "subject", set: claim("sub", strings.Repeat("s", 256))},
		{name: "access token of another", reason: "access_token_hash", set: claim("at_hash", "bm90IHRoaXMgb25lIQ")},
	}
}

// TestTokensThatBringTheirKey: whoever follows such a header asks the canary.
func TestTokensThatBringTheirKey(t *testing.T) {
	h := newHouse(t)
	admin, _ := h.admin()
	var asked atomic.Int32
	canary := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{oidctest.JWK(foreign(t), "own")}})
	}))
	defer canary.Close()
	jwk, err := json.Marshal(oidctest.JWK(foreign(t), "own"))
	if err != nil {
		t.Fatal(err)
	}
	for name, head := range map[string]map[string]any{
		"jku":           {"jku": canary.URL + "/keys", "kid": "own"},
		"x5u":           {"x5u": canary.URL + "/cert", "kid": "own"},
		"jwk":           {"jwk": json.RawMessage(jwk), "kid": "own"},
		"jwk, our kid":  {"jwk": json.RawMessage(jwk), "kid": oidctest.KeyID},
		"jku, our kid":  {"jku": canary.URL + "/keys", "kid": oidctest.KeyID},
		"key id a URL":  {"kid": canary.URL + "/keys"},
		"unknown crit":  {"crit": []string{"own"}, "own": true, "kid": oidctest.KeyID},
		"x5c of itself": {"x5c": []string{"MIIB"}, "kid": "own"},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.Start(t, h.key)
			p.Email = email("acme.example")
			c := h.connect(admin, p)
			p.Sign = func(claims map[string]any) string { return oidctest.Sign(foreign(t), "RS256", head, claims) }
			if _, err := h.signIn(p, c.Slug, sso.Begin{}, nil); err == nil {
				t.Fatal("let in")
			}
		})
	}
	if asked.Load() != 0 {
		t.Errorf("a header was followed %d times", asked.Load())
	}
}

// personAttacks are about who somebody is.
func personAttacks() []attack {
	return []attack{
		{name: "email_verified is the text false", reason: "email_verified", set: func(s *scene) { s.p.Verified = "false" }},
		{name: "email_verified is the text true", reason: "email_verified", set: func(s *scene) { s.p.Verified = "true" }},
		{name: "email_verified is 1", reason: "email_verified", set: func(s *scene) { s.p.Verified = 1 }},
		{name: "email_verified is a list", reason: "email_verified", set: func(s *scene) { s.p.Verified = []bool{true} }},
		{name: "email_verified missing", reason: "email_not_verified", set: func(s *scene) { s.p.Verified = nil }},
		{name: "email_verified false", reason: "email_not_verified", set: func(s *scene) { s.p.Verified = false }},
		{name: "userinfo says it as a text", reason: "email_verified", set: func(s *scene) {
			s.p.Email = ""
			s.p.UserInfo = func(c map[string]any) { c["email"], c["email_verified"] = email("acme.example"), "true" }
		}},
		{name: "userinfo of somebody else", reason: "userinfo_subject", set: func(s *scene) {
			s.p.Email = ""
			s.p.UserInfo = func(c map[string]any) {
				c["sub"], c["email"], c["email_verified"] = "boss", email("acme.example"), true
			}
		}},
		{name: "address of another domain", reason: "domain", set: func(s *scene) { s.p.Email = email("evil.example") }},
		{name: "address of a domain that ends alike", reason: "domain", set: func(s *scene) { s.p.Email = email("notacme.example") }},
		{name: "address of somebody who has not linked", reason: "known_email", set: func(s *scene) { s.p.Email = s.boss.User.Email }},
		{name: "the same address under another subject", reason: "known_email", do: func(s *scene) error {
			if err := s.enter(); err != nil {
				s.t.Fatalf("the first: %v", err)
			}
			s.p.Subject = "somebody-else"
			return s.enter()
		}},
		{name: "the same subject of another issuer", reason: "not_linked", do: func(s *scene) error {
			if err := s.enter(); err != nil {
				s.t.Fatalf("the first: %v", err)
			}
			other := oidctest.Start(s.t, s.key)
			other.Email, other.Subject = s.p.Email, s.p.Subject
			c := s.connect(s.admin, other, func(c *sso.Change) { c.DefaultRole = nil })
			_, err := s.signIn(other, c.Slug, sso.Begin{}, nil)
			return err
		}},
		{name: "the connection's issuer was changed", reason: "not_linked", do: func(s *scene) error {
			if err := s.enter(); err != nil {
				s.t.Fatalf("the first: %v", err)
			}
			other := oidctest.Start(s.t, s.key)
			other.Email, other.Subject = s.p.Email, s.p.Subject
			nobody := org.Role("")
			if _, err := s.sso.Update(s.t.Context(), s.admin, s.c.ID, sso.Change{Issuer: &other.URL, DefaultRole: &nobody}); err != nil {
				s.t.Fatal(err)
			}
			_, err := s.signIn(other, s.c.Slug, sso.Begin{}, nil)
			return err
		}},
		{name: "another organisation's connection to the same provider", reason: "not_linked", do: func(s *scene) error {
			if err := s.enter(); err != nil {
				s.t.Fatalf("the first: %v", err)
			}
			stranger, _ := s.house.admin()
			c := s.connect(stranger, s.p, func(c *sso.Change) { c.DefaultRole = nil })
			_, err := s.signIn(s.p, c.Slug, sso.Begin{}, nil)
			return err
		}},
		{name: "somebody who was removed", reason: "known_email", do: func(s *scene) error {
			out, err := s.signIn(s.p, s.c.Slug, sso.Begin{}, nil)
			if err != nil {
				s.t.Fatalf("the first: %v", err)
			}
			by := org.By{Actor: s.admin.Actor(), Role: org.Admin}
			if err := s.org.RemoveMember(s.t.Context(), s.admin.Org, by, out.SignedIn.User.ID); err != nil {
				s.t.Fatal(err)
			}
			return s.enter()
		}},
		{name: "an invitation of another organisation", reason: "invitation", do: func(s *scene) error {
			stranger, _ := s.house.admin()
			_, invitation, err := s.org.Invite(s.t.Context(), stranger.Org, org.By{Actor: stranger.Actor(), Role: org.Admin}, email("acme.example"), org.Admin)
			if err != nil {
				s.t.Fatal(err)
			}
			_, err = s.signIn(s.p, s.c.Slug, sso.Begin{Invitation: invitation.Token}, nil)
			return err
		}},
		{name: "an invitation of somebody who has an account", reason: "invitation_settled", do: func(s *scene) error {
			_, victim := s.house.admin()
			_, invitation, err := s.org.Invite(s.t.Context(), s.admin.Org, org.By{Actor: s.admin.Actor(), Role: org.Admin}, victim.User.Email, org.Analyst)
			if err != nil {
				s.t.Fatal(err)
			}
			_, err = s.signIn(s.p, s.c.Slug, sso.Begin{Invitation: invitation.Token}, nil)
			return err
		}},
	}
}

// flowAttacks are about the way of the browser.
func flowAttacks() []attack {
	return []attack{
		{name: "state missing", reason: "state", do: func(s *scene) error {
			return s.bent(func(q url.Values) { q.Del("state") })
		}},
		{name: "a state that nobody began", reason: "state", do: func(s *scene) error {
			return s.bent(func(q url.Values) { q.Set("state", "bm9ib2R5IGJlZ2FuIHRoaXMgc2lnbi1pbiBhdCBhbGw") })
		}},
		{name: "another browser", reason: "other_browser", do: func(s *scene) error {
			mine, theirs := s.start(), s.start()
			_, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, s.p.Approve(s.t, theirs.URL), mine.Cookie.Reveal(), nil)
			return err
		}},
		{name: "no cookie", reason: "state", do: func(s *scene) error {
			_, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, s.p.Approve(s.t, s.start().URL), "", nil)
			return err
		}},
		{name: "the callback a second time", reason: "state", do: func(s *scene) error {
			begun := s.start()
			query := s.p.Approve(s.t, begun.URL)
			if _, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, query, begun.Cookie.Reveal(), nil); err != nil {
				s.t.Fatalf("the first time: %v", err)
			}
			_, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, query, begun.Cookie.Reveal(), nil)
			return err
		}},
		{name: "the code a second time", reason: "exchange", do: func(s *scene) error {
			begun := s.start()
			query := s.p.Approve(s.t, begun.URL)
			if _, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, query, begun.Cookie.Reveal(), nil); err != nil {
				s.t.Fatalf("the first time: %v", err)
			}
			return s.bent(func(q url.Values) { q.Set("code", query.Get("code")) })
		}},
		{name: "after eleven minutes", reason: "state", do: func(s *scene) error {
			begun := s.start()
			s.clock.move(11 * time.Minute)
			defer s.clock.move(-11 * time.Minute)
			_, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, s.p.Approve(s.t, begun.URL), begun.Cookie.Reveal(), nil)
			return err
		}},
		{name: "the callback of another connection", reason: "other_connection", do: func(s *scene) error {
			other := s.connect(s.admin, s.p)
			begun := s.start()
			_, err := s.sso.FinishOIDC(s.t.Context(), other.Slug, s.p.Approve(s.t, begun.URL), begun.Cookie.Reveal(), nil)
			return err
		}},
		{name: "the code of another sign-in (PKCE)", reason: "exchange", do: func(s *scene) error {
			stolen := s.p.Approve(s.t, s.start().URL).Get("code")
			return s.bent(func(q url.Values) { q.Set("code", stolen) })
		}},
		{name: "the same where the provider skips PKCE", reason: "nonce", do: func(s *scene) error {
			s.p.Trusting = true
			stolen := s.p.Approve(s.t, s.start().URL).Get("code")
			return s.bent(func(q url.Values) { q.Set("code", stolen) })
		}},
	}
}

// providerAttacks are providers that say one thing and do another, and links.
func providerAttacks() []attack {
	return []attack{
		{name: "a provider that knows plain PKCE only", reason: "pkce", do: func(s *scene) error {
			return s.described(func(d map[string]any) { d["code_challenge_methods_supported"] = []string{"plain"} })
		}},
		{name: "iss of another provider (mix-up)", reason: "issuer_parameter", do: func(s *scene) error {
			return s.bent(func(q url.Values) { q.Set("iss", "https://evil.example") })
		}},
		{name: "iss left out though promised", reason: "issuer_parameter", do: func(s *scene) error {
			return s.described(func(d map[string]any) { d["authorization_response_iss_parameter_supported"] = true })
		}},
		{name: "an error of the provider with a code", reason: "provider_error", do: func(s *scene) error {
			return s.bent(func(q url.Values) { q.Set("error", "access_denied") })
		}},
		{name: "two codes", reason: "parameter", do: func(s *scene) error {
			return s.bent(func(q url.Values) { q.Add("code", "another") })
		}},
		{name: "no code", reason: "parameter", do: func(s *scene) error {
			return s.bent(func(q url.Values) { q.Del("code") })
		}},
		{name: "a description of another issuer", reason: "discovery_issuer", do: func(s *scene) error {
			return s.described(func(d map[string]any) { d["issuer"] = "https://accounts.google.com" })
		}},
		{name: "an authorization endpoint that is a script", reason: "discovery_endpoint", do: func(s *scene) error {
			return s.described(func(d map[string]any) { d["authorization_endpoint"] = "javascript://x/%0aalert(1)" })
		}},
		{name: "keys in a file", reason: "discovery_endpoint", do: func(s *scene) error {
			return s.described(func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" })
		}},
		{name: "keys without end", reason: "unavailable", set: func(s *scene) {
			s.p.KeySet = func() any { return strings.Repeat("k", 2<<20) }
		}},
		{name: "a token endpoint that leads elsewhere", reason: "exchange", set: func(s *scene) {
			s.p.Token = func(w http.ResponseWriter, r *http.Request) bool {
				http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
				return true
			}
		}},
		{name: "no ID token", reason: "id_token", set: func(s *scene) {
			s.p.Token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"access_token": "a", "token_type": "Bearer"}`))
				return true
			}
		}},
		{name: "a connection that is off", reason: "unknown_connection", do: func(s *scene) error {
			begun, no := s.start(), false
			if _, err := s.sso.Update(s.t.Context(), s.admin, s.c.ID, sso.Change{Enabled: &no}); err != nil {
				s.t.Fatal(err)
			}
			_, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, s.p.Approve(s.t, begun.URL), begun.Cookie.Reveal(), nil)
			return err
		}},
		{name: "a link from another session", reason: "other_session", do: func(s *scene) error {
			begun, err := s.sso.StartLink(s.t.Context(), s.admin, s.c.Slug, "")
			if err != nil {
				s.t.Fatal(err)
			}
			stranger, _ := s.house.admin()
			_, err = s.sso.FinishOIDC(s.t.Context(), s.c.Slug, s.p.Approve(s.t, begun.URL), begun.Cookie.Reveal(), &stranger)
			return err
		}},
		{name: "a link when nobody is signed in", reason: "other_session", do: func(s *scene) error {
			begun, err := s.sso.StartLink(s.t.Context(), s.admin, s.c.Slug, "")
			if err != nil {
				s.t.Fatal(err)
			}
			_, err = s.sso.FinishOIDC(s.t.Context(), s.c.Slug, s.p.Approve(s.t, begun.URL), begun.Cookie.Reveal(), nil)
			return err
		}},
	}
}

func (s *scene) start() sso.Redirect {
	s.t.Helper()
	out, err := s.sso.StartOIDC(s.t.Context(), s.c.Slug, sso.Begin{})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// bent is a sign-in whose callback is changed on the way.
func (s *scene) bent(change func(url.Values)) error {
	s.t.Helper()
	begun := s.start()
	query := s.p.Approve(s.t, begun.URL)
	change(query)
	_, err := s.sso.FinishOIDC(s.t.Context(), s.c.Slug, query, begun.Cookie.Reveal(), nil)
	return err
}

// described is a sign-in at a provider that describes itself otherwise since it
// was set up.
func (s *scene) described(change func(map[string]any)) error {
	s.t.Helper()
	s.p.Describe = change
	s.clock.move(11 * time.Minute) // longer than a description is believed
	defer s.clock.move(-11 * time.Minute)
	s.p.Claims = func(c map[string]any) {
		c["iat"], c["exp"] = s.clock.Now().Unix(), s.clock.Now().Add(time.Minute).Unix()
	}
	return s.enter()
}

// TestOIDCAttacks: the good sign-in passes before each attack's world is bent,
// and every attack is refused for its own reason.
func TestOIDCAttacks(t *testing.T) {
	h := newHouse(t)
	admin, boss := h.admin()
	var all []attack
	all = append(all, tokenAttacks()...)
	all = append(all, personAttacks()...)
	all = append(all, flowAttacks()...)
	all = append(all, providerAttacks()...)
	if len(all) < 30 {
		t.Fatalf("%d attacks", len(all))
	}
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			house := *h
			house.t = t
			s := &scene{house: &house, admin: admin, boss: boss, p: oidctest.Start(t, h.key)}
			s.p.Email, s.p.Subject = email("acme.example"), id.New().String()
			s.c = s.connect(admin, s.p)
			if a.set != nil {
				a.set(s)
			}
			do := a.do
			if do == nil {
				do = (*scene).enter
			}
			wantRefused(t, do(s), a.reason)
		})
	}
	t.Logf("%d attacks refused", len(all))
}

// TestGoodOIDC: the first time adds the person, the second finds them; what was
// refused and let in stands in the record.
func TestGoodOIDC(t *testing.T) {
	h := newHouse(t)
	admin, _ := h.admin()
	p := oidctest.Start(t, h.key)
	p.Email, p.Subject = email("acme.example"), "s-1"
	c := h.connect(admin, p)
	first, err := h.signIn(p, c.Slug, sso.Begin{Next: "/leads"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Next != "/leads" || first.SignedIn.Role != org.Analyst || first.SignedIn.User.Email != p.Email || first.SignedIn.User.Name != "Ann Other" || first.SignedIn.Organization.ID != admin.Org {
		t.Errorf("%+v", first)
	}
	p.Email = email("acme.example") // they married
	p.KeySet = func() any {         // and the provider has changed its key meanwhile
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{oidctest.JWK(h.key, oidctest.KeyID), oidctest.JWK(foreign(t), "key-2")}}
	}
	p.Sign = func(claims map[string]any) string {
		return oidctest.Sign(foreign(t), "RS256", map[string]any{"kid": "key-2"}, claims)
	}
	h.clock.move(11 * time.Second)
	second, err := h.signIn(p, c.ID.String(), sso.Begin{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if second.SignedIn.User.ID != first.SignedIn.User.ID || second.SignedIn.Session == first.SignedIn.Session {
		t.Errorf("%+v after %+v", second, first)
	}
	p.Verified = false
	_, err = h.signIn(p, c.Slug, sso.Begin{}, nil)
	wantRefused(t, err, "email_not_verified")
	var actions []string
	for _, e := range h.record(admin.Org) {
		actions = append(actions, e.Action)
	}
	if got := strings.Join(actions, " "); got != "sso.refused sso.signed_in sso.signed_in member.added sso_connection.created organization.created" {
		t.Errorf("record: %s", got)
	}
	families, err := h.metrics.Gather()
	if err != nil || len(families) != 1 || len(families[0].GetMetric()) != 2 {
		t.Errorf("metrics %v %v", families, err)
	}
}

// TestSecretIsSealed: the client secret is not in the row.
func TestSecretIsSealed(t *testing.T) {
	h := newHouse(t)
	admin, _ := h.admin()
	c := h.connect(admin, oidctest.Start(t, h.key))
	raw, err := json.Marshal(c)
	if err != nil || strings.Contains(string(raw), oidctest.ClientSecret) || !c.ClientSecretSet {
		t.Errorf("%s %v", raw, err)
	}
	var row string
	err = h.db.InTenant(t.Context(), admin.Org, func(tx dbTx) error {
		return tx.QueryRow(t.Context(), `select c::text from sso_connections c`).Scan(&row)
	})
	if err != nil || strings.Contains(row, oidctest.ClientSecret) || strings.Contains(row, strings.ToLower(encodeHex(oidctest.ClientSecret))) {
		t.Errorf("%s %v", row, err)
	}
	empty := secret.String("")
	if _, err := h.sso.Update(t.Context(), admin, c.ID, sso.Change{ClientSecret: &empty}); err == nil {
		t.Error("an enabled connection lost its secret")
	}
}
