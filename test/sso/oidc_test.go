package sso

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/platform/id"
)

const (
	publicURL    = "https://app.example.com" // apitest's
	clientSecret = "a real provider's client secret"
)

// node reports whether the provider can run here, and installs it.
func node(t *testing.T) bool {
	t.Helper()
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Log("signing in at oidc-provider was not tried: Node 20 or newer with npm is needed")
			return false
		}
	}
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if there, err := os.Stat("node_modules/.package-lock.json"); err == nil && !there.ModTime().Before(lock.ModTime()) {
		return true
	}
	out, err := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error").CombinedOutput()
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return true
}

// startProvider runs the provider until the test ends and returns its issuer.
func startProvider(t *testing.T, redirect string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "provider.mjs", redirect, "rainmaker", clientSecret)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = io.Discard // warnings about development settings
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http://127.0.0.1:") {
			return lines.Text()
		}
	}
	t.Fatal("the provider did not start")
	return ""
}

// person is a browser with somebody in front of it.
type person struct {
	t    *testing.T
	ours string
	http *http.Client
}

func newPerson(t *testing.T, ours string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, ours, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var form = regexp.MustCompile(`<form[^>]* action="([^"]+)" method="post">`)

// go on until a page of ours that is neither start nor callback: the provider's
// forms are filled in with the name.
func (p *person) signIn(address, name string) string {
	p.t.Helper()
	next, body := address, url.Values(nil)
	for range 20 {
		if path, ours := strings.CutPrefix(next, publicURL); ours {
			next = p.ours + path
		}
		var r *http.Response
		var err error
		if body == nil {
			r, err = p.http.Get(next)
		} else {
			r, err = p.http.PostForm(next, body)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		page, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		at := r.Request.URL
		body = nil
		if to := r.Header.Get("Location"); to != "" {
			if strings.HasPrefix(to, "/") && strings.HasPrefix(next, p.ours) {
				return to // a page of ours
			}
			u, err := at.Parse(to)
			if err != nil {
				p.t.Fatal(err)
			}
			next = u.String()
			continue
		}
		found := form.FindSubmatch(page)
		if found == nil {
			p.t.Fatalf("%s: status %d and no form\n%s", at, r.StatusCode, page)
		}
		u, err := at.Parse(string(found[1]))
		if err != nil {
			p.t.Fatal(err)
		}
		next, body = u.String(), url.Values{"prompt": {"consent"}}
		if strings.Contains(string(page), `name="login"`) {
			body = url.Values{"prompt": {"login"}, "login": {name}, "password": {"anything"}}
		}
	}
	p.t.Fatal("no end")
	return ""
}

// TestRealProvider: the whole way at a certified provider, through its own pages.
func TestRealProvider(t *testing.T) {
	if !node(t) {
		return
	}
	s := apitest.Start(t)
	admin := s.SignUp(t)
	var c sso.Connection
	admin.Post("/sso-connections", apitest.M{
		"kind": "oidc", "name": "Real", "client_id": "rainmaker", "client_secret": clientSecret, "default_role": "analyst", "allowed_domains": []string{"acme.example"},
	}).Want(http.StatusCreated).Into(&c)
	issuer := startProvider(t, c.RedirectURL)
	admin.Patch("/sso-connections/"+c.ID.String(), apitest.M{"issuer": issuer, "enabled": true}).Want(http.StatusOK)

	name := "p" + id.New().String()
	ann := newPerson(t, s.URL)
	if end := ann.signIn(c.StartURL+"?next=/leads", name); end != "/leads" {
		t.Fatalf("ended at %s", end)
	}
	who := struct {
		User struct{ ID, Email, Name string } `json:"user"`
		Role string                           `json:"role"`
	}{}
	us, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	me := func(p *person) *apitest.Client {
		for _, cookie := range p.http.Jar.Cookies(us) {
			if cookie.Name == "rainmaker" {
				return s.Client(t).With("Cookie", "rainmaker="+cookie.Value)
			}
		}
		t.Fatal("no session")
		return nil
	}
	me(ann).Get("/auth/me").Want(http.StatusOK).Into(&who)
	if who.User.Email != name+"@acme.example" || who.User.Name != "Person "+name || who.Role != "analyst" {
		t.Errorf("%+v", who)
	}
	first := who.User.ID
	again := newPerson(t, s.URL)
	if end := again.signIn(c.StartURL, name); end != "/" {
		t.Fatalf("ended at %s", end)
	}
	me(again).Get("/auth/me").Want(http.StatusOK).Into(&who)
	if who.User.ID != first {
		t.Error("the second time it is somebody else")
	}
	if end := newPerson(t, s.URL).signIn(c.StartURL, "unverified"+name); end != "/signin?error=sso_domain" {
		t.Errorf("an unverified address ended at %s", end)
	}
	// With a wrong secret the provider refuses the code.
	admin.Patch("/sso-connections/"+c.ID.String(), apitest.M{"client_secret": "another secret"}).Want(http.StatusOK)
	if end := newPerson(t, s.URL).signIn(c.StartURL, name); end != "/signin?error=sso_failed" {
		t.Errorf("a wrong secret ended at %s", end)
	}
}
