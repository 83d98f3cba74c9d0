package api_test

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth/signature"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
}

func bearer(c *apitest.Client, token string) *apitest.Client {
	return c.With("Authorization", "Bearer "+token)
}

func TestLogin(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	var in tokens
	anybody.Post("/auth/login", apitest.M{"email": " " + strings.ToUpper(c.Email), "password": apitest.Password}).Want(http.StatusOK).Into(&in)
	bearer(anybody, in.AccessToken).Get("/auth/me").Want(http.StatusOK)

	wrong := anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": "not the password"}).Problem(http.StatusUnauthorized)
	stranger := anybody.Post("/auth/login", apitest.M{"email": apitest.Email(), "password": "not the password"}).Problem(http.StatusUnauthorized)
	wrong.RequestID, stranger.RequestID = "", ""
	if wrong.Detail != stranger.Detail || wrong.Code != stranger.Code || wrong.Code != "invalid_credentials" {
		t.Errorf("a stranger is told apart: %+v %+v", wrong, stranger)
	}
	elsewhere := s.SignUp(t)
	anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password, "organization_id": elsewhere.Org}).Problem(http.StatusUnauthorized)
}

func TestGuessing(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	guess := func() *apitest.Response {
		return anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": "a wrong password"})
	}
	tries := 0
	for ; tries < 30; tries++ {
		if guess().Status == http.StatusTooManyRequests {
			break
		}
	}
	if tries != 10 {
		t.Errorf("%d guesses", tries)
	}
	r := anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password})
	if p := r.Problem(http.StatusTooManyRequests); p.Code != "too_many_attempts" || r.Header.Get("Retry-After") == "" {
		t.Errorf("%+v %v", p, r.Header)
	}
}

func TestRefresh(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	var second, third tokens
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": c.Refresh}).Want(http.StatusOK).Into(&second)
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": second.RefreshToken}).Want(http.StatusOK).Into(&third)
	bearer(anybody, third.AccessToken).Get("/auth/me").Want(http.StatusOK)

	// The first token again: somebody has a copy, so the session ends.
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": c.Refresh}).Problem(http.StatusUnauthorized)
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": third.RefreshToken}).Problem(http.StatusUnauthorized)
	bearer(anybody, third.AccessToken).Get("/auth/me").Problem(http.StatusUnauthorized)
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": "nonsense"}).Problem(http.StatusUnauthorized)
}

func TestLogout(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	c.Get("/auth/me").Want(http.StatusOK)
	c.Post("/auth/logout", nil).Want(http.StatusNoContent)
	c.Get("/auth/me").Problem(http.StatusUnauthorized)
	s.Client(t).Post("/auth/refresh", apitest.M{"refresh_token": c.Refresh}).Problem(http.StatusUnauthorized)
	c.Post("/auth/logout", nil).Want(http.StatusNoContent)
	s.Client(t).Post("/auth/logout", apitest.M{}).Want(http.StatusNoContent)

	other := s.SignUp(t)
	s.Client(t).Post("/auth/logout", apitest.M{"refresh_token": other.Refresh}).Want(http.StatusNoContent)
	other.Get("/auth/me").Problem(http.StatusUnauthorized)
}

