package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

// codeOf is what the authenticator app shows some seconds from now: each code is
// good once, so a test that needs several takes them from neighbouring periods.
func codeOf(t *testing.T, secret string, ahead time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(ahead))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

type enrolled struct {
	Secret        string   `json:"secret"`
	URL           string   `json:"otpauth_url"`
	RecoveryCodes []string `json:"recovery_codes"`
	used          string   // the code that confirmed it
}

// enrol sets an authenticator app up.
func enrol(t *testing.T, c *apitest.Client) enrolled {
	t.Helper()
	var e enrolled
	c.Post("/auth/mfa/totp", nil).Want(http.StatusOK).Into(&e)
	if !strings.HasPrefix(e.URL, "otpauth://totp/Rainmaker:") || !strings.Contains(e.URL, "secret="+e.Secret) {
		t.Errorf("URL %s", e.URL)
	}
	e.used = codeOf(t, e.Secret, 0)
	c.Post("/auth/mfa/totp/confirm", apitest.M{"totp_code": e.used}).Want(http.StatusOK).Into(&e)
	if len(e.RecoveryCodes) != 10 {
		t.Errorf("recovery codes %v", e.RecoveryCodes)
	}
	return e
}

func TestTOTP(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	login := func(code string) *apitest.Response {
		body := apitest.M{"email": c.Email, "password": apitest.Password}
		if code != "" {
			body["totp_code"] = code
		}
		return anybody.Post("/auth/login", body)
	}
	var elsewhere tokens
	login("").Want(http.StatusOK).Into(&elsewhere)
	c.Post("/auth/mfa/totp/confirm", apitest.M{"totp_code": "000000"}).Problem(http.StatusConflict)

	// An enrolment that nobody confirmed asks for nothing, and a new one replaces it.
	var first enrolled
	c.Post("/auth/mfa/totp", apitest.M{}).Want(http.StatusOK).Into(&first)
	c.Post("/auth/mfa/totp/confirm", apitest.M{"totp_code": "12345"}).WantField("body.totp_code")
	login("").Want(http.StatusOK)
	e := enrol(t, c)
	if e.Secret == first.Secret {
		t.Error("the same secret twice")
	}
	c.Post("/auth/mfa/totp", nil).Problem(http.StatusConflict)

	// The session that did it lives, the others do not.
	c.Get("/auth/me").Want(http.StatusOK)
	bearer(anybody, elsewhere.AccessToken).Get("/auth/me").Problem(http.StatusUnauthorized)
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": elsewhere.RefreshToken}).Problem(http.StatusUnauthorized)

	// Only who knows the password learns that there is a second factor.
	if p := anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": "not the password"}).Problem(http.StatusUnauthorized); p.Code != "invalid_credentials" {
		t.Errorf("%+v", p)
	}
	if p := login("").Problem(http.StatusUnauthorized); p.Code != "mfa_required" {
		t.Errorf("%+v", p)
	}
	for _, wrong := range []string{"12345", "1234567", "abcdef", codeOf(t, first.Secret, 0), codeOf(t, e.Secret, -10*time.Minute), e.used} {
		if p := login(wrong).Problem(http.StatusUnauthorized); p.Code != "mfa_invalid" {
			t.Errorf("%s: %+v", wrong, p)
		}
	}
	code := codeOf(t, e.Secret, 30*time.Second)
	login(code[:3] + " " + code[3:]).Want(http.StatusOK)
	if p := login(code).Problem(http.StatusUnauthorized); p.Code != "mfa_invalid" {
		t.Errorf("the same code again: %+v", p)
	}
	// A recovery code is good once, however it is typed.
	login(strings.ToUpper(e.RecoveryCodes[0])).Want(http.StatusOK)
	login(e.RecoveryCodes[0]).Problem(http.StatusUnauthorized)
	login(strings.ReplaceAll(e.RecoveryCodes[1], "-", "")).Want(http.StatusOK)
	var state struct {
		Required      bool `json:"required"`
		TOTP          bool `json:"totp"`
		RecoveryCodes int  `json:"recovery_codes"`
	}
	c.Get("/auth/mfa").Want(http.StatusOK).Into(&state)
	if !state.Required || !state.TOTP || state.RecoveryCodes != 8 {
		t.Errorf("%+v", state)
	}
	var fresh enrolled
	c.Post("/auth/mfa/recovery-codes", nil).Want(http.StatusOK).Into(&fresh)
	login(e.RecoveryCodes[2]).Problem(http.StatusUnauthorized)

	// It goes against a password or a code, and the recovery codes with it.
	c.Post("/auth/mfa/totp/disable", apitest.M{}).WantField("body")
	c.Post("/auth/mfa/totp/disable", apitest.M{"password": "not the password"}).WantField("body.password")
	c.Post("/auth/mfa/totp/disable", apitest.M{"totp_code": "000000"}).WantField("body.totp_code")
	c.Post("/auth/mfa/totp/disable", apitest.M{"totp_code": fresh.RecoveryCodes[0]}).Want(http.StatusNoContent)
	c.Post("/auth/mfa/totp/disable", apitest.M{"password": apitest.Password}).Problem(http.StatusConflict)
	c.Post("/auth/mfa/recovery-codes", nil).Problem(http.StatusConflict)
	login("").Want(http.StatusOK)
	c.Get("/auth/mfa").Want(http.StatusOK).Into(&state)
	if state.Required || state.RecoveryCodes != 0 {
		t.Errorf("%+v", state)
	}
	wantAudit(t, c, "mfa.disabled", "mfa.recovery_codes_renewed", "mfa.enabled")
}

