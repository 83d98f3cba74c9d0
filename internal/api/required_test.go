package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc/oidctest"
	"rainmaker/internal/auth/required"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// setUpFirst reports whether an answer sends somebody to the setting up.
func setUpFirst(r *apitest.Response) bool {
	if r.Status != http.StatusForbidden {
		return false
	}
	var p apitest.Problem
	r.Into(&p)
	return p.Code == required.CodeSetUp
}

// TestRequiredFactor: where the organisation asks for a second factor, who has
// none can do nothing but set one up: every operation of the document is tried,
// with the session's cookie and its access token.
func TestRequiredFactor(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	_, in := member(t, s, admin, apitest.Email(), "manager")
	someone := bearer(s.Client(t), in.AccessToken)
	key := admin.As(t, org.Manager) // an API key: a program, which has no factors
	admin.As(t, org.Manager).Patch("/organization", apitest.M{"require_mfa": true}).Problem(http.StatusForbidden)
	if p := admin.Patch("/organization", apitest.M{"require_mfa": true}).Problem(http.StatusConflict); p.Code != "mfa_first" {
		t.Errorf("%+v", p)
	}
	enrol(t, admin)
	var o struct {
		RequireMFA bool `json:"require_mfa"`
	}
	admin.Patch("/organization", apitest.M{"require_mfa": true}).Want(http.StatusOK).Into(&o)
	if !o.RequireMFA {
		t.Fatal("it was not turned on")
	}
	wantAudit(t, admin, "organization.updated")
	doc, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	closed := 0
	for _, op := range doc.Operations {
		if auth.Public(op.ID) || required.Open(op.ID) {
			continue
		}
		path := map[string]string{}
		for _, param := range op.PathParams() {
			path[param] = id.New().String()
		}
		if r := send(someone, op, path, nil, nil); !setUpFirst(r) {
			t.Errorf("%s is open without a second factor: %d %s", op.ID, r.Status, r.Body)
		}
		closed++
	}
	if closed < 100 {
		t.Errorf("%d operations were tried", closed)
	}
	var me struct {
		Must       bool     `json:"mfa_setup_required"`
		Operations []string `json:"operations"`
	}
	someone.Get("/auth/me").Want(http.StatusOK).Into(&me)
	if !me.Must || len(me.Operations) == 0 {
		t.Errorf("%+v", me)
	}
	for _, op := range me.Operations {
		if !required.Open(op) && !auth.Public(op) {
			t.Errorf("/auth/me names %s", op)
		}
	}
	// A refreshed token and a new sign-in are no way round it.
	var again tokens
	s.Client(t).Post("/auth/refresh", apitest.M{"refresh_token": in.RefreshToken}).Want(http.StatusOK).Into(&again)
	if fresh := bearer(s.Client(t), again.AccessToken); !setUpFirst(fresh.Get("/leads")) {
		t.Error("a refreshed token is")
	}
	key.Get("/leads").Want(http.StatusOK)
	admin.Get("/leads").Want(http.StatusOK)

	// Set up, everything opens, and the last factor stays.
	e := enrol(t, someone)
	someone.Get("/leads").Want(http.StatusOK)
	someone.Get("/auth/me").Want(http.StatusOK).Into(&me)
	if me.Must {
		t.Error("it is asked for although it is there")
	}
	if p := someone.Post("/auth/mfa/totp/disable", apitest.M{"totp_code": e.RecoveryCodes[0]}).Problem(http.StatusConflict); p.Code != "mfa_kept" {
		t.Errorf("%+v", p)
	}
	admin.Patch("/organization", apitest.M{"require_mfa": false}).Want(http.StatusOK)
	someone.Post("/auth/mfa/totp/disable", apitest.M{"totp_code": e.RecoveryCodes[0]}).Want(http.StatusNoContent)
	someone.Get("/leads").Want(http.StatusOK)
}

// TestProviderSaysSecondFactor: where the organisation asks for a second factor,
// its provider is asked for one, and must say that it was given, today.
func TestProviderSaysSecondFactor(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	enrol(t, c)
	p := oidctest.Start(t, oidctest.NewKey(t, 2048))
	p.Email = strings.Replace(apitest.Email(), "example.com", "acme.example", 1)
	p.Describe = func(d map[string]any) { d["acr_values_supported"] = []string{"0", "phr"} }
	var made sso.Connection
	c.Post("/sso-connections", connectionBody(p)).Want(http.StatusCreated).Into(&made)
	// enter signs in with these claims and says where the browser ends.
	enter := func(claims map[string]any) (string, jar) {
		t.Helper()
		p.Claims = func(all map[string]any) {
			for name, value := range claims {
				all[name] = value
			}
		}
		j := jar{}
		away := browse(t, s, j, made.StartURL)
		back := browse(t, s, j, made.RedirectURL+"?"+p.Approve(t, away.Header.Get("Location")).Encode())
		return back.Header.Get("Location"), j
	}
	if at, _ := enter(nil); at != "/" {
		t.Fatalf("before anybody asks: %s", at)
	}
	c.Patch("/organization", apitest.M{"require_mfa": true}).Want(http.StatusOK)
	away := browse(t, s, jar{}, made.StartURL).Header.Get("Location")
	if !strings.Contains(away, "acr_values=phr") || !strings.Contains(away, "max_age=43200") {
		t.Errorf("the provider is not asked: %s", away)
	}
	now := time.Now().Unix()
	const day = 24 * 3600
	for name, claims := range map[string]map[string]any{
		"nothing":            {"auth_time": now},
		"password alone":     {"auth_time": now, "amr": []string{"pwd"}},
		"two passwords":      {"auth_time": now, "amr": []string{"pwd", "pin"}},
		"amr as a text":      {"auth_time": now, "amr": "mfa"},
		"a weak context":     {"auth_time": now, "acr": "0"},
		"yesterday":          {"auth_time": now - day, "amr": []string{"mfa"}},
		"no time":            {"amr": []string{"mfa"}},
		"time as a text":     {"auth_time": "now", "amr": []string{"mfa"}},
		"time in the future": {"auth_time": now + day, "amr": []string{"mfa"}},
	} {
		if at, _ := enter(claims); at != "/signin?error=sso_mfa" {
			t.Errorf("%s: %s", name, at)
		}
	}
	for name, claims := range map[string]map[string]any{
		"mfa":              {"auth_time": now, "amr": []string{"pwd", "mfa"}},
		"known and had":    {"auth_time": now, "amr": []string{"pwd", "otp"}},
		"a strong context": {"auth_time": now - 3600, "acr": "phr"},
	} {
		at, j := enter(claims)
		if at != "/" {
			t.Fatalf("%s: %s", name, at)
		}
		s.Client(t).With("Cookie", "rainmaker="+j["rainmaker"].Value).Get("/campaigns").Want(http.StatusOK)
	}
}
