package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth/oidc/oidctest"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
)

func connectionBody(p *oidctest.Provider) apitest.M {
	return apitest.M{
		"kind": "oidc", "name": "Acme", "issuer": p.URL, "client_id": oidctest.ClientID, "client_secret": oidctest.ClientSecret,
		"enabled": true, "default_role": "analyst", "allowed_domains": []string{"Acme.example"},
	}
}

// TestSSOConnections: what admins set up, and what is refused by name.
func TestSSOConnections(t *testing.T) {
	s := apitest.Start(t)
	c, stranger := s.SignUp(t), s.SignUp(t)
	p := oidctest.Start(t, oidctest.NewKey(t, 2048))
	var made sso.Connection
	r := c.Post("/sso-connections", connectionBody(p)).Want(http.StatusCreated).Into(&made)
	if strings.Contains(string(r.Body), oidctest.ClientSecret) || !made.ClientSecretSet || made.AllowedDomains[0] != "acme.example" ||
		made.RedirectURL != "https://app.example.com/api/v1/auth/oidc/"+made.ID.String()+"/callback" {
		t.Errorf("%s", r.Body)
	}
	path := "/sso-connections/" + made.ID.String()
	r = c.Get(path).Want(http.StatusOK)
	tag := r.Header.Get("ETag")
	c.With("If-Match", tag).Patch(path, apitest.M{"name": "Other", "default_role": nil, "slug": "acme-" + strings.ToLower(made.ID.String()[24:])}).Want(http.StatusOK).Into(&made)
	c.With("If-Match", tag).Patch(path, apitest.M{"name": "Late"}).Problem(http.StatusPreconditionFailed)
	// A provider is asked as it is set up; what is missing is named.
	var trial sso.Trial
	c.Post(path+"/test", nil).Want(http.StatusOK).Into(&trial)
	if !trial.Ready {
		t.Errorf("%+v", trial)
	}
	stranger.Post(path+"/test", nil).Problem(http.StatusNotFound)
	var bare sso.Connection
	c.Post("/sso-connections", apitest.M{"kind": "oidc", "name": "Bare"}).Want(http.StatusCreated).Into(&bare)
	c.Post("/sso-connections/"+bare.ID.String()+"/test", nil).Want(http.StatusOK).Into(&trial)
	if trial.Ready || trial.Field != "issuer" || trial.Detail == "" {
		t.Errorf("%+v", trial)
	}
	c.Delete("/sso-connections/" + bare.ID.String()).Want(http.StatusNoContent)
	if made.Name != "Other" || made.DefaultRole != nil || !made.Enabled {
		t.Errorf("%+v", made)
	}
	var list apitest.M
	c.Get("/sso-connections").Want(http.StatusOK).Into(&list)
	if items, ok := list["items"].([]any); !ok || len(items) != 1 {
		t.Errorf("%v", list)
	}
	for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
		var body any
		if method == http.MethodPatch {
			body = apitest.M{"name": "Mine"}
		}
		stranger.Do(method, path, body).Problem(http.StatusNotFound)
	}
	for location, change := range map[string]apitest.M{
		"body.issuer":              {"issuer": "https://169.254.169.254/"},
		"body.client_secret":       {"client_secret": ""},
		"body.slug":                {"slug": "Acme SSO"},
		"body.allowed_domains[0]":  {"allowed_domains": []string{"gmail.com"}},
		"body.allowed_domains[1]":  {"allowed_domains": []string{"acme.example", "not a domain"}},
		"body.allowed_domains":     {"allowed_domains": []string{}, "default_role": "analyst"},
		"body.default_role":        {"default_role": "admin"},
		"body.break_glass_user_id": {"enforce": true, "break_glass_user_id": stranger.User},
		"body.enforce":             {"enforce": true, "enabled": false},
		"body.client_id":           {"client_id": ""},
		"body.surprise":            {"surprise": 1},
	} {
		c.Patch(path, change).WantField(location)
	}
	stranger.Post("/sso-connections", apitest.M{"kind": "oidc", "name": "x", "slug": made.Slug}).Problem(http.StatusConflict)
	c.Post("/sso-connections", apitest.M{"kind": "ldap", "name": "x"}).WantField("body.kind")
	p.Describe = func(d map[string]any) { d["issuer"] = "https://else.example" }
	p2 := oidctest.Start(t, p.Key)
	p2.Describe = func(d map[string]any) { d["issuer"] = "https://else.example" }
	c.Patch(path, apitest.M{"issuer": p2.URL}).WantField("body.issuer")
	c.As(t, org.Manager).Get("/sso-connections").Problem(http.StatusForbidden)
	c.Delete(path).Want(http.StatusNoContent)
	c.Get(path).Problem(http.StatusNotFound)
}

// browse goes to a path of ours and does not follow redirects.
func browse(t *testing.T, s *apitest.Server, jar http.CookieJar, address string) *http.Response {
	t.Helper()
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(strings.Replace(address, "https://app.example.com", s.URL, 1))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r
}

// jar keeps every cookie for every address.
type jar map[string]*http.Cookie

func (j jar) SetCookies(_ *url.URL, list []*http.Cookie) {
	for _, c := range list {
		if c.MaxAge < 0 {
			delete(j, c.Name)
			continue
		}
		j[c.Name] = c
	}
}

func (j jar) Cookies(*url.URL) []*http.Cookie {
	var list []*http.Cookie
	for _, c := range j {
		list = append(list, c)
	}
	return list
}