// TestCookie: a browser is signed in by its cookie, and other sites cannot use
// it.
func TestCookie(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	r := s.Client(t).Post("/auth/login", apitest.M{"email": admin.Email, "password": apitest.Password}).Want(http.StatusOK)
	cookie, _, _ := strings.Cut(r.Header.Get("Set-Cookie"), ";")
	browser := s.Client(t).With("Cookie", cookie)
	browser.Get("/auth/me").Want(http.StatusOK)
	browser.With("Sec-Fetch-Site", "same-origin").Patch("/organization", apitest.M{"name": "A"}).Want(http.StatusOK)
	if p := browser.With("Sec-Fetch-Site", "cross-site").Patch("/organization", apitest.M{"name": "B"}).Problem(http.StatusForbidden); p.Code != "cross_origin" {
		t.Errorf("%+v", p)
	}
	browser.With("Origin", "https://evil.example").Patch("/organization", apitest.M{"name": "B"}).Problem(http.StatusForbidden)
	// A bad token is not helped by a good cookie.
	browser.With("Authorization", "Bearer nonsense").Get("/auth/me").Problem(http.StatusUnauthorized)
	out := browser.Post("/auth/logout", nil).Want(http.StatusNoContent)
	if set := out.Header.Get("Set-Cookie"); !strings.Contains(set, "Max-Age=0") {
		t.Errorf("cookie after logout %q", set)
	}
	if clear := out.Header.Get("Clear-Site-Data"); clear != `"storage"` {
		t.Errorf("Clear-Site-Data %q", clear)
	}
	browser.Get("/auth/me").Problem(http.StatusUnauthorized)

	secure := apitest.Start(t, https)
	email := apitest.Email()
	r = secure.Client(t).Post("/auth/signup", apitest.M{"organization_name": "A", "name": "B", "email": email, "password": apitest.Password}).Want(http.StatusCreated)
	if set := r.Header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Host-rainmaker=") || !strings.Contains(set, "Secure") || !strings.Contains(set, "Path=/") {
		t.Errorf("cookie over https %q", set)
	}
	if r.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over https")
	}
}

func TestMembers(t *testing.T) {
	s := apitest.Start(t)
	admin, foreign := s.SignUp(t), s.SignUp(t)
	email := apitest.Email()
	var added struct {
		ID         id.ID  `json:"id"`
		Status     string `json:"status"`
		Invitation struct {
			Token string `json:"token"`
		} `json:"invitation"`
	}
	admin.Post("/members", apitest.M{"email": email, "role": "manager"}).Want(http.StatusCreated).Into(&added)
	if added.Status != "invited" {
		t.Errorf("%+v", added)
	}
	anybody := s.Client(t)
	anybody.Post("/auth/login", apitest.M{"email": email, "password": apitest.Password}).Problem(http.StatusUnauthorized)
	anybody.Post("/auth/accept", apitest.M{"token": "nonsense", "name": "Mia", "password": apitest.Password}).Problem(http.StatusUnauthorized)
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "password": apitest.Password}).WantField("body.name")
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "name": "Mia", "password": "short"}).WantField("body.password")
	var in tokens
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "name": "Mia", "password": apitest.Password}).Want(http.StatusOK).Into(&in)
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "name": "Mia", "password": apitest.Password}).Problem(http.StatusUnauthorized)
	manager := bearer(anybody, in.AccessToken)

	// A manager governs content creators and analysts, nobody above.
	manager.Post("/members", apitest.M{"email": apitest.Email(), "role": "admin"}).Problem(http.StatusForbidden)
	manager.Post("/members", apitest.M{"email": apitest.Email(), "role": "analyst"}).Want(http.StatusCreated)
	manager.Post("/members", apitest.M{"email": admin.Email, "role": "analyst"}).Problem(http.StatusForbidden)
	manager.Patch("/members/"+added.ID.String(), apitest.M{"role": "admin"}).Problem(http.StatusForbidden)
	manager.Patch("/members/"+admin.User.String(), apitest.M{"role": "analyst"}).Problem(http.StatusConflict)
	manager.Delete("/members/" + admin.User.String()).Problem(http.StatusConflict)

	// Other tenants are not there.
	admin.Patch("/members/"+foreign.User.String(), apitest.M{"role": "analyst"}).Problem(http.StatusNotFound)
	admin.Delete("/members/" + foreign.User.String()).Problem(http.StatusNotFound)

	// The last admin stays.
	admin.Patch("/members/"+admin.User.String(), apitest.M{"role": "manager"}).Problem(http.StatusConflict)
	admin.Delete("/members/" + admin.User.String()).Problem(http.StatusConflict)

	var list struct {
		Items []org.Member `json:"items"`
	}
	admin.Get("/members").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 3 || list.Items[1].Email != email || list.Items[1].Name != "Mia" || list.Items[1].Status != org.Active {
		t.Errorf("members %+v", list.Items)
	}

	// A change of role ends the sessions; so does removal.
	admin.Patch("/members/"+added.ID.String(), apitest.M{"role": "analyst"}).Want(http.StatusOK)
	manager.Get("/auth/me").Problem(http.StatusUnauthorized)
	anybody.Post("/auth/login", apitest.M{"email": email, "password": apitest.Password}).Want(http.StatusOK).Into(&in)
	analyst := bearer(anybody, in.AccessToken)
	analyst.Get("/members").Problem(http.StatusForbidden)
	admin.Delete("/members/" + added.ID.String()).Want(http.StatusNoContent)
	analyst.Get("/auth/me").Problem(http.StatusUnauthorized)
	anybody.Post("/auth/login", apitest.M{"email": email, "password": apitest.Password}).Problem(http.StatusUnauthorized)
}