// wantAudit fails unless the record has these actions, the newest first, among
// others.
func wantAudit(t *testing.T, c *apitest.Client, actions ...string) {
	t.Helper()
	var log struct {
		Items []struct{ Action string } `json:"items"`
	}
	c.Get("/audit-log?limit=200").Want(http.StatusOK).Into(&log)
	for _, entry := range log.Items {
		if len(actions) > 0 && entry.Action == actions[0] {
			actions = actions[1:]
		}
	}
	if len(actions) > 0 {
		t.Errorf("the record lacks %v: %+v", actions, log.Items)
	}
}

// TestCodeGuessing: codes are counted by person, and a password that was right
// does not pay for them.
func TestCodeGuessing(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	e := enrol(t, c)
	guesses := 0
	for ; guesses < 30; guesses++ {
		r := s.Client(t).Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password, "totp_code": "000000"})
		if r.Status == http.StatusTooManyRequests {
			break
		}
	}
	if guesses != 10 {
		t.Errorf("%d guesses at codes", guesses)
	}
	good := apitest.M{"email": c.Email, "password": apitest.Password, "totp_code": codeOf(t, e.Secret, 0)}
	s.Client(t).Post("/auth/login", good).Problem(http.StatusTooManyRequests)
	c.Post("/auth/verify", apitest.M{"totp_code": codeOf(t, e.Secret, 0)}).Problem(http.StatusTooManyRequests)
}

// TestAcceptWithSecondFactor: an invitation to another organisation is no way
// around the second factor.
func TestAcceptWithSecondFactor(t *testing.T) {
	s := apitest.Start(t)
	home, other := s.SignUp(t), s.SignUp(t)
	e := enrol(t, home)
	var added struct {
		Invitation struct {
			Token string `json:"token"`
		} `json:"invitation"`
	}
	other.Post("/members", apitest.M{"email": home.Email, "role": "analyst"}).Want(http.StatusCreated).Into(&added)
	accept := apitest.M{"token": added.Invitation.Token, "password": apitest.Password}
	if p := s.Client(t).Post("/auth/accept", accept).Problem(http.StatusUnauthorized); p.Code != "mfa_required" {
		t.Errorf("%+v", p)
	}
	accept["totp_code"] = e.RecoveryCodes[0]
	s.Client(t).Post("/auth/accept", accept).Want(http.StatusOK)
}