// TestSSOInTheBrowser: there and back, with cookies that bind and paths that
// stay ours; what fails ends on the sign-in page with a plain code.
func TestSSOInTheBrowser(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	p := oidctest.Start(t, oidctest.NewKey(t, 2048))
	p.Email = strings.Replace(apitest.Email(), "example.com", "acme.example", 1)
	var made sso.Connection
	c.Post("/sso-connections", connectionBody(p)).Want(http.StatusCreated).Into(&made)
	j := jar{}
	away := browse(t, s, j, made.StartURL+"?next=%2Fleads%3Fq%3Da")
	if away.StatusCode != http.StatusSeeOther || !strings.HasPrefix(away.Header.Get("Location"), p.URL+"/authorize?") || away.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", away.StatusCode, away.Header)
	}
	bound := j["rainmaker-sso"]
	if bound == nil || !bound.HttpOnly || bound.SameSite != http.SameSiteLaxMode || bound.Path != "/" {
		t.Fatalf("cookie %+v", bound)
	}
	query := p.Approve(t, away.Header.Get("Location"))
	query.Set("session_state", "x") // providers append what they like
	back := browse(t, s, j, made.RedirectURL+"?"+query.Encode())
	if back.StatusCode != http.StatusSeeOther || back.Header.Get("Location") != "/leads?q=a" {
		t.Fatalf("%d %v", back.StatusCode, back.Header)
	}
	if j["rainmaker-sso"] != nil || j["rainmaker"] == nil {
		t.Errorf("cookies %v", j)
	}
	me := s.Client(t).With("Cookie", "rainmaker="+j["rainmaker"].Value)
	var who struct {
		User struct{ Email string } `json:"user"`
		Role string                 `json:"role"`
	}
	me.Get("/auth/me").Want(http.StatusOK).Into(&who)
	if who.User.Email != p.Email || who.Role != "analyst" {
		t.Errorf("%+v", who)
	}
	me.Get("/auth/identities").Want(http.StatusOK)
	for address, want := range map[string]string{
		made.RedirectURL + "?" + query.Encode():                                           "/signin?error=sso_expired",
		made.RedirectURL + "?state=%3Cscript%3E&error=%3Cscript%3Ealert(1)":               "/signin?error=sso_expired",
		"https://app.example.com/api/v1/auth/oidc/nobody/start?next=//evil.example":       "/signin?error=sso_unknown",
		"https://app.example.com/api/v1/auth/oidc/%3Cscript%3E/callback?code=a":           "/signin?error=sso_unknown",
		"https://app.example.com/api/v1/auth/oidc/" + c.Org.String() + "/start":           "/signin?error=sso_unknown",
		"https://app.example.com/api/v1/auth/sso/nobody/start":                            "/signin?error=sso_unknown",
		"https://app.example.com/api/v1/auth/oidc/' or 1=1 --/start":                      "/signin?error=sso_unknown",
		"https://app.example.com/api/v1/auth/oidc/" + strings.Repeat("a", 999) + "/start": "/signin?error=sso_unknown",
	} {
		if r := browse(t, s, j, strings.ReplaceAll(address, " ", "%20")); r.Header.Get("Location") != want {
			t.Errorf("%s: %d %q", address, r.StatusCode, r.Header.Get("Location"))
		}
	}
	for next, want := range map[string]string{
		"//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "/%09/evil.example": "/%09/evil.example", "javascript:alert(1)": "/", "": "/", "/a\r\nX: y": "/",
	} {
		j := jar{}
		away := browse(t, s, j, made.StartURL+"?"+url.Values{"next": {next}}.Encode())
		if r := browse(t, s, j, made.RedirectURL+"?"+p.Approve(t, away.Header.Get("Location")).Encode()); r.Header.Get("Location") != want {
			t.Errorf("next %q: %q", next, r.Header.Get("Location"))
		}
	}
	me.Post("/auth/identities/link", apitest.M{"provider": made.Slug}).Problem(http.StatusForbidden) // a provider's session is never fresh
	var mine struct{ Items []sso.Identity }
	me.Get("/auth/identities").Want(http.StatusOK).Into(&mine)
	me.Delete("/auth/identities/" + mine.Items[0].ID.String()).Problem(http.StatusConflict)
	s.Client(t).Get("/auth/providers").Want(http.StatusOK)

	// Linking: the answer's cookie, then there and back in the same session.
	value := func(r *apitest.Response, name string) string {
		value, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Set-Cookie"), name+"="), ";")
		return value
	}
	session := value(s.Client(t).Post("/auth/login", apitest.M{"email": c.Email, "password": apitest.Password}), "rainmaker")
	admin := s.Client(t).With("Cookie", "rainmaker="+session)
	var link struct{ URL string }
	r := admin.Post("/auth/identities/link", apitest.M{"provider": made.Slug}).Want(http.StatusOK).Into(&link)
	if !strings.HasPrefix(r.Header.Get("Set-Cookie"), "rainmaker-sso=") || !strings.HasPrefix(link.URL, p.URL) {
		t.Errorf("%s %v", r.Body, r.Header)
	}
	p.Subject = "second"
	j = jar{"rainmaker-sso": {Name: "rainmaker-sso", Value: value(r, "rainmaker-sso")}, "rainmaker": {Name: "rainmaker", Value: session}}
	if r := browse(t, s, j, made.RedirectURL+"?"+p.Approve(t, link.URL).Encode()); r.Header.Get("Location") != "/settings" {
		t.Errorf("linked: %v", r.Header)
	}
	admin.Get("/auth/identities").Want(http.StatusOK).Into(&mine)
	if len(mine.Items) != 1 {
		t.Fatalf("%+v", mine)
	}
	admin.Delete("/auth/identities/" + mine.Items[0].ID.String()).Want(http.StatusNoContent)
	c.As(t, org.Admin).Post("/auth/identities/link", apitest.M{"provider": made.Slug}).Problem(http.StatusForbidden)
	admin.Post("/auth/identities/link", apitest.M{"provider": "nobody"}).Problem(http.StatusNotFound)
}