// TestTwoOrganizations: one person, two tenants, nothing shared but the person.
func TestTwoOrganizations(t *testing.T) {
	s := apitest.Start(t)
	home, other := s.SignUp(t), s.SignUp(t)
	var added struct {
		Name       string `json:"name"`
		Invitation struct {
			Token string `json:"token"`
		} `json:"invitation"`
	}
	other.Post("/members", apitest.M{"email": home.Email, "role": "analyst"}).Want(http.StatusCreated).Into(&added)
	if added.Name != "" {
		t.Errorf("an invitation shows who a person is elsewhere: %q", added.Name)
	}
	anybody := s.Client(t)
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "password": "not the password"}).Problem(http.StatusUnauthorized)
	var in tokens
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "password": apitest.Password}).Want(http.StatusOK).Into(&in)
	var me struct {
		Organization struct{ ID id.ID } `json:"organization"`
		Role         org.Role           `json:"role"`
	}
	bearer(anybody, in.AccessToken).Get("/auth/me").Want(http.StatusOK).Into(&me)
	if me.Organization.ID != other.Org || me.Role != org.Analyst {
		t.Errorf("%+v", me)
	}
	anybody.Post("/auth/login", apitest.M{"email": home.Email, "password": apitest.Password, "organization_id": home.Org}).Want(http.StatusOK).Into(&in)
	bearer(anybody, in.AccessToken).Get("/auth/me").Want(http.StatusOK).Into(&me)
	if me.Organization.ID != home.Org || me.Role != org.Admin {
		t.Errorf("%+v", me)
	}
}

type apiKey struct {
	ID     id.ID  `json:"id"`
	KeyID  string `json:"key_id"`
	Secret string `json:"secret"`
}

func TestAPIKeys(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	anybody := s.Client(t)
	var key apiKey
	admin.Post("/api-keys", apitest.M{"name": "robot", "role": "manager", "scopes": []string{"members:read"}}).Want(http.StatusCreated).Into(&key)
	robot := anybody.With("Authorization", "ApiKey "+key.KeyID+":"+key.Secret)
	robot.Get("/members").Want(http.StatusOK)
	robot.Post("/members", apitest.M{"email": apitest.Email(), "role": "analyst"}).Problem(http.StatusForbidden)
	robot.Get("/organization").Problem(http.StatusForbidden)
	robot.Get("/api-keys").Problem(http.StatusForbidden)
	anybody.With("Authorization", "ApiKey "+key.KeyID+":"+key.Secret+"x").Get("/members").Problem(http.StatusUnauthorized)
	anybody.With("Authorization", "ApiKey rmk_nothing:"+key.Secret).Get("/members").Problem(http.StatusUnauthorized)
	anybody.With("Authorization", "ApiKey "+key.KeyID).Get("/members").Problem(http.StatusUnauthorized)

	if body := string(admin.Get("/api-keys").Want(http.StatusOK).Body); strings.Contains(body, key.Secret) || !strings.Contains(body, key.KeyID) {
		t.Error("the list shows the secret, or not the key")
	}
	s.SignUp(t).Delete("/api-keys/" + key.ID.String()).Problem(http.StatusNotFound)
	admin.Delete("/api-keys/" + key.ID.String()).Want(http.StatusNoContent)
	admin.Delete("/api-keys/" + key.ID.String()).Problem(http.StatusNotFound)
	robot.Get("/members").Problem(http.StatusUnauthorized)

	admin.Post("/api-keys", apitest.M{"name": "x", "role": "king"}).WantField("body.role")
	admin.Post("/api-keys", apitest.M{"name": "x", "role": "admin", "scopes": []string{"nothing"}}).WantField("body.scopes[0]")
	admin.Post("/api-keys", apitest.M{"name": "x", "role": "admin", "expires_at": "2020-01-01T00:00:00Z"}).WantField("body.expires_at")
	admin.Post("/api-keys", apitest.M{"name": "x", "role": "admin", "rate_limit": 0}).WantField("body.rate_limit")
}

