package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const goodPassword = "a long enough password"

// hand is a clock that a test moves.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func newService(t testing.TB, c clock.Clock) *Service {
	t.Helper()
	master := sha256.Sum256([]byte("auth tests"))
	vault, err := secret.NewVault(master[:])
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.New(t)
	orgs, err := org.New(org.Deps{DB: d, Vault: vault, Clock: c, NormalEmail: func(s string) (string, error) {
		if !strings.Contains(s, "@") {
			return "", errs.New(errs.Invalid, "no @")
		}
		return strings.ToLower(s), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := New(Deps{DB: d, Org: orgs, Vault: vault, Clock: c, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signUp(t testing.TB, s *Service) SignedIn {
	t.Helper()
	in, err := s.Signup(t.Context(), Signup{
		OrganizationName: "Acme", Name: "Ann", Email: id.New().String() + "@example.com", Password: goodPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func ask(s *Service, authorization string) (Identity, error) {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/auth/me", nil)
	r.Header.Set("Authorization", authorization)
	return s.Authenticate(context.Background(), r)
}

// TestTokenAttacks: the good token passes, every bent one does not.
func TestTokenAttacks(t *testing.T) {
	s := newService(t, clock.System{})
	in, other := signUp(t, s), signUp(t, s)
	if _, err := ask(s, "Bearer "+in.AccessToken); err != nil {
		t.Fatalf("the good token: %v", err)
	}
	keys, err := s.signer.current(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	ours := keys[0]
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	good := func() map[string]any {
		return map[string]any{
			"iss": "rainmaker", "sub": in.User.ID.String(), "aud": []string{audience}, "jti": "x",
			"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "org": in.Organization.ID, "sid": in.Session,
		}
	}
	with := func(change func(map[string]any)) map[string]any {
		c := good()
		change(c)
		return c
	}
	set := func(name string, value any) map[string]any { return with(func(c map[string]any) { c[name] = value }) }
	without := func(name string) map[string]any { return with(func(c map[string]any) { delete(c, name) }) }
	head := map[string]any{"typ": tokenType, "kid": ours.public.KeyID}
	sign := func(key *rsa.PrivateKey, alg jose.SignatureAlgorithm, head, claims map[string]any) string {
		opts := &jose.SignerOptions{}
		for name, value := range head {
			opts.WithHeader(jose.HeaderKey(name), value)
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good1 := sign(ours.private, jose.RS256, head, good())
	if _, err := ask(s, "Bearer "+good1); err != nil {
		t.Fatalf("our own good token: %v", err)
	}
	public, err := json.Marshal(ours.public)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good1, ".")
	jwk := jose.JSONWebKey{Key: &foreign.PublicKey}
	attacks := map[string]string{
		"empty":              "",
		"garbage":            "a.b.c",
		"alg none":           raw(`{"alg":"none","typ":"at+jwt","kid":"`+ours.public.KeyID+`"}`) + "." + parts[1] + ".",
		"alg None":           raw(`{"alg":"None","typ":"at+jwt","kid":"`+ours.public.KeyID+`"}`) + "." + parts[1] + ".",
		"no signature":       parts[0] + "." + parts[1] + ".",
		"HS256, public key":  confused(ours.public.KeyID, parts[1], public),
		"claims swapped":     parts[0] + "." + rawJSON(t, set("org", other.Organization.ID)) + "." + parts[2],
		"foreign key":        sign(foreign, jose.RS256, head, good()),
		"foreign key as jwk": sign(foreign, jose.RS256, map[string]any{"typ": tokenType, "kid": ours.public.KeyID, "jwk": jwk}, good()),
		"jku":                sign(foreign, jose.RS256, map[string]any{"typ": tokenType, "kid": "x", "jku": "https://evil.example/jwks.json"}, good()),
		"x5u":                sign(foreign, jose.RS256, map[string]any{"typ": tokenType, "kid": "x", "x5u": "https://evil.example/c.pem"}, good()),
		"kid path":           sign(foreign, jose.RS256, map[string]any{"typ": tokenType, "kid": "../../etc/passwd"}, good()),
		"kid SQL":            sign(foreign, jose.RS256, map[string]any{"typ": tokenType, "kid": "' or 1=1 --"}, good()),
		"no kid":             sign(ours.private, jose.RS256, map[string]any{"typ": tokenType}, good()),
		"RS384":              sign(ours.private, jose.RS384, head, good()),
		"PS256":              sign(ours.private, jose.PS256, head, good()),
		"typ JWT":            sign(ours.private, jose.RS256, map[string]any{"typ": "JWT", "kid": ours.public.KeyID}, good()),
		"no typ":             sign(ours.private, jose.RS256, map[string]any{"kid": ours.public.KeyID}, good()),
		"crit":               sign(ours.private, jose.RS256, map[string]any{"typ": tokenType, "kid": ours.public.KeyID, "crit": []string{"x"}, "x": 1}, good()),
		"iss":                sign(ours.private, jose.RS256, head, set("iss", "evil")),
		"no iss":             sign(ours.private, jose.RS256, head, without("iss")),
		"aud":                sign(ours.private, jose.RS256, head, set("aud", "another-api")),
		"two aud":            sign(ours.private, jose.RS256, head, set("aud", []string{audience, "another-api"})),
		"no aud":             sign(ours.private, jose.RS256, head, without("aud")),
		"expired":            sign(ours.private, jose.RS256, head, with(func(c map[string]any) { c["iat"], c["exp"] = now.Unix()-600, now.Unix()-1 })),
		"no exp":             sign(ours.private, jose.RS256, head, without("exp")),
		"exp as text":        sign(ours.private, jose.RS256, head, set("exp", "9999999999")),
		"exp far away":       sign(ours.private, jose.RS256, head, set("exp", now.Add(24*time.Hour).Unix())),
		"no iat":             sign(ours.private, jose.RS256, head, without("iat")),
		"iat in the future":  sign(ours.private, jose.RS256, head, with(func(c map[string]any) { c["iat"], c["exp"] = now.Unix()+600, now.Unix()+900 })),
		"another's session":  sign(ours.private, jose.RS256, head, set("sid", other.Session)),
		"another's org":      sign(ours.private, jose.RS256, head, set("org", other.Organization.ID)),
		"another's user":     sign(ours.private, jose.RS256, head, set("sub", other.User.ID.String())),
		"no session":         sign(ours.private, jose.RS256, head, without("sid")),
		"unknown session":    sign(ours.private, jose.RS256, head, set("sid", id.New())),
		"role claim only":    sign(foreign, jose.RS256, head, set("role", "admin")),
	}
	for name, token := range attacks {
		if i, err := ask(s, "Bearer "+token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	t.Logf("%d attacks", len(attacks))
}

func raw(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func rawJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw(string(b))
}

// confused signs with HMAC under the public key, for a verifier that believes
// the token's own alg.
func confused(kid, claims string, public []byte) string {
	signed := raw(`{"alg":"HS256","typ":"at+jwt","kid":"`+kid+`"}`) + "." + claims
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// TestLives: proofs end when they should, by the clock.
func TestLives(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	in := signUp(t, s)
	if _, err := ask(s, "Bearer "+in.AccessToken); err != nil {
		t.Fatal(err)
	}
	c.move(AccessLife + time.Second)
	if _, err := ask(s, "Bearer "+in.AccessToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("an old access token: %v", err)
	}
	next, err := s.Refresh(t.Context(), in.RefreshToken)
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	c.move(SessionLife)
	if _, err := s.Refresh(t.Context(), next.RefreshToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("an old refresh token: %v", err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "rainmaker", Value: in.Cookie.Reveal()})
	if _, err := s.Authenticate(t.Context(), r); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("an old cookie: %v", err)
	}
}

// TestKeyRotation: a month later another key signs, and tokens of the old one
// are still good.
func TestKeyRotation(t *testing.T) {
	c := &hand{at: time.Now().UTC().Add(400 * 24 * time.Hour)} // away from other tests' keys
	s := newService(t, c)
	in := signUp(t, s)
	before, err := s.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.move(keyLife)
	after, err := s.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Keys) != len(before.Keys)+1 || after.Keys[1].KeyID != before.Keys[0].KeyID {
		t.Errorf("%d keys, then %d", len(before.Keys), len(after.Keys))
	}
	// The new one does not sign before everybody can know it.
	next, err := s.Refresh(t.Context(), in.RefreshToken)
	if !errs.Is(err, errs.Unauthenticated) {
		t.Fatalf("the session should have ended by now: %v %v", next, err)
	}
	in = signUp(t, s)
	if kid(t, in.AccessToken) != before.Keys[0].KeyID {
		t.Error("a key signs that others may not know yet")
	}
	c.move(keyLead)
	again, err := s.Refresh(t.Context(), in.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if kid(t, again.AccessToken) != after.Keys[0].KeyID {
		t.Error("the new key does not sign")
	}
	if _, err := ask(s, "Bearer "+in.AccessToken); err != nil {
		t.Errorf("a token of the old key: %v", err)
	}
	// Another process reads the same keys.
	if _, err := ask(newService(t, c), "Bearer "+again.AccessToken); err != nil {
		t.Errorf("another process: %v", err)
	}
}

func kid(t *testing.T, token string) string {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Headers[0].KeyID
}

// TestEndsElsewhere: what another process ends is over here within stateLife.
func TestEndsElsewhere(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	here, there := newService(t, c), newService(t, c)
	in := signUp(t, here)
	i, err := ask(here, "Bearer "+in.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := there.Logout(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	c.move(stateLife)
	if _, err := ask(here, "Bearer "+in.AccessToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("still signed in: %v", err)
	}
}

// TestLoginTime: a stranger takes as long as a user with a wrong password.
func TestLoginTime(t *testing.T) {
	if testing.Short() {
		t.Log("short: not measured")
		return
	}
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	email := id.New().String() + "@example.com"
	if _, err := s.Signup(t.Context(), Signup{OrganizationName: "A", Name: "B", Email: email, Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	var known, unknown []time.Duration
	for n := range 12 {
		c.move(10 * time.Hour) // no throttle
		for _, who := range []struct {
			email string
			times *[]time.Duration
		}{{email, &known}, {id.New().String() + "@example.com", &unknown}} {
			start := time.Now()
			if _, err := s.Login(t.Context(), Login{Email: who.email, Password: "wrong", Address: string(rune('a' + n))}); !errs.Is(err, errs.Unauthenticated) {
				t.Fatal(err)
			}
			*who.times = append(*who.times, time.Since(start))
		}
	}
	slices.Sort(known)
	slices.Sort(unknown)
	// The fastest are least disturbed by what else the machine does.
	a, b := known[1], unknown[1]
	t.Logf("known %v, unknown %v", a, b)
	if ratio := float64(a) / float64(b); ratio < 0.6 || ratio > 1.6 {
		t.Errorf("known %v, unknown %v", a, b)
	}
}

// TestHashesAtRest: no proof can be read in the database.
func TestHashesAtRest(t *testing.T) {
	s := newService(t, clock.System{})
	in := signUp(t, s)
	identity := Identity{Org: in.Organization.ID, User: in.User.ID, Role: org.Admin}
	_, secretText, err := s.CreateAPIKey(t.Context(), in.Organization.ID, identity, NewAPIKey{Name: "k", Role: org.Analyst})
	if err != nil {
		t.Fatal(err)
	}
	dump := dumpOf(t)
	for name, proof := range map[string]string{
		"cookie": in.Cookie.Reveal(), "refresh token": in.RefreshToken, "access token": in.AccessToken,
		"API secret": secretText, "password": goodPassword, "e-mail": in.User.Email,
	} {
		if strings.Contains(dump, proof) || strings.Contains(dump, hex.EncodeToString([]byte(proof))) {
			t.Errorf("the %s stands in the database", name)
		}
	}
}

func TestPasswords(t *testing.T) {
	h := newHasher()
	for password, good := range map[string]bool{
		"short":                    false,
		"Password123":              false,
		"1234567890":               false,
		"abababababab":             false,
		"ann@example.com":          false,
		strings.Repeat("x1y2", 65): false,
		"correct horse battery":    true,
		"пароль который длинный":       true,
		"tr0ub4dor&3-and-more":         true,
		strings.Repeat("x1y2z3w4", 32): true,
	} {
		if err := h.check("body.password", password, "ann@example.com"); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
	hash, err := h.hash(t.Context(), "Zu\u0308rich-password")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", hash)
	}
	for password, want := range map[string]bool{"Z\u00fcrich-password": true, "zurich-password": false, "": false} {
		if ok, err := h.matches(t.Context(), password, hash); err != nil || ok != want {
			t.Errorf("%q: %v %v", password, ok, err)
		}
	}
	if ok, err := h.matches(t.Context(), "anything", ""); ok || err != nil {
		t.Errorf("nobody's password: %v %v", ok, err)
	}
}

func TestThrottle(t *testing.T) {
	c := &hand{at: time.Now()}
	th := newThrottle(c)
	// From 500 addresses, in one hour: an account takes no more than 20 guesses.
	guesses := 0
	for minute := range 60 {
		for n := range 500 {
			address := string(rune(n)) + "/" + string(rune(minute))
			if th.allow([]byte("account"), address) == nil {
				guesses++
			}
		}
		c.move(time.Minute)
	}
	if guesses < guessesPerAccount || guesses > 20 {
		t.Errorf("%d guesses an hour", guesses)
	}
	// One address, many accounts.
	guesses = 0
	for n := range 1000 {
		if th.allow([]byte{byte(n), byte(n >> 8)}, "one address") == nil {
			guesses++
		}
	}
	if guesses != guessesPerAddress {
		t.Errorf("%d guesses from one address", guesses)
	}
	// Whoever knows the password is never counted.
	for range 1000 {
		if err := th.allow([]byte("user"), "home"); err != nil {
			t.Fatal(err)
		}
		th.forgive([]byte("user"), "home")
	}
}

func TestPolicy(t *testing.T) {
	for _, operation := range Operations() {
		if Public(operation) {
			continue
		}
		if !Allowed(org.Admin, operation) {
			t.Errorf("%s: an admin may not", operation)
		}
	}
	for operation, roles := range map[string][]org.Role{
		"create-api-key":      {org.Admin},
		"launch-campaign":     {org.Admin, org.Manager},
		"export-leads":        {org.Admin, org.Manager},
		"update-organization": {org.Admin},
	} {
		if got := RolesOf(operation); !slices.Equal(got, roles) {
			t.Errorf("%s: %v, want %v", operation, got, roles)
		}
	}
	if Allowed(org.Admin, "no-such-operation") || Known("no-such-operation") {
		t.Error("an unknown operation is allowed")
	}
	i := Identity{Scopes: []string{"leads:read", "campaigns"}}
	for _, c := range []struct {
		area  string
		write bool
		want  bool
	}{{"leads", false, true}, {"leads", true, false}, {"campaigns", true, true}, {"campaigns", false, true}, {"members", false, false}} {
		if got := i.ScopeAllows(c.area, c.write); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	s := newService(b, clock.System{})
	in := signUp(b, s)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+in.AccessToken)
	for b.Loop() {
		if _, err := s.Authenticate(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPrune: what expired goes, what lives stays.
func TestPrune(t *testing.T) {
	c := &hand{at: time.Now().UTC().Add(-10 * 365 * 24 * time.Hour)} // away from other tests' sessions
	s := newService(t, c)
	old := signUp(t, s)
	c.move(SessionLife)
	young := signUp(t, s)
	c.move(8 * 24 * time.Hour)
	if gone, err := s.Prune(t.Context()); err != nil || gone != 1 {
		t.Errorf("%d gone, %v", gone, err)
	}
	if _, err := ask(s, "Bearer "+old.AccessToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("old: %v", err)
	}
	if _, err := s.Refresh(t.Context(), young.RefreshToken); err != nil {
		t.Errorf("young: %v", err)
	}
}
