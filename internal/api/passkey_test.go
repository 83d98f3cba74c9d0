package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

func TestPasskeys(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	var elsewhere tokens
	anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}).Want(http.StatusOK).Into(&elsewhere)

	key := apitest.NewAuthenticator(c)
	var added struct {
		ID            id.ID    `json:"id"`
		Name          string   `json:"name"`
		RecoveryCodes []string `json:"recovery_codes"`
	}
	c.Post("/auth/passkeys", key.Add(c, "Laptop")).Want(http.StatusCreated).Into(&added)
	if added.Name != "Laptop" || len(added.RecoveryCodes) != 10 {
		t.Errorf("%+v", added)
	}
	c.Get("/auth/me").Want(http.StatusOK)
	bearer(anybody, elsewhere.AccessToken).Get("/auth/me").Problem(http.StatusUnauthorized)

	// Alone.
	var in tokens
	anybody.Post("/auth/login/passkey", key.Prove(anybody)).Want(http.StatusOK).Into(&in)
	bearer(anybody, in.AccessToken).Get("/auth/me").Want(http.StatusOK)
	// As second factor: the password no longer does by itself.
	login := apitest.M{"email": c.Email, "password": apitest.Password}
	if p := anybody.Post("/auth/login", login).Problem(http.StatusUnauthorized); p.Code != "mfa_required" {
		t.Errorf("%+v", p)
	}
	login["passkey"] = key.Prove(anybody)
	anybody.Post("/auth/login", login).Want(http.StatusOK)
	if p := anybody.Post("/auth/login", login).Problem(http.StatusUnauthorized); p.Code != "passkey_invalid" {
		t.Errorf("the same answer again: %+v", p)
	}
	delete(login, "passkey")
	login["totp_code"] = added.RecoveryCodes[0]
	anybody.Post("/auth/login", login).Want(http.StatusOK)
	delete(login, "totp_code")
	// To verify a session, and to say that it was wrong without ending it.
	c.Post("/auth/verify", apitest.M{"passkey": key.Prove(anybody)}).Want(http.StatusNoContent)
	stranger := s.SignUp(t)
	_, theirs := stranger.AddPasskey(t, "Theirs")
	c.Post("/auth/verify", apitest.M{"passkey": theirs.Prove(anybody)}).WantField("body.passkey")
	login["passkey"] = theirs.Prove(anybody)
	if p := anybody.Post("/auth/login", login).Problem(http.StatusUnauthorized); p.Code != "mfa_invalid" {
		t.Errorf("another's passkey as second factor: %+v", p)
	}

	// Kept.
	var list struct {
		Items []struct {
			ID         id.ID
			Name       string
			LastUsedAt *string `json:"last_used_at"`
		} `json:"items"`
	}
	c.Patch("/auth/passkeys/"+added.ID.String(), apitest.M{"name": "Old laptop"}).Want(http.StatusOK)
	c.Get("/auth/passkeys").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 1 || list.Items[0].Name != "Old laptop" || list.Items[0].LastUsedAt == nil {
		t.Errorf("%+v", list)
	}
	stranger.Patch("/auth/passkeys/"+added.ID.String(), apitest.M{"name": "Mine"}).Problem(http.StatusNotFound)
	stranger.Delete("/auth/passkeys/" + added.ID.String()).Problem(http.StatusNotFound)
	c.Delete("/auth/passkeys/" + added.ID.String()).Want(http.StatusNoContent)
	c.Delete("/auth/passkeys/" + added.ID.String()).Problem(http.StatusNotFound)
	anybody.Post("/auth/login/passkey", key.Prove(anybody)).Problem(http.StatusUnauthorized)
	delete(login, "passkey")
	anybody.Post("/auth/login", login).Want(http.StatusOK)
	wantAudit(t, c, "passkey.removed", "passkey.renamed", "passkey.added")
}