func TestSignedRequests(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	var key apiKey
	admin.Post("/api-keys", apitest.M{"name": "signer", "role": "admin"}).Want(http.StatusCreated).Into(&key)
	sign := func(method, target, body string, at time.Time) *apitest.Client {
		sum := sha256.Sum256([]byte(body))
		timestamp := strconv.FormatInt(at.Unix(), 10)
		return s.Client(t).With("X-Rainmaker-Key", key.KeyID).With("X-Rainmaker-Timestamp", timestamp).
			With("X-Rainmaker-Signature", signature.Of(key.Secret, timestamp, method, target, sum[:]))
	}
	now := time.Now()
	const body = `{"name":"Signed"}`
	good := sign("PATCH", "/api/v1/organization", body, now)
	good.Patch("/organization", body).Want(http.StatusOK)
	// What changes something counts once; a second signature does not make it two.
	if p := good.Patch("/organization", body).Problem(http.StatusUnauthorized); p.Code != "signature_replayed" {
		t.Errorf("%+v", p)
	}
	good.With("X-Rainmaker-Signature", "v1=00 "+good.Header.Get("X-Rainmaker-Signature")).Patch("/organization", body).Problem(http.StatusUnauthorized)
	good.With("Idempotency-Key", "another").Patch("/organization", body).Problem(http.StatusUnauthorized)
	sign("PATCH", "/api/v1/organization", body, now.Add(-time.Second)).Patch("/organization", body).Want(http.StatusOK)
	question := sign("GET", "/api/v1/organization", "", now)
	question.Get("/organization").Want(http.StatusOK)
	question.Get("/organization").Want(http.StatusOK)
	good.Patch("/organization", `{"name":"Signex"}`).Problem(http.StatusUnauthorized)
	good.Get("/organization").Problem(http.StatusUnauthorized)
	sign("GET", "/api/v1/members?limit=5", "", now).Get("/members?limit=5").Want(http.StatusOK)
	sign("GET", "/api/v1/members?limit=5", "", now).Get("/members?limit=6").Problem(http.StatusUnauthorized)
	sign("GET", "/api/v1/members", "", now.Add(-290*time.Second)).Get("/members").Want(http.StatusOK)
	for _, at := range []time.Time{now.Add(-310 * time.Second), now.Add(310 * time.Second)} {
		if p := sign("GET", "/api/v1/members", "", at).Get("/members").Problem(http.StatusUnauthorized); p.Code != "signature_expired" {
			t.Errorf("%+v", p)
		}
	}
	sign("GET", "/api/v1/members", "", now).With("X-Rainmaker-Signature", "v1=00").Get("/members").Problem(http.StatusUnauthorized)
	sign("GET", "/api/v1/members", "", now).With("X-Rainmaker-Timestamp", "now").Get("/members").Problem(http.StatusUnauthorized)
	sign("PATCH", "/api/v1/organization", "", now).Patch("/organization", strings.Repeat(" ", 3<<20)).Problem(http.StatusRequestEntityTooLarge)
}