func TestSecurityIsPersonal(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	key := admin.As(t, "admin")
	for _, ask := range []func() *apitest.Response{
		func() *apitest.Response { return key.Get("/auth/mfa") },
		func() *apitest.Response { return key.Post("/auth/mfa/totp", nil) },
		func() *apitest.Response {
			return key.Post("/auth/mfa/totp/confirm", apitest.M{"totp_code": "000000"})
		},
		func() *apitest.Response {
			return key.Post("/auth/mfa/totp/disable", apitest.M{"password": apitest.Password})
		},
		func() *apitest.Response { return key.Post("/auth/mfa/recovery-codes", nil) },
		func() *apitest.Response { return key.Post("/auth/verify", apitest.M{"password": apitest.Password}) },
		func() *apitest.Response {
			return key.Post("/auth/password", apitest.M{"current": apitest.Password, "new": "another long password"})
		},
		func() *apitest.Response { return key.Get("/auth/sessions") },
		func() *apitest.Response { return key.Delete("/auth/sessions") },
		func() *apitest.Response { return key.Post("/members/"+admin.User.String()+"/reset-link", nil) },
	} {
		ask().Problem(http.StatusForbidden)
	}
}

func TestChangePassword(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	var elsewhere tokens
	anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}).Want(http.StatusOK).Into(&elsewhere)
	c.Post("/auth/password", apitest.M{"current": "not the password", "new": "another long password"}).WantField("body.current")
	for _, bad := range []string{"short", "password123", c.Email} {
		c.Post("/auth/password", apitest.M{"current": apitest.Password, "new": bad}).WantField("body.new")
	}
	c.Post("/auth/password", apitest.M{"current": apitest.Password, "new": "another long password"}).Want(http.StatusNoContent)
	c.Get("/auth/me").Want(http.StatusOK)
	bearer(anybody, elsewhere.AccessToken).Get("/auth/me").Problem(http.StatusUnauthorized)
	anybody.Post("/auth/refresh", apitest.M{"refresh_token": elsewhere.RefreshToken}).Problem(http.StatusUnauthorized)
	anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}).Problem(http.StatusUnauthorized)
	anybody.Post("/auth/login", apitest.M{"email": c.Email, "password": "another long password"}).Want(http.StatusOK)
	wantAudit(t, c, "password.changed")
}

func TestSessions(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	var second, third tokens
	browser := s.Client(t).With("User-Agent", firefox)
	browser.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}).Want(http.StatusOK).Into(&second)
	browser.Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}).Want(http.StatusOK).Into(&third)
	var list struct {
		Items []struct {
			ID         id.ID
			Current    bool
			Device     string
			Address    string
			LastSeenAt time.Time `json:"last_seen_at"`
			ExpiresAt  time.Time `json:"expires_at"`
		} `json:"items"`
	}
	c.Get("/auth/sessions").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 3 || list.Items[0].Device != "Firefox on Linux" || list.Items[0].Address != "127.0.0.x" || list.Items[0].Current {
		t.Fatalf("%+v", list)
	}
	if last := list.Items[2]; !last.Current || last.Device != "a Go program" || !last.ExpiresAt.After(time.Now()) {
		t.Errorf("%+v", last)
	}
	// Nobody ends another's session.
	stranger := s.SignUp(t)
	stranger.Delete("/auth/sessions/" + list.Items[0].ID.String()).Problem(http.StatusNotFound)
	c.Delete("/auth/sessions/" + list.Items[0].ID.String()).Want(http.StatusNoContent)
	c.Delete("/auth/sessions/" + list.Items[0].ID.String()).Problem(http.StatusNotFound)
	bearer(browser, third.AccessToken).Get("/auth/me").Problem(http.StatusUnauthorized)
	bearer(browser, second.AccessToken).Get("/auth/me").Want(http.StatusOK)
	c.Delete("/auth/sessions").Want(http.StatusNoContent)
	bearer(browser, second.AccessToken).Get("/auth/me").Problem(http.StatusUnauthorized)
	browser.Post("/auth/refresh", apitest.M{"refresh_token": second.RefreshToken}).Problem(http.StatusUnauthorized)
	c.Get("/auth/sessions").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 1 || !list.Items[0].Current {
		t.Errorf("%+v", list)
	}
	stranger.Get("/auth/me").Want(http.StatusOK)
	wantAudit(t, c, "session.others_ended", "session.ended")
}