// TestPasskeyAttacks: what a page elsewhere, a thief or a copy would send.
func TestPasskeyAttacks(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	_, key := c.AddPasskey(t, "Key")
	refuse := func(what string, body apitest.M) {
		t.Helper()
		if r := anybody.Post("/auth/login/passkey", body); r.Status != http.StatusUnauthorized || !bytes.Contains(r.Body, []byte("passkey_invalid")) {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
	bent := func(change func(a *apitest.Authenticator)) apitest.M {
		other := *key
		change(&other)
		body := other.Prove(anybody)
		key.Cred.Counter = max(key.Cred.Counter, other.Cred.Counter)
		return body
	}
	refuse("another origin", bent(func(a *apitest.Authenticator) { a.RP.Origin = "https://app.example.com.evil.example" }))
	refuse("http", bent(func(a *apitest.Authenticator) { a.RP.Origin = "http://app.example.com" }))
	refuse("another host", bent(func(a *apitest.Authenticator) { a.RP.ID = "evil.example" }))
	refuse("the holder was not verified", bent(func(a *apitest.Authenticator) { a.Auth.Options.UserNotVerified = true }))
	refuse("the holder was not there", bent(func(a *apitest.Authenticator) { a.Auth.Options.UserNotPresent = true }))
	refuse("no user handle", bent(func(a *apitest.Authenticator) { a.Auth.Options.UserHandle = nil }))
	refuse("another's user handle", bent(func(a *apitest.Authenticator) { a.Auth.Options.UserHandle = s.SignUp(t).User[:] }))
	refuse("a random user handle", bent(func(a *apitest.Authenticator) { random := id.New(); a.Auth.Options.UserHandle = random[:] }))
	refuse("another key under the same id", bent(func(a *apitest.Authenticator) {
		stranger := apitest.NewAuthenticator(c)
		stranger.Cred.ID = a.Cred.ID
		a.Cred = stranger.Cred
	}))
	refuse("a challenge that was never asked", apitest.M{"ceremony": "nonsense", "credential": key.Prove(anybody)["credential"]})
	first, second := key.Prove(anybody), key.Prove(anybody)
	refuse("the answer to another challenge", apitest.M{"ceremony": first["ceremony"], "credential": second["credential"]})
	refuse("a challenge that was answered wrongly before", first)
	refuse("a challenge to add", apitest.M{"ceremony": key.Add(c, "x")["ceremony"], "credential": key.Prove(anybody)["credential"]})
	refuse("no credential", apitest.M{"ceremony": key.Prove(anybody)["ceremony"], "credential": apitest.M{}})
	var raw map[string]any
	text, _ := key.Prove(anybody)["credential"].(json.RawMessage)
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	again := key.Prove(anybody)
	response, _ := raw["response"].(map[string]any)
	response["signature"] = base64.RawURLEncoding.EncodeToString(slices.Repeat([]byte{1}, 70))
	refuse("a made-up signature", apitest.M{"ceremony": again["ceremony"], "credential": raw})

	// A copy counts on from an older state than the original.
	good := key.Prove(anybody)
	anybody.Post("/auth/login/passkey", good).Want(http.StatusOK)
	refuse("the same answer again", good)
	refuse("the counter stands still", bent(func(a *apitest.Authenticator) { a.Cred.Counter-- }))
	refuse("the counter went back", bent(func(a *apitest.Authenticator) { a.Cred.Counter = 1 }))
	anybody.Post("/auth/login/passkey", key.Prove(anybody)).Want(http.StatusOK)

	// Adding: only for oneself, once, verified.
	mine := apitest.NewAuthenticator(c)
	mine.Auth.Options.UserNotVerified = true
	c.Post("/auth/passkeys", mine.Add(c, "x")).WantField("body.credential")
	mine.Auth.Options.UserNotVerified, mine.RP.Origin = false, "https://evil.example"
	c.Post("/auth/passkeys", mine.Add(c, "x")).WantField("body.credential")
	mine.RP.Origin = apitest.PublicURL
	other := s.SignUp(t)
	c.Post("/auth/passkeys", apitest.NewAuthenticator(other).Add(other, "x")).WantField("body.credential")
	c.Post("/auth/passkeys", apitest.M{"ceremony": key.Prove(anybody)["ceremony"], "name": "x", "credential": mine.Add(c, "x")["credential"]}).WantField("body.credential")
	c.Post("/auth/passkeys", key.Add(c, "x")).Problem(http.StatusConflict) // known already
	body := mine.Add(c, "Second")
	c.Post("/auth/passkeys", body).Want(http.StatusCreated)
	c.Post("/auth/passkeys", body).WantField("body.credential")
}

// TestPasskeysAtOnce: of many that bring the same answer, one gets in.
func TestPasskeysAtOnce(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	_, key := c.AddPasskey(t, "Key")
	body := key.Prove(s.Client(t))
	var good atomic.Int32
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if s.Client(t).Post("/auth/login/passkey", body).Status == http.StatusOK {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("%d got in", good.Load())
	}
}