// TestAPIKeyRotation: the old secret and the new one for a while, in both ways of
// using it, then the new one alone.
func TestAPIKeyRotation(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	var key, second, third apiKey
	admin.Post("/api-keys", apitest.M{"name": "robot", "role": "admin"}).Want(http.StatusCreated).Into(&key)
	as := func(secret string) *apitest.Client {
		return s.Client(t).With("Authorization", "ApiKey "+key.KeyID+":"+secret)
	}
	signed := func(secret string) *apitest.Client {
		sum := sha256.Sum256(nil)
		timestamp := strconv.FormatInt(time.Now().Unix(), 10)
		return s.Client(t).With("X-Rainmaker-Key", key.KeyID).With("X-Rainmaker-Timestamp", timestamp).
			With("X-Rainmaker-Signature", signature.Of(secret, timestamp, "GET", "/api/v1/members", sum[:]))
	}
	admin.Post("/api-keys/"+key.ID.String()+"/rotate", nil).Want(http.StatusOK).Into(&second)
	if second.KeyID != key.KeyID || second.Secret == key.Secret {
		t.Errorf("%+v", second)
	}
	for _, secret := range []string{key.Secret, second.Secret} {
		as(secret).Get("/members").Want(http.StatusOK)
		signed(secret).Get("/members").Want(http.StatusOK)
	}
	// One step back, no further.
	admin.Post("/api-keys/"+key.ID.String()+"/rotate", apitest.M{"overlap_hours": 1}).Want(http.StatusOK).Into(&third)
	as(key.Secret).Get("/members").Problem(http.StatusUnauthorized)
	signed(key.Secret).Get("/members").Problem(http.StatusUnauthorized)
	as(second.Secret).Get("/members").Want(http.StatusOK)
	as(third.Secret).Get("/members").Want(http.StatusOK)
	// At once.
	admin.Post("/api-keys/"+key.ID.String()+"/rotate", apitest.M{"overlap_hours": 0}).Want(http.StatusOK).Into(&key)
	as(second.Secret).Get("/members").Problem(http.StatusUnauthorized)
	as(third.Secret).Get("/members").Problem(http.StatusUnauthorized)
	signed(third.Secret).Get("/members").Problem(http.StatusUnauthorized)
	as(key.Secret).Get("/members").Want(http.StatusOK)

	admin.Post("/api-keys/"+key.ID.String()+"/rotate", apitest.M{"overlap_hours": 169}).WantField("body.overlap_hours")
	s.SignUp(t).Post("/api-keys/"+key.ID.String()+"/rotate", nil).Problem(http.StatusNotFound)
	admin.Delete("/api-keys/" + key.ID.String()).Want(http.StatusNoContent)
	admin.Post("/api-keys/"+key.ID.String()+"/rotate", nil).Problem(http.StatusNotFound)
	wantAudit(t, admin, "api_key.revoked", "api_key.rotated", "api_key.created")
}

// TestAPIKeyAddresses: a key that is bound to networks is good from there alone,
// and X-Forwarded-For of strangers moves nobody.
func TestAPIKeyAddresses(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	use := func(networks ...string) *apitest.Client {
		t.Helper()
		var key apiKey
		admin.Post("/api-keys", apitest.M{"name": "bound", "role": "admin", "allowed_addresses": networks}).Want(http.StatusCreated).Into(&key)
		return s.Client(t).With("Authorization", "ApiKey "+key.KeyID+":"+key.Secret)
	}
	use("127.0.0.1").Get("/members").Want(http.StatusOK)
	use("203.0.113.0/24", "127.0.0.0/8").Get("/members").Want(http.StatusOK)
	away := use("203.0.113.0/24", "2001:db8::/32")
	for _, c := range []*apitest.Client{away, away.With("X-Forwarded-For", "203.0.113.9"), away.With("X-Real-IP", "203.0.113.9")} {
		if p := c.Get("/members").Problem(http.StatusForbidden); p.Code != "address_not_allowed" {
			t.Errorf("%+v", p)
		}
	}
	for _, bad := range []string{"everywhere", "1.2.3", "1.2.3.4/33", ""} {
		admin.Post("/api-keys", apitest.M{"name": "x", "role": "admin", "allowed_addresses": []string{bad}}).WantField("body.allowed_addresses[0]")
	}
}
