package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rainmaker/internal/auth/external"
	"rainmaker/internal/auth/isolation"
	"rainmaker/internal/auth/peer"
	"rainmaker/internal/auth/refusal"
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Signup is the first step of a new tenant.
type Signup struct {
	OrganizationName string
	Name             string
	Email            string
	Password         string
	Address          string // network address, for the throttle
}

// SignedIn is what a person gets for a good proof: the same session as a
// cookie for browsers and as tokens for programs.
type SignedIn struct {
	User         org.User
	Role         org.Role
	Organization org.Organization
	Session      id.ID
	Cookie       secret.String
	CookieUntil  time.Time
	AccessToken  string
	RefreshToken string
	ExpiresIn    int // of the access token, in seconds
}

// Signup makes organisation, user, admin membership and session in one
// transaction.
func (s *Service) Signup(ctx context.Context, in Signup) (SignedIn, error) {
	if _, err := s.org.EmailBlind(in.Email); err != nil {
		return SignedIn{}, err
	}
	if err := s.hasher.Check("body.password", in.Password, in.Email); err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hasher.Hash(ctx, in.Password)
	if err != nil {
		return SignedIn{}, err
	}
	n := org.NewOrganization{ID: id.New(), Name: in.OrganizationName, Admin: id.New(), Email: in.Email, UserName: in.Name}
	var out SignedIn
	err = s.db.InTenant(ctx, n.ID, func(tx db.Tx) error {
		if _, _, err := s.org.Create(ctx, tx, n); err != nil {
			return err
		}
		if err := updatePassword(ctx, tx, n.Admin, hash, s.clock.Now()); err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		out, err = s.open(ctx, tx, n.ID, n.Admin)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return s.withAccess(ctx, out)
}

// Login is a sign-in with a password.
type Login struct {
	Email    string
	Password string
	Second   Proof  // a code, when the person has a second factor
	Org      id.ID  // of several; zero is where the person last signed in
	Address  string // network address, for the throttle
}

// Login checks a password and opens a session. Whatever is wrong, the answer
// is the same, after the same work.
func (s *Service) Login(ctx context.Context, in Login) (_ SignedIn, err error) {
	defer func() { s.refused.Count(refusal.Password, err) }()
	blind, err := s.org.EmailBlind(in.Email)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.guess.Allow(ctx, blind, in.Address); err != nil {
		return SignedIn{}, err
	}
	var places []signInRow
	err = s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		places, err = selectSignIn(ctx, tx, blind)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign in: %w", err)
	}
	hash := ""
	if len(places) > 0 && places[0].passwordHash != nil {
		hash = *places[0].passwordHash
	}
	ok, err := s.hasher.Matches(ctx, in.Password, hash)
	if err != nil {
		return SignedIn{}, err
	}
	place, found := pick(places, in.Org)
	if !ok || !found {
		s.log.WarnContext(ctx, "sign-in refused", "known", len(places) > 0)
		for _, p := range places {
			if p.org != nil {
				s.note(*p.org, signal.SignInFailed, org.UserActor(p.user))
			}
		}
		return SignedIn{}, errSignIn()
	}
	s.guess.Forgive(ctx, blind, in.Address)
	if err := s.take(ctx, &in.Second); err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = s.db.InTenant(ctx, *place.org, func(tx db.Tx) error {
		if err := s.hold(ctx, tx, place.user, hash); err != nil {
			return err
		}
		if err := s.second(ctx, tx, place.user, in.Second); err != nil {
			return err
		}
		var err error
		if out, err = s.open(ctx, tx, *place.org, place.user); err != nil {
			return err
		}
		return org.Audit(ctx, tx, *place.org, s.clock.Now(), org.UserActor(place.user), "session.opened", org.Target("session", out.Session), nil)
	})
	if err != nil {
		var refused *errs.Error
		if errors.As(err, &refused) && refused.Code == errCode().Code {
			s.note(*place.org, signal.FactorFailed, org.UserActor(place.user))
		}
		return SignedIn{}, err
	}
	return s.withAccess(ctx, out)
}

// hold refuses a password that was changed while it was compared, which takes
// long and happens outside of tx.
func (s *Service) hold(ctx context.Context, tx db.Tx, user id.ID, proved string) error {
	still, err := holdPassword(ctx, tx, user, proved)
	if err != nil {
		return fmt.Errorf("hold password: %w", err)
	}
	if !still {
		return errSignIn()
	}
	return nil
}

// pick chooses the organisation; the rows come with the last used first.
func pick(places []signInRow, want id.ID) (signInRow, bool) {
	for _, p := range places {
		if p.org != nil && (want == id.Nil || *p.org == want) {
			return p, true
		}
	}
	return signInRow{}, false
}

// Accept is the answer to an invitation. Somebody who has a password proves it
// with Password and a second factor, others set it.
type Accept struct {
	Token    string
	Name     string
	Password string
	Second   Proof
	Address  string
}

// Accept makes an invited person an active member and signs them in.
func (s *Service) Accept(ctx context.Context, in Accept) (_ SignedIn, err error) {
	defer func() { s.refused.Count(refusal.Invitation, err) }()
	token := org.HashToken(in.Token)
	if err := s.guess.Allow(ctx, token, in.Address); err != nil {
		return SignedIn{}, err
	}
	var row invitationRow
	err = s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		row, err = selectInvitation(ctx, tx, token)
		return err
	})
	if db.NoRows(err) {
		return SignedIn{}, org.ErrInvitation
	}
	if err != nil {
		return SignedIn{}, fmt.Errorf("invitation: %w", err)
	}
	fresh := ""
	if row.passwordHash != nil {
		ok, err := s.hasher.Matches(ctx, in.Password, *row.passwordHash)
		if err != nil {
			return SignedIn{}, err
		}
		if !ok {
			return SignedIn{}, errSignIn()
		}
	} else {
		if row.settled {
			// Whoever invited holds the token too.
			return SignedIn{}, errs.New(errs.Conflict, "you sign in through your identity provider elsewhere: set a password first")
		}
		if err := s.hasher.Check("body.password", in.Password, ""); err != nil {
			return SignedIn{}, err
		}
		if fresh, err = s.hasher.Hash(ctx, in.Password); err != nil {
			return SignedIn{}, err
		}
	}
	if err := s.take(ctx, &in.Second); err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = s.db.InTenant(ctx, row.org, func(tx db.Tx) error {
		if row.passwordHash != nil {
			if err := s.hold(ctx, tx, row.user, *row.passwordHash); err != nil {
				return err
			}
		}
		if err := s.second(ctx, tx, row.user, in.Second); err != nil {
			return err
		}
		if err := s.org.Accept(ctx, tx, row.org, row.user, in.Token, in.Name); err != nil {
			return err
		}
		if fresh != "" {
			if err := updatePassword(ctx, tx, row.user, fresh, s.clock.Now()); err != nil {
				return fmt.Errorf("set password: %w", err)
			}
		}
		var err error
		out, err = s.open(ctx, tx, row.org, row.user)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	s.guess.Forgive(ctx, token, in.Address)
	return s.withAccess(ctx, out)
}

// open adds a session with its first refresh token in tx. It is bound to the
// version of the membership and of the password: when either changes, it ends.
//
// An organisation that insists on its identity provider takes no other proof.
func (s *Service) open(ctx context.Context, tx db.Tx, tenant, user id.ID) (SignedIn, error) {
	if err := external.Allow(ctx, tx, tenant, user); err != nil {
		return SignedIn{}, fmt.Errorf("sign-in rules: %w", err)
	}
	return s.openProven(ctx, tx, tenant, user)
}

// openProven is open for a proof that was checked elsewhere.
func (s *Service) openProven(ctx context.Context, tx db.Tx, tenant, user id.ID) (SignedIn, error) {
	now := s.clock.Now().Truncate(time.Microsecond)
	role, version, err := s.org.Signed(ctx, tx, tenant, user, now)
	if err != nil {
		return SignedIn{}, fmt.Errorf("note sign-in: %w", err)
	}
	shut, err := isolation.Now(ctx, tx, tenant)
	if err != nil {
		return SignedIn{}, err
	}
	if shut.Covers(role, user, id.Nil) {
		return SignedIn{}, isolation.Refusal()
	}
	s.note(tenant, signal.SignedIn, org.UserActor(user))
	cookie, refresh := org.NewToken(), org.NewToken()
	out := SignedIn{Role: role, Session: id.New(), Cookie: secret.String(cookie), CookieUntil: now.Add(SessionLife), RefreshToken: refresh}
	client := peer.Of(ctx)
	row := sessionRow{
		id: out.Session, user: user, tokenHash: org.HashToken(cookie), memberVersion: version,
		device: client.Device(), address: client.Masked(), createdAt: now, expiresAt: out.CookieUntil,
	}
	if err := insertSession(ctx, tx, tenant, row); err != nil {
		return SignedIn{}, fmt.Errorf("open session: %w", err)
	}
	if err := insertRefresh(ctx, tx, tenant, out.Session, org.HashToken(refresh), now, out.CookieUntil); err != nil {
		return SignedIn{}, fmt.Errorf("open session: %w", err)
	}
	return s.describe(ctx, tx, tenant, user, out)
}

func (s *Service) describe(ctx context.Context, tx db.Tx, tenant, user id.ID, out SignedIn) (SignedIn, error) {
	var err error
	if out.User, err = s.org.User(ctx, tx, tenant, user); err != nil {
		return SignedIn{}, err
	}
	if out.Organization, err = s.org.OrganizationIn(ctx, tx, tenant); err != nil {
		return SignedIn{}, err
	}
	return out, nil
}

// withAccess adds an access token. The session is committed by now, so that
// the token is never good for nothing.
func (s *Service) withAccess(ctx context.Context, out SignedIn) (SignedIn, error) {
	token, err := s.signer.Issue(ctx, out.Organization.ID, out.User.ID, out.Session)
	if err != nil {
		return SignedIn{}, err
	}
	out.AccessToken, out.ExpiresIn = token, int(AccessLife/time.Second)
	return out, nil
}

// Refresh changes a refresh token for a new one and an access token. A token
// is good once: the second use ends the session, for then somebody holds a
// copy.
func (s *Service) Refresh(ctx context.Context, refresh string) (SignedIn, error) {
	row, err := s.findRefresh(ctx, refresh)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	reused := false
	err = s.db.InTenant(ctx, row.org, func(tx db.Tx) error {
		now := s.clock.Now().Truncate(time.Microsecond)
		taken, err := useRefresh(ctx, tx, row.org, row.id, now)
		if err != nil {
			return fmt.Errorf("use refresh token: %w", err)
		}
		if !taken {
			reused = true
			return s.end(ctx, tx, row.org, row.session, "refresh_reused")
		}
		state, err := selectSessionState(ctx, tx, sessionRef{id: row.session, org: row.org})
		if err != nil && !db.NoRows(err) {
			return fmt.Errorf("session: %w", err)
		}
		if !state.good(now) || !now.Before(row.expiresAt) {
			return unauthenticated("session_ended")
		}
		if err := s.seen(ctx, tx, sessionRef{id: row.session, org: row.org}, &state); err != nil {
			return err
		}
		next := org.NewToken()
		if err := insertRefresh(ctx, tx, row.org, row.session, org.HashToken(next), now, state.expires); err != nil {
			return fmt.Errorf("new refresh token: %w", err)
		}
		out = SignedIn{Role: state.role, Session: row.session, RefreshToken: next}
		out, err = s.describe(ctx, tx, row.org, state.user, out)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if reused {
		s.note(row.org, signal.TokenReused, "")
		s.sessions.Forget(sessionRef{id: row.session, org: row.org})
		s.log.WarnContext(ctx, "refresh token used twice: session ended", "org_id", row.org, "session_id", row.session)
		return SignedIn{}, unauthenticated("session_ended")
	}
	return s.withAccess(ctx, out)
}

func (s *Service) findRefresh(ctx context.Context, refresh string) (refreshRow, error) {
	var row refreshRow
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		row, err = refreshByHash(ctx, tx, org.HashToken(refresh))
		return err
	})
	if db.NoRows(err) {
		return refreshRow{}, unauthenticated("invalid_token")
	}
	if err != nil {
		return refreshRow{}, fmt.Errorf("refresh token: %w", err)
	}
	return row, nil
}

// end ends a session in tx.
func (s *Service) end(ctx context.Context, tx db.Tx, tenant, session id.ID, reason string) error {
	user, err := endSession(ctx, tx, tenant, session, s.clock.Now(), reason)
	if db.NoRows(err) {
		return nil // ended before
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return org.Audit(ctx, tx, tenant, s.clock.Now(), org.UserActor(user), "session.ended", org.Target("session", session), map[string]any{"reason": reason})
}

// Logout ends the session of an identity. API keys have none.
func (s *Service) Logout(ctx context.Context, i Identity) error {
	if i.Session == id.Nil {
		return nil
	}
	return s.endNow(ctx, i.Org, i.Session)
}

// LogoutRefresh ends the session of a refresh token; an unknown one ends
// nothing.
func (s *Service) LogoutRefresh(ctx context.Context, refresh string) error {
	row, err := s.findRefresh(ctx, refresh)
	if errs.Is(err, errs.Unauthenticated) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.endNow(ctx, row.org, row.session)
}

func (s *Service) endNow(ctx context.Context, tenant, session id.ID) error {
	err := s.db.InTenant(ctx, tenant, func(tx db.Tx) error { return s.end(ctx, tx, tenant, session, "logout") })
	s.sessions.Forget(sessionRef{id: session, org: tenant})
	return err
}

// Me describes the identity of a person.
func (s *Service) Me(ctx context.Context, i Identity) (SignedIn, error) {
	out := SignedIn{Role: i.Role}
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		var err error
		if i.User != id.Nil {
			if out.User, err = s.org.User(ctx, tx, i.Org, i.User); err != nil {
				return err
			}
		}
		out.Organization, err = s.org.OrganizationIn(ctx, tx, i.Org)
		return err
	})
	return out, err
}

// MembersChanged makes this process look up every session again; call it after
// a change of role or a removal.
func (s *Service) MembersChanged() { s.sessions.ForgetAll() }

// Prune deletes what expired, over all tenants: sessions a week after their
// end, stored answers after a day (CONTRACT).
func (s *Service) Prune(ctx context.Context) (int, error) {
	now := s.clock.Now()
	var gone int
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		if gone, err = prune(ctx, tx, now.Add(-7*24*time.Hour), now.Add(-24*time.Hour)); err != nil {
			return err
		}
		return s.passkeys.Prune(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	return gone, nil
}
