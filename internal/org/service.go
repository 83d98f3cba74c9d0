package org

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/money"
	"rainmaker/internal/platform/secret"
)

// Deps are what a Service needs.
type Deps struct {
	DB    *db.DB
	Vault *secret.Vault
	Clock clock.Clock
	// NormalEmail gives the form of an address under which a person is known
	// (compliance.NormalEmail; joined by app, because compliance stands to the
	// right).
	NormalEmail func(string) (string, error)
}

// Service keeps organisations and their members. It is the secret.Keyring of
// the program.
type Service struct {
	db          *db.DB
	vault       *secret.Vault
	clock       clock.Clock
	people      *people
	normalEmail func(string) (string, error)

	keys keyring
}

// New returns a Service.
func New(d Deps) (*Service, error) {
	people, err := newPeople(d.Vault)
	if err != nil {
		return nil, err
	}
	return &Service{
		db: d.DB, vault: d.Vault, clock: d.Clock, people: people, normalEmail: d.NormalEmail,
		keys: keyring{opened: make(map[id.ID]*openedKeys)},
	}, nil
}

// NewOrganization is a sign-up as org sees it.
type NewOrganization struct {
	ID   id.ID // must be the tenant of the transaction
	Name string
	// Admin is the first member.
	Admin    id.ID
	Email    string
	UserName string
}

// Create adds an organisation with its first admin in tx. A known address is a
// conflict: that person signs in and is invited instead.
func (s *Service) Create(ctx context.Context, tx db.Tx, n NewOrganization) (Organization, User, error) {
	name, err := CleanName("body.organization_name", n.Name)
	if err != nil {
		return Organization{}, User{}, err
	}
	userName, err := CleanName("body.name", n.UserName)
	if err != nil {
		return Organization{}, User{}, err
	}
	email, err := s.normalEmail(n.Email)
	if err != nil {
		return Organization{}, User{}, errs.InvalidField("body.email", "must be an e-mail address")
	}
	wrapped, err := s.vault.NewOrg(n.ID)
	if err != nil {
		return Organization{}, User{}, err
	}
	now := s.clock.Now().Truncate(time.Microsecond)
	organization := Organization{
		ID: n.ID, Name: name, Timezone: DefaultTimezone, Settings: json.RawMessage("{}"),
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := insertOrganization(ctx, tx, organization, wrapped); err != nil {
		return Organization{}, User{}, fmt.Errorf("create organisation: %w", err)
	}
	user := User{ID: n.Admin, Name: userName, Email: email, CreatedAt: now}
	if err := s.insertPerson(ctx, tx, user); err != nil {
		if db.Violates(err, "users_email_blind_key") {
			return Organization{}, User{}, errs.New(errs.Conflict, "this e-mail address is in use: sign in instead")
		}
		return Organization{}, User{}, fmt.Errorf("create user: %w", err)
	}
	if err := insertMember(ctx, tx, n.ID, memberRow{user: user.ID, role: Admin, createdAt: now, acceptedAt: &now}); err != nil {
		return Organization{}, User{}, fmt.Errorf("create member: %w", err)
	}
	if err := Audit(ctx, tx, n.ID, now, UserActor(user.ID), "organization.created", Target("organization", n.ID), nil); err != nil {
		return Organization{}, User{}, err
	}
	return organization, user, nil
}

func (s *Service) insertPerson(ctx context.Context, tx db.Tx, user User) error {
	sealed, err := s.people.sealEmail(user.ID, user.Email)
	if err != nil {
		return err
	}
	return insertUser(ctx, tx, userRow{User: user, emailSealed: sealed, emailBlind: s.people.blindEmail(user.Email)})
}

// Organization returns the tenant itself.
func (s *Service) Organization(ctx context.Context, org id.ID) (Organization, error) {
	var organization Organization
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		var err error
		organization, err = s.OrganizationIn(ctx, tx, org)
		return err
	})
	return organization, err
}

// OrganizationIn is Organization in a running transaction.
func (s *Service) OrganizationIn(ctx context.Context, tx db.Tx, org id.ID) (Organization, error) {
	organization, err := selectOrganization(ctx, tx, org, false)
	if err != nil {
		return Organization{}, notFound(err, "organization")
	}
	return organization, nil
}

// All returns the ids of all organisations, for workers that go through them.
func (s *Service) All(ctx context.Context) ([]id.ID, error) {
	var all []id.ID
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		all, err = selectAll(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("all organisations: %w", err)
	}
	return all, nil
}

// Update changes what is set. Settings are merged key by key.
type Update struct {
	Name             *string
	PostalAddress    *PostalAddress
	Timezone         *string
	RevenueGoal      *money.Money
	ClearRevenueGoal bool
	Settings         json.RawMessage // nil leaves them
	RequireMFA       *bool
	Version          *int // the version the caller has seen; nil does not ask
}

