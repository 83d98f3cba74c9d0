package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

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
// good cookie.
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (Identity, error) {
	if r.Header.Get(headerSignature) != "" {
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

func (s *Service) byToken(ctx context.Context, token string) (Identity, error) {
	c, err := s.tokenClaims(ctx, token)
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
	ref, ok := s.cookies.find(hash)
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
		s.cookies.put(hash, ref, s.clock.Now().Add(time.Minute))
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
	alive   bool
}

// bySession looks the session up: it must be neither ended nor expired, its
// member unchanged in role, its user unchanged in password.
func (s *Service) bySession(ctx context.Context, ref sessionRef) (Identity, error) {
	state, ok := s.sessions.find(ref)
	if !ok {
		err := s.db.InTenant(ctx, ref.org, func(tx db.Tx) error {
			var err error
			state, err = selectSessionState(ctx, tx, ref)
			return err
		})
		if err != nil && !db.NoRows(err) {
			return Identity{}, err
		}
		s.sessions.put(ref, state, s.clock.Now().Add(stateLife))
	}
	if !state.alive || !s.clock.Now().Before(state.expires) {
		return Identity{}, unauthenticated("session_ended")
	}
	return Identity{Org: ref.org, User: state.user, Role: state.role, Session: ref.id}, nil
}