// member invites somebody and accepts.
func member(t *testing.T, s *apitest.Server, admin *apitest.Client, email, role string) (id.ID, tokens) {
	t.Helper()
	var added struct {
		ID         id.ID `json:"id"`
		Invitation struct {
			Token string `json:"token"`
		} `json:"invitation"`
	}
	admin.Post("/members", apitest.M{"email": email, "role": role}).Want(http.StatusCreated).Into(&added)
	var in tokens
	s.Client(t).Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "name": "Mia", "password": apitest.Password}).Want(http.StatusOK).Into(&in)
	return added.ID, in
}

// TestEndMemberSessions: an admin ends what somebody has open here, and only here.
func TestEndMemberSessions(t *testing.T) {
	s := apitest.Start(t)
	admin, home := s.SignUp(t), s.SignUp(t)
	var added struct {
		ID         id.ID `json:"id"`
		Invitation struct {
			Token string `json:"token"`
		} `json:"invitation"`
	}
	admin.Post("/members", apitest.M{"email": home.Email, "role": "manager"}).Want(http.StatusCreated).Into(&added)
	var in tokens
	s.Client(t).Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "password": apitest.Password}).Want(http.StatusOK).Into(&in)
	here := bearer(s.Client(t), in.AccessToken)
	here.Delete("/members/" + admin.User.String() + "/sessions").Problem(http.StatusForbidden)
	s.SignUp(t).Delete("/members/" + added.ID.String() + "/sessions").Problem(http.StatusNotFound)
	here.Get("/auth/me").Want(http.StatusOK)
	admin.Delete("/members/" + added.ID.String() + "/sessions").Want(http.StatusNoContent)
	here.Get("/auth/me").Problem(http.StatusUnauthorized)
	s.Client(t).Post("/auth/refresh", apitest.M{"refresh_token": in.RefreshToken}).Problem(http.StatusUnauthorized)
	home.Get("/auth/me").Want(http.StatusOK)
	s.Client(t).Post("/auth/login", apitest.M{"email": home.Email, "password": apitest.Password, "organization_id": admin.Org}).Want(http.StatusOK)
	wantAudit(t, admin, "session.opened", "member.sessions_ended")
}