// Update changes the organisation and returns it.
func (s *Service) Update(ctx context.Context, org id.ID, actor Actor, u Update) (Organization, error) {
	var organization Organization
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		var err error
		if organization, err = selectOrganization(ctx, tx, org, true); err != nil {
			return notFound(err, "organization")
		}
		if u.Version != nil && *u.Version != organization.Version {
			return errs.New(errs.PreconditionFailed, "the organisation has changed: version %d", organization.Version)
		}
		fields, err := organization.apply(u)
		if err != nil {
			return err
		}
		if len(fields) == 0 {
			return nil
		}
		organization.Version++
		organization.UpdatedAt = s.clock.Now().Truncate(time.Microsecond)
		if err := updateOrganization(ctx, tx, organization); err != nil {
			return fmt.Errorf("update organisation: %w", err)
		}
		data := map[string]any{"fields": fields}
		if u.RequireMFA != nil {
			data["require_mfa"] = organization.RequireMFA // on or off is what an auditor asks
		}
		return s.tell(ctx, tx, org, actor, "organization.updated", Target("organization", org), data)
	})
	return organization, err
}

// apply changes o in memory and names the changed fields.
func (o *Organization) apply(u Update) ([]string, error) {
	var fields []string
	if u.Name != nil {
		name, err := CleanName("body.name", *u.Name)
		if err != nil {
			return nil, err
		}
		o.Name, fields = name, append(fields, "name")
	}
	if u.PostalAddress != nil {
		address, err := u.PostalAddress.clean("body.postal_address")
		if err != nil {
			return nil, err
		}
		o.PostalAddress, fields = &address, append(fields, "postal_address")
	}
	if u.Timezone != nil {
		if err := checkTimezone("body.timezone", *u.Timezone); err != nil {
			return nil, err
		}
		o.Timezone, fields = *u.Timezone, append(fields, "timezone")
	}
	if u.ClearRevenueGoal {
		o.RevenueGoal, fields = nil, append(fields, "revenue_goal")
	}
	if u.RevenueGoal != nil {
		if err := u.RevenueGoal.Validate("body.revenue_goal"); err != nil {
			return nil, err
		}
		o.RevenueGoal, fields = u.RevenueGoal, append(fields, "revenue_goal")
	}
	if u.Settings != nil {
		settings, err := mergeSettings("body.settings", o.Settings, u.Settings)
		if err != nil {
			return nil, err
		}
		o.Settings, fields = settings, append(fields, "settings")
	}
	if u.RequireMFA != nil && *u.RequireMFA != o.RequireMFA {
		o.RequireMFA, fields = *u.RequireMFA, append(fields, "require_mfa")
	}
	return fields, nil
}

// PauseAll throws the kill switch: from its commit on, no gate lets anything
// out. Twice is once.
func (s *Service) PauseAll(ctx context.Context, org id.ID, actor Actor) (Organization, error) {
	return s.setPaused(ctx, org, actor, true)
}

// ResumeAll takes the kill switch back.
func (s *Service) ResumeAll(ctx context.Context, org id.ID, actor Actor) (Organization, error) {
	return s.setPaused(ctx, org, actor, false)
}

func (s *Service) setPaused(ctx context.Context, org id.ID, actor Actor, paused bool) (Organization, error) {
	var organization Organization
	err := s.db.InTenant(ctx, org, func(tx db.Tx) error {
		var err error
		if organization, err = selectOrganization(ctx, tx, org, true); err != nil {
			return notFound(err, "organization")
		}
		if (organization.PausedAt != nil) == paused {
			return nil
		}
		now := s.clock.Now().Truncate(time.Microsecond)
		organization.PausedAt, organization.UpdatedAt = nil, now
		what := "organization.resumed"
		if paused {
			organization.PausedAt, what = &now, "organization.paused"
		}
		organization.Version++
		if err := updateOrganization(ctx, tx, organization); err != nil {
			return fmt.Errorf("pause organisation: %w", err)
		}
		return s.tell(ctx, tx, org, actor, what, Target("organization", org), nil)
	})
	return organization, err
}

// tell writes the record and the event of one change.
func (s *Service) tell(ctx context.Context, tx db.Tx, org id.ID, actor Actor, what, target string, data map[string]any) error {
	if err := requireActor(actor); err != nil {
		return err
	}
	now := s.clock.Now()
	if err := Audit(ctx, tx, org, now, actor, what, target, data); err != nil {
		return err
	}
	if data == nil {
		data = map[string]any{}
	}
	e, err := event.New(what, target, now, data)
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// notFound turns a missing row into the error that people see.
func notFound(err error, what string) error {
	if db.NoRows(err) {
		return errs.New(errs.NotFound, "%s not found", what)
	}
	return err
}
