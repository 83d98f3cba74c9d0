package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"rainmaker/internal/auth/required"
	"rainmaker/internal/auth/signature"
	"rainmaker/internal/auth/token"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Cookies of browsers. The __Host- prefix (RFC 6265bis 4.1.3.2) ties the
// cookie to one host and to https; on plain http browsers refuse it.
const (
	secureCookie = "__Host-rainmaker"
	plainCookie  = "rainmaker"
)

// CookieName is the name of the session cookie, by whether people reach the
// program over https.
func CookieName(https bool) string {
	if https {
		return secureCookie
	}
	return plainCookie
}

// Authenticate says who is asking. It may read the body of a signed request,
// and then puts it back; the caller bounds its size.
//
// The first proof found is the one that counts: a bad token is not helped by a
// good cookie. Who has to set up a second factor first is refused.
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (Identity, error) {
	return s.AuthenticateFor(ctx, r, "")
}

// AuthenticateFor is Authenticate before an operation: the few that set up a
// second factor are open to those who must.
func (s *Service) AuthenticateFor(ctx context.Context, r *http.Request, operation string) (Identity, error) {
	identity, err := s.proved(ctx, r)
	if err != nil {
		return Identity{}, err
	}
	if err := s.gate.Check(ctx, identity.Org, identity.Role, identity.User, identity.Key); err != nil {
		return Identity{}, err
	}
	if identity.MustEnrol && !required.Open(operation) {
		return Identity{}, required.Refusal()
	}
	return identity, nil
}

// proved reads the proof alone.
func (s *Service) proved(ctx context.Context, r *http.Request) (Identity, error) {
	if signature.Signed(r) {
		return s.bySignature(ctx, r)
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		scheme, value, _ := strings.Cut(authorization, " ")
		switch value = strings.TrimSpace(value); {
		case strings.EqualFold(scheme, "Bearer"):
			return s.byToken(ctx, value)
		case strings.EqualFold(scheme, "ApiKey"):
			return s.byKey(ctx, value)
		}
		return Identity{}, unauthenticated("invalid_token")
	}
	for _, name := range []string{secureCookie, plainCookie} {
		if cookie, err := r.Cookie(name); err == nil && cookie.Value != "" {
			return s.byCookie(ctx, cookie.Value)
		}
	}
	return Identity{}, unauthenticated("")
}

func (s *Service) byToken(ctx context.Context, text string) (Identity, error) {
	c, err := s.tokenClaims(ctx, text)
	if err != nil {
		return Identity{}, err
	}
	i, err := s.bySession(ctx, sessionRef{id: c.Session, org: c.Org})
	if err != nil {
		return Identity{}, err
	}
	if i.User.String() != c.Subject {
		return Identity{}, unauthenticated("invalid_token")
	}
	i.Via = ViaToken
	return i, nil
}

func (s *Service) byCookie(ctx context.Context, value string) (Identity, error) {
	hash := string(org.HashToken(value))
	ref, ok := s.cookies.Find(hash)
	if !ok {
		err := s.db.InSystem(ctx, func(tx db.Tx) error {
			var err error
			ref, err = sessionByToken(ctx, tx, []byte(hash))
			return err
		})
		if db.NoRows(err) {
			return Identity{}, unauthenticated("session_ended")
		}
		if err != nil {
			return Identity{}, err
		}
		// Which session a token names never changes; whether it is good does.
		s.cookies.Put(hash, ref, s.clock.Now().Add(time.Minute))
	}
	i, err := s.bySession(ctx, ref)
	if err != nil {
		return Identity{}, err
	}
	i.Via = ViaSession
	return i, nil
}

type sessionRef struct{ id, org id.ID }

// sessionState is what a session is worth now.
type sessionState struct {
	user    id.ID
	role    org.Role
	expires time.Time
	seen    time.Time
	alive   bool
	// lacking: the organisation asks for a second factor and there is none.
	lacking bool
}

// good reports whether the session is neither ended, nor over, nor idle.
func (st sessionState) good(now time.Time) bool {
	return st.alive && now.Before(st.expires) && now.Before(st.seen.Add(IdleLife))
}

// bySession looks the session up: it must be neither ended nor expired nor idle
// for long, its member unchanged in role, its user unchanged in password and
// second factors.
func (s *Service) bySession(ctx context.Context, ref sessionRef) (Identity, error) {
	state, ok := s.sessions.Find(ref)
	if !ok {
		err := s.db.InTenant(ctx, ref.org, func(tx db.Tx) error {
			var err error
			if state, err = selectSessionState(ctx, tx, ref); err != nil {
				return err
			}
			return s.seen(ctx, tx, ref, &state)
		})
		if err != nil && !db.NoRows(err) {
			return Identity{}, err
		}
		s.sessions.Put(ref, state, s.clock.Now().Add(stateLife))
	}
	if !state.good(s.clock.Now()) {
		return Identity{}, unauthenticated("session_ended")
	}
	return Identity{Org: ref.org, User: state.user, Role: state.role, Session: ref.id, MustEnrol: state.lacking}, nil
}

// tokenClaims verifies a token once and remembers it until it expires.
func (s *Service) tokenClaims(ctx context.Context, text string) (token.Claims, error) {
	sum := sha256.Sum256([]byte(text))
	key := string(sum[:])
	if c, ok := s.tokens.Find(key); ok {
		return c, nil
	}
	c, err := s.signer.Verify(ctx, text)
	if err != nil {
		return token.Claims{}, err
	}
	s.tokens.Put(key, c, c.Expiry.Time())
	return c, nil
}

// JWKS is the public half of the keys of access tokens, as
// /.well-known/jwks.json serves it.
func (s *Service) JWKS(ctx context.Context) (jose.JSONWebKeySet, error) { return s.signer.JWKS(ctx) }
