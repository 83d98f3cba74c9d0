package sso_test

import (
	"net/url"
	"testing"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/saml/samltest"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
)

// connectSAML makes a SAML connection that adds analysts of a domain.
func (h *house) connectSAML(by auth.Identity, p *samltest.Provider) sso.Connection {
	h.t.Helper()
	name, yes, role, domains := "Acme SAML", true, org.Analyst, []string{"acme.example"}
	entity, address, certs := samltest.EntityID, "https://idp.example/sso", []string{p.PEM()}
	c, err := h.sso.Create(h.t.Context(), by, sso.SAML, sso.Change{
		Name: &name, Enabled: &yes, Issuer: &entity, SSOURL: &address, Certificates: &certs, DefaultRole: &role, AllowedDomains: &domains,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// begun is a SAML sign-in under way: what the provider gets to know.
type begun struct {
	sso.Redirect
	relay, request string
}

func (h *house) beginSAML(c sso.Connection, redirect sso.Redirect, err error) begun {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	relay, request := samltest.Request(h.t, redirect.URL)
	return begun{redirect, relay, request}
}

// TestSAML: the first time adds the person, the second finds them; an answer is
// good once, in one browser, for one organisation, and asked for.
func TestSAML(t *testing.T) {
	if !samltest.Available(t) {
		return
	}
	h := newHouse(t)
	admin, boss := h.admin()
	idp := samltest.New(t, 2048)
	c := h.connectSAML(admin, idp)
	mail := email("acme.example")
	start := func(begin sso.Begin) begun {
		r, err := h.sso.StartSAML(t.Context(), c.Slug, begin)
		return h.beginSAML(c, r, err)
	}
	draft := func(request string) samltest.Draft {
		d := samltest.NewDraft(c.MetadataURL, c.ACSURL, request, h.clock.Now())
		d.Email = mail
		return d
	}
	form := func(relay, answer string) url.Values {
		return url.Values{"RelayState": {relay}, "SAMLResponse": {answer}}
	}
	finish := func(f url.Values, cookie string) (sso.Outcome, error) {
		return h.sso.FinishSAML(t.Context(), admin.Org.String(), f, cookie)
	}
	one := start(sso.Begin{Next: "/leads"})
	answer := idp.Answer(t, draft(one.request))
	first, err := finish(form(one.relay, answer), one.Cookie.Reveal())
	if err != nil || first.Next != "/leads" || first.SignedIn.Role != org.Analyst || first.SignedIn.User.Email != mail || first.SignedIn.Organization.ID != admin.Org {
		t.Fatalf("%+v %v", first, err)
	}
	two := start(sso.Begin{})
	second, err := finish(form(two.relay, idp.Answer(t, draft(two.request))), two.Cookie.Reveal())
	if err != nil || second.SignedIn.User.ID != first.SignedIn.User.ID {
		t.Fatalf("%+v %v", second, err)
	}

	_, err = finish(form(one.relay, answer), one.Cookie.Reveal())
	wantRefused(t, err, "state")
	mine, theirs := start(sso.Begin{}), start(sso.Begin{})
	_, err = finish(form(theirs.relay, idp.Answer(t, draft(theirs.request))), mine.Cookie.Reveal())
	wantRefused(t, err, "other_browser")
	swapped, other := start(sso.Begin{}), start(sso.Begin{})
	_, err = finish(form(swapped.relay, idp.Answer(t, draft(other.request))), swapped.Cookie.Reveal())
	wantRefused(t, err, "in_response_to")
	_, err = finish(form("", idp.Answer(t, draft(""))), "")
	wantRefused(t, err, "state")
	foreign := start(sso.Begin{})
	d := draft(foreign.request)
	d.Email = boss.User.Email
	d.NameID = "boss"
	_, err = finish(form(foreign.relay, idp.Answer(t, d)), foreign.Cookie.Reveal())
	wantRefused(t, err, "known_email")

	// The provider of another organisation, with its own certificate, says all
	// that it likes: at its own address it finds nobody here, at ours no trust.
	thief, _ := h.admin()
	evil := samltest.New(t, 2048)
	away := h.connectSAML(thief, evil)
	r, err := h.sso.StartSAML(t.Context(), away.Slug, sso.Begin{})
	at := h.beginSAML(away, r, err)
	d = samltest.NewDraft(away.MetadataURL, away.ACSURL, at.request, h.clock.Now())
	d.Email = mail // of the other organisation's person
	_, err = h.sso.FinishSAML(t.Context(), thief.Org.String(), form(at.relay, evil.Answer(t, d)), at.Cookie.Reveal())
	wantRefused(t, err, "known_email")
	here := start(sso.Begin{})
	_, err = finish(form(here.relay, evil.Answer(t, draft(here.request))), here.Cookie.Reveal())
	wantRefused(t, err, "signature")

	// Unasked answers are taken where that is turned on, each once.
	yes := true
	if _, err := h.sso.Update(t.Context(), admin, c.ID, sso.Change{IDPInitiated: &yes}); err != nil {
		t.Fatal(err)
	}
	unasked := idp.Answer(t, draft(""))
	if out, err := finish(form("", unasked), ""); err != nil || out.SignedIn.User.ID != first.SignedIn.User.ID {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = finish(form("", unasked), "")
	wantRefused(t, err, "replay")

	// Who is signed in links; the session must live on.
	link := func() (begun, samltest.Draft) {
		r, err := h.sso.StartLink(t.Context(), admin, c.Slug, "")
		b := h.beginSAML(c, r, err)
		d := draft(b.request)
		d.NameID = "the boss"
		return b, d
	}
	b, d := link()
	if out, err := finish(form(b.relay, idp.Answer(t, d)), b.Cookie.Reveal()); err != nil || !out.Linked {
		t.Fatalf("%+v %v", out, err)
	}
	b, d = link()
	if err := h.auth.Logout(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	h.clock.move(2 * time.Second)
	_, err = finish(form(b.relay, idp.Answer(t, d)), b.Cookie.Reveal())
	wantRefused(t, err, "other_session")
}
