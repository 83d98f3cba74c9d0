package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const goodPassword = "a long enough password"

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

func newService(t testing.TB, c clock.Clock) *Service {
	t.Helper()
	master := sha256.Sum256([]byte("auth tests"))
	vault, err := secret.NewVault(master[:])
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.New(t)
	orgs, err := org.New(org.Deps{DB: d, Vault: vault, Clock: c, NormalEmail: func(s string) (string, error) {
		if !strings.Contains(s, "@") {
			return "", errs.New(errs.Invalid, "no @")
		}
		return strings.ToLower(s), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := New(Deps{DB: d, Org: orgs, Vault: vault, Clock: c, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signUp(t testing.TB, s *Service) SignedIn {
	t.Helper()
	in, err := s.Signup(t.Context(), Signup{
		OrganizationName: "Acme", Name: "Ann", Email: id.New().String() + "@example.com", Password: goodPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func ask(s *Service, authorization string) (Identity, error) {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/auth/me", nil)
	r.Header.Set("Authorization", authorization)
	return s.Authenticate(context.Background(), r)
}

// TestForeignTokens: our own signature does not make a session one's own. What
// may be wrong with a token itself is in package token.
func TestForeignTokens(t *testing.T) {
	s := newService(t, clock.System{})
	in, other := signUp(t, s), signUp(t, s)
	issue := func(org, user, session id.ID) string {
		t.Helper()
		text, err := s.signer.Issue(t.Context(), org, user, session)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	mine := in.Organization.ID
	if _, err := ask(s, "Bearer "+issue(mine, in.User.ID, in.Session)); err != nil {
		t.Fatalf("our own good token: %v", err)
	}
	for name, text := range map[string]string{
		"another's session": issue(mine, in.User.ID, other.Session),
		"another's org":     issue(other.Organization.ID, in.User.ID, in.Session),
		"another's user":    issue(mine, other.User.ID, in.Session),
		"unknown session":   issue(mine, in.User.ID, id.New()),
		"empty":             "",
		"another scheme":    in.RefreshToken,
	} {
		if i, err := ask(s, "Bearer "+text); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
}

// TestLives: proofs end when they should, by the clock.
func TestLives(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	s := newService(t, c)
	in := signUp(t, s)
	if _, err := ask(s, "Bearer "+in.AccessToken); err != nil {
		t.Fatal(err)
	}
	c.move(AccessLife + time.Second)
	if _, err := ask(s, "Bearer "+in.AccessToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("an old access token: %v", err)
	}
	next, err := s.Refresh(t.Context(), in.RefreshToken)
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	// In use it lives on, but not for ever.
	for range SessionLife / IdleLife {
		c.move(IdleLife - time.Hour)
		if next, err = s.Refresh(t.Context(), next.RefreshToken); err != nil {
			t.Fatalf("a session in use: %v", err)
		}
	}
	c.move(IdleLife - time.Hour)
	if _, err := s.Refresh(t.Context(), next.RefreshToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("an old refresh token: %v", err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "rainmaker", Value: in.Cookie.Reveal()})
	if _, err := s.Authenticate(t.Context(), r); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("an old cookie: %v", err)
	}
}

// TestSignInMeetsAChange: a sign-in compares the password, which takes a while, and
// meanwhile the password is changed, or a second factor set up. What the old
// password alone opens must not outlive the change.
func TestSignInMeetsAChange(t *testing.T) {
	for name, change := range map[string]func(ctx context.Context, s *Service, tx db.Tx, user id.ID) error{
		"new password": func(ctx context.Context, s *Service, tx db.Tx, user id.ID) error {
			hash, err := s.hasher.Hash(ctx, "another good password")
			if err != nil {
				return err
			}
			return s.setPassword(ctx, tx, user, hash)
		},
		"second factor": func(ctx context.Context, s *Service, tx db.Tx, user id.ID) error {
			_, err := tx.Exec(ctx, `insert into user_totp (user_id, secret_sealed, created_at, confirmed_at) values ($1, 'sealed', now(), now())`, user)
			if err != nil {
				return err
			}
			return raiseEpoch(ctx, tx, user, s.clock.Now())
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, clock.System{})
			in := signUp(t, s)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			late := make(chan error, 1)
			err := s.db.InTenant(ctx, in.Organization.ID, func(tx db.Tx) error {
				if err := change(ctx, s, tx, in.User.ID); err != nil {
					return err
				}
				go func() {
					_, err := s.Login(ctx, loginOf(in, ""))
					late <- err
				}()
				return dbtest.Blocked(ctx, s.db, tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-late; !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("the old password alone: %v", err)
			}
		})
	}
}

// TestEndsElsewhere: what another process ends is over here within stateLife.
func TestEndsElsewhere(t *testing.T) {
	c := &hand{at: time.Now().UTC()}
	here, there := newService(t, c), newService(t, c)
	in := signUp(t, here)
	i, err := ask(here, "Bearer "+in.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := there.Logout(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	c.move(stateLife)
	if _, err := ask(here, "Bearer "+in.AccessToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("still signed in: %v", err)
	}
}

// TestHashesAtRest: no proof can be read in the database.
func TestHashesAtRest(t *testing.T) {
	s := newService(t, clock.System{})
	in := signUp(t, s)
	identity := Identity{Org: in.Organization.ID, User: in.User.ID, Role: org.Admin}
	_, secretText, err := s.CreateAPIKey(t.Context(), in.Organization.ID, identity, NewAPIKey{Name: "k", Role: org.Analyst})
	if err != nil {
		t.Fatal(err)
	}
	dump := dumpOf(t)
	for name, proof := range map[string]string{
		"cookie": in.Cookie.Reveal(), "refresh token": in.RefreshToken, "access token": in.AccessToken,
		"API secret": secretText, "password": goodPassword, "e-mail": in.User.Email,
	} {
		if strings.Contains(dump, proof) || strings.Contains(dump, hex.EncodeToString([]byte(proof))) {
			t.Errorf("the %s stands in the database", name)
		}
	}
}

func TestPolicy(t *testing.T) {
	for _, operation := range Operations() {
		if Public(operation) {
			continue
		}
		if !Allowed(org.Admin, operation) {
			t.Errorf("%s: an admin may not", operation)
		}
	}
	for operation, roles := range map[string][]org.Role{
		"create-api-key":      {org.Admin},
		"launch-campaign":     {org.Admin, org.Manager},
		"export-leads":        {org.Admin, org.Manager},
		"update-organization": {org.Admin},
	} {
		if got := RolesOf(operation); !slices.Equal(got, roles) {
			t.Errorf("%s: %v, want %v", operation, got, roles)
		}
	}
	if Allowed(org.Admin, "no-such-operation") || Known("no-such-operation") {
		t.Error("an unknown operation is allowed")
	}
	i := Identity{Scopes: []string{"leads:read", "campaigns"}}
	for _, c := range []struct {
		area  string
		write bool
		want  bool
	}{{"leads", false, true}, {"leads", true, false}, {"campaigns", true, true}, {"campaigns", false, true}, {"members", false, false}} {
		if got := i.ScopeAllows(c.area, c.write); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	s := newService(b, clock.System{})
	in := signUp(b, s)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+in.AccessToken)
	for b.Loop() {
		if _, err := s.Authenticate(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPrune: what expired goes, what lives stays.
func TestPrune(t *testing.T) {
	c := &hand{at: time.Now().UTC().Add(-10 * 365 * 24 * time.Hour)} // away from other tests' sessions
	s := newService(t, c)
	old := signUp(t, s)
	c.move(SessionLife + 5*24*time.Hour)
	young := signUp(t, s)
	c.move(3 * 24 * time.Hour)
	if gone, err := s.Prune(t.Context()); err != nil || gone != 1 {
		t.Errorf("%d gone, %v", gone, err)
	}
	if _, err := ask(s, "Bearer "+old.AccessToken); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("old: %v", err)
	}
	if _, err := s.Refresh(t.Context(), young.RefreshToken); err != nil {
		t.Errorf("young: %v", err)
	}
}