// TestResetLink: an admin hands a link over where no mail is set up.
func TestResetLink(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	email := apitest.Email()
	mia, in := member(t, s, admin, email, "manager")
	manager := bearer(s.Client(t), in.AccessToken)
	anybody := s.Client(t)

	// Upwards, across tenants and for strangers there is none.
	manager.Post("/members/"+admin.User.String()+"/reset-link", nil).Problem(http.StatusForbidden)
	s.SignUp(t).Post("/members/"+mia.String()+"/reset-link", nil).Problem(http.StatusNotFound)
	var invited struct{ ID id.ID }
	admin.Post("/members", apitest.M{"email": apitest.Email(), "role": "analyst"}).Want(http.StatusCreated).Into(&invited)
	admin.Post("/members/"+invited.ID.String()+"/reset-link", nil).Problem(http.StatusConflict)

	var link struct {
		Token string `json:"token"`
		URL   string `json:"url"`
	}
	make := func() {
		t.Helper()
		admin.Post("/members/"+mia.String()+"/reset-link", nil).Want(http.StatusCreated).Into(&link)
	}
	make()
	if !strings.HasSuffix(link.URL, "/reset-password#token="+link.Token) {
		t.Errorf("%+v", link)
	}
	confirm := func(password, code string) *apitest.Response {
		body := apitest.M{"token": link.Token, "password": password}
		if code != "" {
			body["totp_code"] = code
		}
		return anybody.Post("/auth/password-reset/confirm", body)
	}
	confirm("short", "").WantField("body.password")
	confirm(email, "").WantField("body.password")
	confirm("mias second password", "").Want(http.StatusNoContent)
	if p := confirm("mias third password", "").Problem(http.StatusUnauthorized); p.Code != "reset_invalid" {
		t.Errorf("%+v", p)
	}
	manager.Get("/auth/me").Problem(http.StatusUnauthorized)
	anybody.Post("/auth/login", apitest.M{"email": email, "password": apitest.Password}).Problem(http.StatusUnauthorized)
	anybody.Post("/auth/login", apitest.M{"email": email, "password": "mias second password"}).Want(http.StatusOK).Into(&in)
	wantAudit(t, admin, "session.opened", "password.reset", "member.reset_link_made")

	// A second factor is asked for, and the link stays good meanwhile.
	e := enrol(t, bearer(anybody, in.AccessToken))
	make()
	if p := confirm("mias third password", "").Problem(http.StatusUnauthorized); p.Code != "mfa_required" {
		t.Errorf("%+v", p)
	}
	if p := confirm("mias third password", "000000").Problem(http.StatusUnauthorized); p.Code != "mfa_invalid" {
		t.Errorf("%+v", p)
	}
	anybody.Post("/auth/login", apitest.M{"email": email, "password": "mias third password"}).Problem(http.StatusUnauthorized)
	confirm("mias third password", e.RecoveryCodes[0]).Want(http.StatusNoContent)

	// Whoever becomes a member elsewhere is out of this admin's reach, links that
	// are under way included.
	make()
	elsewhere := s.SignUp(t)
	var added struct {
		Invitation struct {
			Token string `json:"token"`
		} `json:"invitation"`
	}
	elsewhere.Post("/members", apitest.M{"email": email, "role": "admin"}).Want(http.StatusCreated).Into(&added)
	anybody.Post("/auth/accept", apitest.M{"token": added.Invitation.Token, "password": "mias third password", "totp_code": e.RecoveryCodes[1]}).Want(http.StatusOK)
	confirm("mias fourth password", e.RecoveryCodes[2]).Problem(http.StatusUnauthorized)
	admin.Post("/members/"+mia.String()+"/reset-link", nil).Problem(http.StatusConflict)
}

// TestResetSaysNothing: whoever has an address or not.
func TestResetSaysNothing(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	anybody := s.Client(t)
	known := anybody.Post("/auth/password-reset", apitest.M{"email": c.Email}).Want(http.StatusAccepted)
	unknown := anybody.Post("/auth/password-reset", apitest.M{"email": apitest.Email()}).Want(http.StatusAccepted)
	if string(known.Body) != string(unknown.Body) || len(known.Header) != len(unknown.Header) {
		t.Errorf("%s %v\n%s %v", known.Body, known.Header, unknown.Body, unknown.Header)
	}
	for range 10 { // beyond every quota
		anybody.Post("/auth/password-reset", apitest.M{"email": c.Email}).Want(http.StatusAccepted)
	}
	anybody.Post("/auth/password-reset", apitest.M{"email": "nobody"}).WantField("body.email")
	anybody.Post("/auth/password-reset/confirm", apitest.M{"token": "nonsense", "password": "a long enough one"}).Problem(http.StatusUnauthorized)
	c.Get("/auth/me").Want(http.StatusOK)
}

// TestForgedAddresses: 10,000 guesses that name 500 addresses in X-Forwarded-For,
// with and without a proxy that may: an account takes no more than its ten.
func TestForgedAddresses(t *testing.T) {
	for name, option := range map[string]apitest.Option{
		"no proxy":        func(*api.Deps) {},
		"a trusted proxy": func(d *api.Deps) { d.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} },
	} {
		s := apitest.Start(t, option)
		c := s.SignUp(t)
		tried := 0
		for n := range 10_000 {
			body := strings.NewReader(`{"email":"` + c.Email + `","password":"guess number ` + strconv.Itoa(n) + `"}`)
			r := httptest.NewRequest(http.MethodPost, "/api/v1/auth/login", body) // from 192.0.2.1
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", n%500/250, n%250))
			w := httptest.NewRecorder()
			s.API.ServeHTTP(w, r)
			switch w.Code {
			case http.StatusUnauthorized:
				tried++
			case http.StatusTooManyRequests:
			default:
				t.Fatalf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		if tried != 10 {
			t.Errorf("%s: %d guesses were tried", name, tried)
		}
	}
}
