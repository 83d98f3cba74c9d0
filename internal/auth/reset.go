package auth

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/auth/throttle"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// ResetLife is how long a reset link is good (issue 3: single use, 10 minutes).
const ResetLife = 10 * time.Minute

// Quotas of reset mails: nobody's mailbox is filled by others. Beyond them the
// answer is the same and no mail is made.
const (
	resetsPerAccount        = 3 // at once
	resetsPerAccountPerHour = 3 // after that
	resetsPerAddress        = 20
	resetsPerAddressPerHour = 60
)

// ErrReset says that a reset link is unknown, used or too old.
var ErrReset = &errs.Error{Kind: errs.Unauthenticated, Code: "reset_invalid", Message: "this link is not valid any more: ask for a new one"}

// RequestReset queues a mail with a reset link. It does the same work and says
// nothing, whether anybody has the address or not: who has it is looked up by
// the job.
func (s *Service) RequestReset(ctx context.Context, email, address string) error {
	blind, err := s.org.EmailBlind(email)
	if err != nil {
		return err
	}
	if !s.guess.Spend(ctx,
		throttle.Of("reset", blind, resetsPerAccount, resetsPerAccountPerHour),
		throttle.Of("reset address", []byte(address), resetsPerAddress, resetsPerAddressPerHour),
	) {
		s.log.WarnContext(ctx, "password reset asked for too often")
		return nil
	}
	return s.db.InSystem(ctx, func(tx db.Tx) error { return s.queue(ctx, tx, mailJob{What: mailReset, Blind: blind}) })
}

// ResetLink lets its holder choose a new password, once.
type ResetLink struct {
	Token     string    `json:"token"`
	URL       string    `json:"url" doc:"What to hand to the person."`
	ExpiresAt time.Time `json:"expires_at"`
}

// MemberResetLink makes a reset link for a member, to be handed over where no
// mail is set up. Not for somebody who is also a member elsewhere: the password
// is one for all organisations.
func (s *Service) MemberResetLink(ctx context.Context, i Identity, user id.ID) (ResetLink, error) {
	var link ResetLink
	err := s.db.InTenant(ctx, i.Org, func(tx db.Tx) error {
		member, err := s.org.Member(ctx, tx, i.Org, user)
		if err != nil {
			return err
		}
		if err := personal(i); err != nil {
			return err
		}
		if !i.Role.Governs(member.Role) {
			return errs.New(errs.Forbidden, "your role may not manage the role %s", member.Role)
		}
		sole, err := soleMember(ctx, tx, i.Org, user)
		if err != nil {
			return fmt.Errorf("reset link: %w", err)
		}
		if !sole {
			return errs.New(errs.Conflict, "an admin cannot reset the password of this person: they ask for a reset mail themselves")
		}
		if link, err = s.newReset(ctx, tx, user, i.Org); err != nil {
			return err
		}
		return org.Audit(ctx, tx, i.Org, s.clock.Now(), i.Actor(), "member.reset_link_made", org.Target("user", user), nil)
	})
	return link, err
}

// newReset stores a fresh link. by is the organisation whose admin makes it, or
// zero.
func (s *Service) newReset(ctx context.Context, tx db.Tx, user, by id.ID) (ResetLink, error) {
	now := s.clock.Now().Truncate(time.Microsecond)
	token := org.NewToken()
	link := ResetLink{Token: token, URL: s.publicURL + resetPath + token, ExpiresAt: now.Add(ResetLife)}
	if err := insertReset(ctx, tx, org.HashToken(token), user, by, now, link.ExpiresAt); err != nil {
		return ResetLink{}, fmt.Errorf("store reset link: %w", err)
	}
	return link, nil
}

// Reset is the use of a reset link.
type Reset struct {
	Token    string
	Password string
	Second   Proof  // asked for as at sign-in
	Address  string // network address, for the throttle
}

// ConfirmReset sets the password and ends every session of the person. A second
// factor is asked for as at sign-in (ASVS 5.0, 6.4.3), and the link stays good
// until one was given.
func (s *Service) ConfirmReset(ctx context.Context, in Reset) error {
	token := org.HashToken(in.Token)
	if err := s.guess.Allow(ctx, token, in.Address); err != nil {
		return err
	}
	var row resetRow
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		row, err = selectReset(ctx, tx, token)
		return err
	})
	if db.NoRows(err) || err == nil && !s.clock.Now().Before(row.expires) {
		return ErrReset
	}
	if err != nil {
		return fmt.Errorf("reset link: %w", err)
	}
	// The link was good: whatever is wrong from here on is no guess at it.
	s.guess.Forgive(ctx, token, in.Address)
	email := ""
	err = s.db.InTenant(ctx, row.org, func(tx db.Tx) error {
		user, err := s.org.User(ctx, tx, row.org, row.user)
		email = user.Email
		return err
	})
	if err != nil {
		return err
	}
	if err := s.hasher.Check("body.password", in.Password, email); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(ctx, in.Password)
	if err != nil {
		return err
	}
	if err := s.take(ctx, &in.Second); err != nil {
		return err
	}
	err = s.db.InTenant(ctx, row.org, func(tx db.Tx) error {
		now := s.clock.Now()
		if err := s.second(ctx, tx, row.user, in.Second); err != nil {
			return err
		}
		taken, err := useReset(ctx, tx, token, now)
		if err != nil {
			return fmt.Errorf("use reset link: %w", err)
		}
		if !taken {
			return ErrReset
		}
		if err := s.setPassword(ctx, tx, row.user, hash); err != nil {
			return err
		}
		if err := s.notify(ctx, tx, row.org, row.user, "password.reset"); err != nil {
			return err
		}
		return org.Audit(ctx, tx, row.org, now, org.UserActor(row.user), "password.reset", org.Target("user", row.user), nil)
	})
	s.sessions.ForgetAll()
	return err
}

// ChangePassword sets the password of the person behind i, who proves it with
// the current one, and ends every other session.
func (s *Service) ChangePassword(ctx context.Context, i Identity, current, fresh string) error {
	if err := personal(i); err != nil {
		return err
	}
	if err := s.provePassword(ctx, i, current, "body.current"); err != nil {
		return err
	}
	me, err := s.Me(ctx, i)
	if err != nil {
		return err
	}
	if err := s.hasher.Check("body.new", fresh, me.User.Email); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(ctx, fresh)
	if err != nil {
		return err
	}
	return s.change(ctx, i, "password.changed", nil, func(tx db.Tx) error { return s.setPassword(ctx, tx, i.User, hash) })
}

// setPassword ends every session and makes every other reset link void.
func (s *Service) setPassword(ctx context.Context, tx db.Tx, user id.ID, hash string) error {
	now := s.clock.Now()
	if err := updatePassword(ctx, tx, user, hash, now); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := voidResets(ctx, tx, user, now); err != nil {
		return fmt.Errorf("void reset links: %w", err)
	}
	return nil
}
