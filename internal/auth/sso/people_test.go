package sso_test

import (
	"errors"
	"testing"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc/oidctest"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

func code(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestEnforce: where a provider is insisted on, passwords of others than the
// admin named for bad days are refused, and sessions that they opened end.
func TestEnforce(t *testing.T) {
	h := newHouse(t)
	admin, boss := h.admin()
	by := org.By{Actor: admin.Actor(), Role: org.Admin}
	member, invitation, err := h.org.Invite(t.Context(), admin.Org, by, email("acme.example"), org.Admin)
	if err != nil {
		t.Fatal(err)
	}
	joined, err := h.auth.Accept(t.Context(), auth.Accept{Token: invitation.Token, Name: "Bob", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	p := oidctest.Start(t, h.key)
	p.Email = email("acme.example")
	c := h.connect(admin, p)
	through, err := h.signIn(p, c.Slug, sso.Begin{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	c, err = h.sso.Update(t.Context(), admin, c.ID, sso.Change{Enforce: &yes})
	if err != nil || c.BreakGlassUserID == nil || *c.BreakGlassUserID != admin.User {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err := h.asks(joined); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("a password's session lives on: %v", err)
	}
	for name, in := range map[string]auth.SignedIn{"break-glass": boss, "through the provider": through.SignedIn} {
		if _, err := h.asks(in); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = h.auth.Login(t.Context(), auth.Login{Email: member.Email, Password: goodPassword})
	if code(err) != "sso_required" {
		t.Errorf("a password was taken: %v", err)
	}
	if _, err := h.auth.Login(t.Context(), auth.Login{Email: member.Email, Password: "a wrong password"}); code(err) != "invalid_credentials" {
		t.Errorf("a wrong password is told apart: %v", err)
	}
	if _, err := h.auth.Login(t.Context(), auth.Login{Email: boss.User.Email, Password: goodPassword}); err != nil {
		t.Errorf("break-glass: %v", err)
	}
	_, invitation, err = h.org.Invite(t.Context(), admin.Org, by, email("acme.example"), org.Analyst)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.auth.Accept(t.Context(), auth.Accept{Token: invitation.Token, Name: "Cy", Password: goodPassword}); code(err) != "sso_required" {
		t.Errorf("an invitation was accepted with a password: %v", err)
	}
	// Without the admin named, the other admins may: or nobody could.
	if _, err := h.org.SetRole(t.Context(), admin.Org, by, admin.User, org.Manager, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.auth.Login(t.Context(), auth.Login{Email: member.Email, Password: goodPassword}); err != nil {
		t.Errorf("nobody can mend it: %v", err)
	}
	// Off again, its sessions end and passwords are good.
	no := false
	if _, err := h.sso.Update(t.Context(), admin, c.ID, sso.Change{Enabled: &no, Enforce: &no}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.asks(through.SignedIn); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("a session of a connection that is off: %v", err)
	}
	if _, err := h.auth.Login(t.Context(), auth.Login{Email: boss.User.Email, Password: goodPassword}); err != nil {
		t.Errorf("after all: %v", err)
	}
}

// TestInvited: somebody new accepts through the provider, with the role they
// were invited as. Without a password they cannot be given one by whoever holds
// their next invitation.
func TestInvited(t *testing.T) {
	h := newHouse(t)
	admin, _ := h.admin()
	by := org.By{Actor: admin.Actor(), Role: org.Admin}
	p := oidctest.Start(t, h.key)
	p.Email = email("acme.example")
	c := h.connect(admin, p, func(c *sso.Change) { c.DefaultRole = nil })
	_, err := h.signIn(p, c.Slug, sso.Begin{}, nil)
	wantRefused(t, err, "not_linked")
	member, invitation, err := h.org.Invite(t.Context(), admin.Org, by, email("elsewhere.example"), org.Admin)
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.signIn(p, c.Slug, sso.Begin{Invitation: invitation.Token}, nil)
	if err != nil || out.SignedIn.User.ID != member.ID || out.SignedIn.Role != org.Admin {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = h.signIn(p, c.Slug, sso.Begin{Invitation: invitation.Token}, nil)
	wantRefused(t, err, "invitation")
	if again, err := h.signIn(p, c.Slug, sso.Begin{}, nil); err != nil || again.SignedIn.User.ID != member.ID {
		t.Errorf("%+v %v", again, err)
	}
	// The trap: another organisation invites them and holds the token.
	thief, _ := h.admin()
	_, invitation, err = h.org.Invite(t.Context(), thief.Org, org.By{Actor: thief.Actor(), Role: org.Admin}, member.Email, org.Analyst)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.auth.Accept(t.Context(), auth.Accept{Token: invitation.Token, Name: "Mine", Password: goodPassword}); !errs.Is(err, errs.Conflict) {
		t.Errorf("the inviter chose a stranger's password: %v", err)
	}
}

// TestLink: who is signed in links the installation's provider, signs in with
// it, and may unlink it as long as there is another way in.
func TestLink(t *testing.T) {
	key := oidctest.NewKey(t, 2048)
	p := oidctest.Start(t, key)
	h := newHouse(t, sso.Installed{Slug: "google", Name: "Google", Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: secret.String(oidctest.ClientSecret)})
	admin, boss := h.admin()
	p.Email = boss.User.Email // the same address proves nothing
	_, err := h.signIn(p, "google", sso.Begin{}, nil)
	wantRefused(t, err, "not_linked")

	link := func(who auth.Identity) error {
		begun, err := h.sso.StartLink(t.Context(), who, "google", "/settings?tab=you")
		if err != nil {
			return err
		}
		out, err := h.sso.FinishOIDC(t.Context(), "google", p.Approve(t, begun.URL), begun.Cookie.Reveal(), &who)
		if err == nil && (!out.Linked || out.Next != "/settings?tab=you" || out.SignedIn.Cookie != "") {
			t.Errorf("%+v", out)
		}
		return err
	}
	h.clock.move(time.Hour)
	if err := link(admin); err == nil {
		t.Error("a session of an hour ago linked an identity")
	}
	if err := h.auth.Verify(t.Context(), admin, auth.Proof{Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	p.Claims = func(c map[string]any) {
		c["iat"], c["exp"] = h.clock.Now().Unix(), h.clock.Now().Add(time.Minute).Unix()
	}
	if err := link(admin); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, link(admin), "already_linked")
	out, err := h.signIn(p, "google", sso.Begin{}, nil)
	if err != nil || out.SignedIn.User.ID != admin.User || out.SignedIn.Organization.ID != admin.Org || out.SignedIn.Role != org.Admin {
		t.Fatalf("%+v %v", out, err)
	}
	list, err := h.sso.Identities(t.Context(), admin)
	if err != nil || len(list) != 1 || list[0].Provider != "Google" || list[0].ConnectionID != nil || list[0].LastUsedAt == nil {
		t.Fatalf("%+v %v", list, err)
	}
	stranger, _ := h.admin()
	if err := h.sso.Unlink(t.Context(), stranger, list[0].ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if err := h.sso.Unlink(t.Context(), admin, list[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.signIn(p, "google", sso.Begin{}, nil)
	wantRefused(t, err, "not_linked")

	// Somebody without a password keeps their only way in.
	own := oidctest.Start(t, key)
	own.Email, own.Claims = email("acme.example"), p.Claims
	c := h.connect(admin, own)
	first, err := h.signIn(own, c.Slug, sso.Begin{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	who := h.browser(first.SignedIn)
	if list, err = h.sso.Identities(t.Context(), who); err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	if err := h.sso.Unlink(t.Context(), who, list[0].ID); !errs.Is(err, errs.Conflict) {
		t.Errorf("locked out: %v", err)
	}
	// A provider of one organisation must not open what is the person's in all.
	if err := h.auth.Fresh(t.Context(), who); err == nil {
		t.Error("a provider's session may change passwords and second factors")
	}
	if _, err := h.sso.StartLink(t.Context(), stranger, c.Slug, ""); !errs.Is(err, errs.NotFound) {
		t.Errorf("a link to another organisation's provider: %v", err)
	}
	if _, err := h.sso.StartLink(t.Context(), auth.Identity{Org: admin.Org, Key: id.New()}, "google", ""); !errs.Is(err, errs.Forbidden) {
		t.Errorf("an API key: %v", err)
	}
	if err := h.sso.Delete(t.Context(), admin, c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.asks(first.SignedIn); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("a session of a connection that is gone: %v", err)
	}
}

// TestPrune: sign-ins that nobody ended are deleted.
func TestPrune(t *testing.T) {
	h := newHouse(t)
	admin, _ := h.admin()
	c := h.connect(admin, oidctest.Start(t, h.key))
	if _, err := h.sso.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := h.sso.StartOIDC(t.Context(), c.Slug, sso.Begin{}); err != nil {
			t.Fatal(err)
		}
	}
	if gone, err := h.sso.Prune(t.Context()); err != nil || gone != 0 {
		t.Errorf("%d %v", gone, err)
	}
	h.clock.move(time.Hour)
	if gone, err := h.sso.Prune(t.Context()); err != nil || gone < 3 {
		t.Errorf("%d %v", gone, err)
	}
}
