package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

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

func newKeys(t testing.TB, c clock.Clock) *Keys {
	t.Helper()
	master := sha256.Sum256([]byte("token tests"))
	vault, err := secret.NewVault(master[:])
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Deps{DB: dbtest.New(t), Vault: vault, Clock: c, Issuer: "rainmaker"})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestTokenAttacks: the good token passes, every bent one does not.
func TestTokenAttacks(t *testing.T) {
	s := newKeys(t, clock.System{})
	org, user, session := id.New(), id.New(), id.New()
	issued, err := s.Issue(t.Context(), org, user, session)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Verify(t.Context(), issued)
	if err != nil || c.Org != org || c.Session != session || c.Subject != user.String() {
		t.Fatalf("the good token: %+v %v", c, err)
	}
	keys, err := s.current(t.Context(), false)
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
			"iss": "rainmaker", "sub": user.String(), "aud": []string{audience}, "jti": "x",
			"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "org": org, "sid": session,
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
	if _, err := s.Verify(t.Context(), good1); err != nil {
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
		"claims swapped":     parts[0] + "." + rawJSON(t, set("org", id.New())) + "." + parts[2],
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
		"no org":             sign(ours.private, jose.RS256, head, without("org")),
		"nbf":                sign(ours.private, jose.RS256, head, set("nbf", now.Unix())),
		"a JWE":              "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
		"JSON form":          `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"no session":         sign(ours.private, jose.RS256, head, without("sid")),
		"role claim only":    sign(foreign, jose.RS256, head, set("role", "admin")),
	}
	for name, token := range attacks {
		if c, err := s.Verify(t.Context(), token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, c, err)
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

// TestRotation: a month later another key signs, tokens of the old one stay good
// until they are over, and then it is gone.
func TestRotation(t *testing.T) {
	c := &hand{at: time.Now().UTC().Add(400 * 24 * time.Hour)} // away from other tests' keys
	s := newKeys(t, c)
	issue := func() string {
		t.Helper()
		text, err := s.Issue(t.Context(), id.New(), id.New(), id.New())
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	published := func(s *Keys) []string {
		t.Helper()
		set, err := s.JWKS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var kids []string
		for _, k := range set.Keys {
			if !k.IsPublic() || k.Algorithm != "RS256" || k.Use != "sig" {
				t.Errorf("published: %+v", k)
			}
			kids = append(kids, k.KeyID)
		}
		return kids
	}
	issue()
	first := published(s)[0]
	c.move(keyLife)
	both := published(s)
	if len(both) < 2 || both[1] != first || both[0] == first {
		t.Fatalf("%s, then %v", first, both)
	}
	// The new one does not sign before everybody can know it.
	old := issue()
	if kid(t, old) != first {
		t.Error("a key signs that others may not know yet")
	}
	c.move(keyLead)
	young := issue()
	if kid(t, young) != both[0] {
		t.Error("the new key does not sign")
	}
	// Another process reads the same keys.
	other := newKeys(t, c)
	for _, text := range []string{old, young} {
		if _, err := other.Verify(t.Context(), text); err != nil {
			t.Errorf("another process: %v", err)
		}
	}
	// Out of turn, by hand.
	third, err := s.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if now := published(s); now[0] != third.String() || now[1] != both[0] {
		t.Errorf("after a rotation by hand: %v", now)
	}
	if kid(t, issue()) != both[0] {
		t.Error("the key made by hand signs at once")
	}
	if _, err := s.Verify(t.Context(), young); err != nil {
		t.Errorf("a token from before the rotation: %v", err)
	}
	c.move(keyLead + keyStale + Life + skew + time.Second)
	if now := published(s); len(now) != 1 || now[0] != third.String() {
		t.Errorf("old keys are still published: %v", now)
	}
	if kid(t, issue()) != third.String() {
		t.Error("the key made by hand does not sign")
	}
	if _, err := newKeys(t, c).Verify(t.Context(), young); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("a token of a key that is gone: %v", err)
	}
}

// TestOneKeyForAll: processes that start together agree on one key.
func TestOneKeyForAll(t *testing.T) {
	c := &hand{at: time.Now().UTC().Add(800 * 24 * time.Hour)}
	var wg sync.WaitGroup
	kids := make([]string, 6)
	for i := range kids {
		s := newKeys(t, c)
		wg.Go(func() {
			text, err := s.Issue(t.Context(), id.New(), id.New(), id.New())
			if err != nil {
				t.Error(err)
				return
			}
			kids[i] = kid(t, text)
		})
	}
	wg.Wait()
	slices.Sort(kids)
	if len(slices.Compact(kids)) != 1 {
		t.Errorf("keys %v", kids)
	}
}

func kid(t *testing.T, text string) string {
	t.Helper()
	parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Error(err)
		return ""
	}
	return parsed.Headers[0].KeyID
}
