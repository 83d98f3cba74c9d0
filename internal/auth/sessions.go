package auth

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	// IdleLife ends a session that nobody used for so long (ASVS 5.0, 7.3.1): a
	// long weekend. SessionLife bounds it besides.
	IdleLife = 4 * 24 * time.Hour
	// seenEvery is how exactly the use of a session is noted.
	seenEvery = 5 * time.Minute
)

// Session is one sign-in, as its person sees it.
type Session struct {
	ID         id.ID     `json:"id"`
	Current    bool      `json:"current" doc:"The one that asks."`
	Device     string    `json:"device" doc:"In words, such as Firefox on Linux; a hint, not a proof."`
	Address    string    `json:"address" doc:"Network address, without its last part."`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at" doc:"To five minutes."`
	ExpiresAt  time.Time `json:"expires_at" doc:"At the latest; sooner when it is not used."`
}

// Sessions lists where the person behind i is signed in to this organisation,
// the last used first.
func (s *Service) Sessions(ctx context.Context, i Identity) ([]Session, error) {
	if err := personal(i); err != nil {
		return nil, err
	}
	var list []Session
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		now := s.clock.Now()
		var err error
		list, err = selectSessions(ctx, tx, i.Org, i.User, now, now.Add(-IdleLife))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	for n := range list {
		list[n].Current = list[n].ID == i.Session
		if idle := list[n].LastSeenAt.Add(IdleLife); idle.Before(list[n].ExpiresAt) {
			list[n].ExpiresAt = idle
		}
	}
	return list, nil
}

// EndSession ends one session of the person behind i, which may be the one that
// asks. An API key has none.
func (s *Service) EndSession(ctx context.Context, i Identity, session id.ID) error {
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		now := s.clock.Now()
		list, err := selectSessions(ctx, tx, i.Org, i.User, now, now.Add(-IdleLife))
		if err != nil {
			return fmt.Errorf("sessions: %w", err)
		}
		for _, mine := range list {
			if mine.ID == session {
				return s.end(ctx, tx, i.Org, session, "ended_by_person")
			}
		}
		return errs.New(errs.NotFound, "session not found")
	})
	s.sessions.Forget(sessionRef{id: session, org: i.Org})
	return err
}

// EndOtherSessions ends every session of the person behind i but the one that
// asks, in every organisation.
func (s *Service) EndOtherSessions(ctx context.Context, i Identity) error {
	if err := personal(i); err != nil {
		return err
	}
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		if err := s.endOthers(ctx, tx, i); err != nil {
			return err
		}
		return org.Audit(ctx, tx, i.Org, s.clock.Now(), i.Actor(), "session.others_ended", org.Target("user", i.User), nil)
	})
	s.sessions.ForgetAll()
	return err
}

// seen notes that a session is in use.
func (s *Service) seen(ctx context.Context, tx db.Tx, ref sessionRef, state *sessionState) error {
	now := s.clock.Now()
	if !state.good(now) || now.Sub(state.seen) < seenEvery {
		return nil
	}
	state.seen = now
	if err := touchSession(ctx, tx, ref, now); err != nil {
		return fmt.Errorf("note use of session: %w", err)
	}
	return nil
}
