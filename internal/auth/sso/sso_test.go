package sso_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc/oidctest"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const goodPassword = "a long enough password"

// hand is a clock that a test moves.
type hand struct {
	mu sync.Mutex
	by time.Duration
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return clock.System{Offset: h.by}.Now()
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.by += d
}

// house is the program around single sign-on.
type house struct {
	t       *testing.T
	db      *db.DB
	clock   *hand
	org     *org.Service
	auth    *auth.Service
	sso     *sso.Service
	metrics *prometheus.Registry
	key     *rsa.PrivateKey
}

func normal(s string) (string, error) {
	u, err := url.Parse("mailto://" + s)
	if err != nil || u.User == nil || u.Host == "" {
		return "", errs.New(errs.Invalid, "no address")
	}
	return s, nil
}

func newHouse(t *testing.T, installed ...sso.Installed) *house {
	t.Helper()
	master := sha256.Sum256([]byte("sso tests"))
	vault, err := secret.NewVault(master[:])
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: dbtest.New(t), clock: &hand{}, metrics: prometheus.NewRegistry(), key: oidctest.NewKey(t, 2048)}
	log := slog.New(slog.DiscardHandler)
	if h.org, err = org.New(org.Deps{DB: h.db, Vault: vault, Clock: h.clock, NormalEmail: normal}); err != nil {
		t.Fatal(err)
	}
	if h.auth, err = auth.New(auth.Deps{DB: h.db, Org: h.org, Vault: vault, Clock: h.clock, Logger: log}); err != nil {
		t.Fatal(err)
	}
	h.sso, err = sso.New(sso.Deps{
		DB: h.db, Auth: h.auth, Org: h.org, Vault: vault, Clock: h.clock, Logger: log, Metrics: h.metrics,
		Egress: egress.New(egress.Reach{Loopback: true}), PublicURL: "https://app.example.com", NormalEmail: normal, Installed: installed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func email(domain string) string { return "p-" + id.New().String() + "@" + domain }

// admin signs up with a new organisation.
func (h *house) admin() (auth.Identity, auth.SignedIn) {
	h.t.Helper()
	in, err := h.auth.Signup(h.t.Context(), auth.Signup{OrganizationName: "Acme", Name: "Ann", Email: email("acme.example"), Password: goodPassword})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.browser(in), in
}

// browser is the identity of a browser that has the session's cookie.
func (h *house) browser(in auth.SignedIn) auth.Identity {
	h.t.Helper()
	identity, err := h.asks(in)
	if err != nil {
		h.t.Fatal(err)
	}
	return identity
}

func (h *house) asks(in auth.SignedIn) (auth.Identity, error) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "rainmaker", Value: in.Cookie.Reveal()})
	return h.auth.Authenticate(h.t.Context(), r)
}

// connect makes an OIDC connection that adds analysts of a domain.
func (h *house) connect(by auth.Identity, p *oidctest.Provider, change ...func(*sso.Change)) sso.Connection {
	h.t.Helper()
	name, yes, role, domains := "Acme SSO", true, org.Analyst, []string{"acme.example"}
	client, password := oidctest.ClientID, secret.String(oidctest.ClientSecret)
	c := sso.Change{
		Name: &name, Enabled: &yes, Issuer: &p.URL, ClientID: &client, ClientSecret: &password, DefaultRole: &role, AllowedDomains: &domains,
	}
	for _, f := range change {
		f(&c)
	}
	out, err := h.sso.Create(h.t.Context(), by, sso.OIDC, c)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// signIn goes the whole way at a provider.
func (h *house) signIn(p *oidctest.Provider, ref string, begin sso.Begin, session *auth.Identity) (sso.Outcome, error) {
	h.t.Helper()
	redirect, err := h.sso.StartOIDC(h.t.Context(), ref, begin)
	if err != nil {
		return sso.Outcome{}, err
	}
	return h.sso.FinishOIDC(h.t.Context(), ref, p.Approve(h.t, redirect.URL), redirect.Cookie.Reveal(), session)
}

// wantRefused fails the test unless err is a refusal for the reason.
func wantRefused(t *testing.T, err error, reason string) {
	t.Helper()
	var refused *sso.Refused
	if !errors.As(err, &refused) {
		t.Fatalf("not refused: %v", err)
	}
	if refused.Reason != reason {
		t.Fatalf("refused for %s (%v), want %s", refused.Reason, err, reason)
	}
}

// record returns the actions of the audit log, the newest first.
func (h *house) record(tenant id.ID) []org.AuditEntry {
	h.t.Helper()
	log, err := h.org.AuditLog(h.t.Context(), tenant, org.AuditQuery{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return log
}

type dbTx = db.Tx

func encodeHex(s string) string { return hex.EncodeToString([]byte(s)) }
