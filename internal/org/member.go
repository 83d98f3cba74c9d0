package org

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// InvitationLife is how long an invitation may be accepted.
const InvitationLife = 7 * 24 * time.Hour

// Member is a person in an organisation. Its id is the person's.
type Member struct {
	ID             id.ID        `json:"id"`
	Email          string       `json:"email" personal:"email"`
	Name           string       `json:"name"`
	Role           Role         `json:"role" enum:"admin,manager,content_creator,analyst,api_user"`
	Status         MemberStatus `json:"status" enum:"invited,active"`
	InvitedUntil   *time.Time   `json:"invited_until"`
	LastSignedInAt *time.Time   `json:"last_signed_in_at"`
	CreatedAt      time.Time    `json:"created_at"`
	Version        int          `json:"version"`
}

// MemberStatus says whether a member can sign in.
type MemberStatus string

// An invited member becomes active by accepting.
const (
	Invited MemberStatus = "invited"
	Active  MemberStatus = "active"
)

// Invitation lets its holder accept a membership, once. The token is shown to
// the admin who invites and stored as a hash.
type Invitation struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

// HashToken returns how opaque tokens of 256 random bits are stored: they need
// no slow hash, for they cannot be guessed.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// NewToken returns 256 random bits as text.
func NewToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// By is who changes members: the record needs the actor, the rule of Governs
// the role.
type By struct {
	Actor Actor
	Role  Role
}

func errGoverns(role Role) error {
	return errs.New(errs.Forbidden, "your role may not manage the role %s", role)
}

// Members lists everybody, by the time they were added.
func (s *Service) Members(ctx context.Context, org id.ID) ([]Member, error) {
	var members []Member
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		rows, err := selectMembers(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, row := range rows {
			m, err := s.member(row)
			if err != nil {
				return err
			}
			members = append(members, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	return members, nil
}

// Member returns one member in tx.
func (s *Service) Member(ctx context.Context, tx db.Tx, org, user id.ID) (Member, error) {
	row, err := selectMember(ctx, tx, org, user, false)
	if err != nil {
		return Member{}, notFound(err, "member")
	}
	return s.member(row)
}

// member opens a row. Of somebody who has not accepted yet, a tenant sees only
// what it wrote itself: the address.
func (s *Service) member(row memberRow) (Member, error) {
	email, err := s.people.openEmail(row.user, row.emailSealed)
	if err != nil {
		return Member{}, err
	}
	m := Member{
		ID: row.user, Email: email, Name: row.name, Role: row.role, Status: Active,
		LastSignedInAt: row.lastSignedInAt, CreatedAt: row.createdAt, Version: row.version,
	}
	if row.acceptedAt == nil {
		m.Status, m.Name, m.InvitedUntil = Invited, "", row.invitedUntil
	}
	return m, nil
}

// Invite adds a member who still has to accept. Whether the person is known
// elsewhere makes no visible difference. Inviting an invited person again
// renews the invitation; an active member is a conflict.
func (s *Service) Invite(ctx context.Context, org id.ID, by By, email string, role Role) (Member, Invitation, error) {
	normal, err := s.normalEmail(email)
	if err != nil {
		return Member{}, Invitation{}, errs.InvalidField("body.email", "must be an e-mail address")
	}
	if err := role.Validate("body.role"); err != nil {
		return Member{}, Invitation{}, err
	}
	if !by.Role.Governs(role) {
		return Member{}, Invitation{}, errGoverns(role)
	}
	var member Member
	invitation := Invitation{Token: NewToken(), ExpiresAt: s.clock.Now().Add(InvitationLife).Truncate(time.Microsecond)}
	err = s.db.InTenant(ctx, org, func(tx db.Tx) error {
		now := s.clock.Now().Truncate(time.Microsecond)
		user, err := s.personByEmail(ctx, tx, normal, now)
		if err != nil {
			return err
		}
		before, err := selectMember(ctx, tx, org, user, true)
		if err != nil && !db.NoRows(err) {
			return fmt.Errorf("member: %w", err)
		}
		if err == nil && !by.Role.Governs(before.role) {
			return errGoverns(before.role)
		}
		row := memberRow{user: user, role: role, createdAt: now, invitedHash: HashToken(invitation.Token), invitedUntil: &invitation.ExpiresAt}
		if err := upsertInvited(ctx, tx, org, row); err != nil {
			if db.NoRows(err) {
				return errs.New(errs.Conflict, "this person is a member already")
			}
			return fmt.Errorf("add member: %w", err)
		}
		stored, err := selectMember(ctx, tx, org, user, false)
		if err != nil {
			return err
		}
		if member, err = s.member(stored); err != nil {
			return err
		}
		return s.tell(ctx, tx, org, by.Actor, "member.added", Target("user", user), map[string]any{"role": role})
	})
	return member, invitation, err
}

// personByEmail finds or makes the person of a normal address.
func (s *Service) personByEmail(ctx context.Context, tx db.Tx, email string, now time.Time) (id.ID, error) {
	blind := s.people.blindEmail(email)
	user, err := selectUserID(ctx, tx, blind)
	if err != nil {
		return id.Nil, fmt.Errorf("find user: %w", err)
	}
	if user != nil {
		return *user, nil
	}
	fresh := User{ID: id.New(), Email: email, CreatedAt: now}
	if err := s.insertPerson(ctx, tx, fresh); err != nil {
		if db.Violates(err, "users_email_blind_key") {
			return id.Nil, errs.New(errs.Conflict, "this person is being added right now: try again")
		}
		return id.Nil, fmt.Errorf("create user: %w", err)
	}
	return fresh.ID, nil
}

// ErrKnownEmail says that an address belongs to somebody already.
var ErrKnownEmail = errs.New(errs.Conflict, "this e-mail address is in use")

// Provision adds somebody new as an active member in tx, because an identity
// provider of the organisation vouches for the address. A known address is
// ErrKnownEmail: an address alone never leads to somebody who is there already.
func (s *Service) Provision(ctx context.Context, tx db.Tx, org id.ID, email, name string, role Role) (id.ID, error) {
	normal, err := s.normalEmail(email)
	if err != nil {
		return id.Nil, errs.InvalidField("email", "must be an e-mail address")
	}
	known, err := selectUserID(ctx, tx, s.people.blindEmail(normal))
	if err != nil {
		return id.Nil, fmt.Errorf("find user: %w", err)
	}
	if known != nil {
		return id.Nil, ErrKnownEmail
	}
	clean, err := CleanName("name", name)
	if err != nil {
		clean, _, _ = strings.Cut(normal, "@")
	}
	now := s.clock.Now().Truncate(time.Microsecond)
	user := User{ID: id.New(), Name: clean, Email: normal, CreatedAt: now}
	if err := s.insertPerson(ctx, tx, user); err != nil {
		if db.Violates(err, "users_email_blind_key") {
			return id.Nil, ErrKnownEmail
		}
		return id.Nil, fmt.Errorf("create user: %w", err)
	}
	if err := insertMember(ctx, tx, org, memberRow{user: user.ID, role: role, createdAt: now, acceptedAt: &now}); err != nil {
		return id.Nil, fmt.Errorf("create member: %w", err)
	}
	return user.ID, s.tell(ctx, tx, org, SystemActor("sso"), "member.added", Target("user", user.ID), map[string]any{"role": role})
}

// ErrInvitation says that an invitation is unknown, used or too old.
var ErrInvitation = errs.New(errs.Unauthenticated, "this invitation is not valid any more")

// Accept makes an invited member active in tx. The name is taken for a person
// without one.
func (s *Service) Accept(ctx context.Context, tx db.Tx, org, user id.ID, token, name string) error {
	row, err := selectMember(ctx, tx, org, user, true)
	if err != nil {
		return notFound(err, "member")
	}
	now := s.clock.Now().Truncate(time.Microsecond)
	if row.acceptedAt != nil || row.invitedUntil == nil || row.invitedUntil.Before(now) {
		return ErrInvitation
	}
	if row.name == "" {
		clean, err := CleanName("body.name", name)
		if err != nil {
			return err
		}
		if err := updateUserName(ctx, tx, user, clean, now); err != nil {
			return fmt.Errorf("name user: %w", err)
		}
	}
	accepted, err := acceptMember(ctx, tx, org, user, HashToken(token), now)
	if err != nil {
		return fmt.Errorf("accept invitation: %w", err)
	}
	if !accepted {
		return ErrInvitation
	}
	return s.tell(ctx, tx, org, UserActor(user), "member.accepted", Target("user", user), nil)
}

// SetRole changes what a member may do and ends the member's sessions. want is
// the version the caller has seen, nil does not ask.
func (s *Service) SetRole(ctx context.Context, org id.ID, by By, user id.ID, role Role, want *int) (Member, error) {
	if err := role.Validate("body.role"); err != nil {
		return Member{}, err
	}
	var member Member
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		row, err := s.lockMember(ctx, tx, org, user, role != Admin)
		if err != nil {
			return err
		}
		if want != nil && *want != row.version {
			return errs.New(errs.PreconditionFailed, "the member has changed: version %d", row.version)
		}
		before := row.role
		for _, r := range []Role{before, role} {
			if !by.Role.Governs(r) {
				return errGoverns(r)
			}
		}
		if before != role {
			row.role = role
			row.version++
			if err := updateRole(ctx, tx, org, user, role); err != nil {
				return fmt.Errorf("set role: %w", err)
			}
			data := map[string]any{"from": before, "to": role}
			if err := s.tell(ctx, tx, org, by.Actor, "member.changed", Target("user", user), data); err != nil {
				return err
			}
		}
		member, err = s.member(row)
		return err
	})
	return member, err
}

// EndSessions ends every session of a member in this organisation, and no more:
// the person signs in again.
func (s *Service) EndSessions(ctx context.Context, org id.ID, by By, user id.ID) error {
	return s.db.InTenant(ctx, org, func(tx db.Tx) error {
		row, err := s.lockMember(ctx, tx, org, user, false)
		if err != nil {
			return err
		}
		if !by.Role.Governs(row.role) {
			return errGoverns(row.role)
		}
		if err := raiseVersion(ctx, tx, org, user); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return s.tell(ctx, tx, org, by.Actor, "member.sessions_ended", Target("user", user), nil)
	})
}

// RemoveMember ends a membership and its sessions. The person stays a member
// elsewhere.
func (s *Service) RemoveMember(ctx context.Context, org id.ID, by By, user id.ID) error {
	return s.db.InTenant(ctx, org, func(tx db.Tx) error {
		row, err := s.lockMember(ctx, tx, org, user, true)
		if err != nil {
			return err
		}
		if !by.Role.Governs(row.role) {
			return errGoverns(row.role)
		}
		if err := deleteMember(ctx, tx, org, user); err != nil {
			return fmt.Errorf("remove member: %w", err)
		}
		return s.tell(ctx, tx, org, by.Actor, "member.removed", Target("user", user), nil)
	})
}

// lockMember locks the organisation's admins and the member. When the member
// is about to lose the role of admin, another admin must remain.
func (s *Service) lockMember(ctx context.Context, tx db.Tx, org, user id.ID, loses bool) (memberRow, error) {
	admins, err := lockAdmins(ctx, tx, org)
	if err != nil {
		return memberRow{}, fmt.Errorf("lock admins: %w", err)
	}
	row, err := selectMember(ctx, tx, org, user, true)
	if err != nil {
		return memberRow{}, notFound(err, "member")
	}
	if loses && len(admins) == 1 && admins[0] == user {
		return memberRow{}, errs.New(errs.Conflict, "an organisation needs an admin: make somebody else admin first")
	}
	return row, nil
}

// Signed notes the time of a sign-in in tx and returns the version of the
// membership, to which the new session is bound.
func (s *Service) Signed(ctx context.Context, tx db.Tx, org, user id.ID, at time.Time) (Role, int, error) {
	role, version, err := touchMember(ctx, tx, org, user, at)
	if db.NoRows(err) {
		return "", 0, errs.Wrap(errs.Unauthenticated, errors.New("no accepted membership"), "not signed in")
	}
	return role, version, err
}
