package sso

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/auth"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// Change is what an admin sets; nil leaves a field as it is.
type Change struct {
	Name           *string
	Slug           *string
	Enabled        *bool
	Issuer         *string
	ClientID       *string
	ClientSecret   *secret.String
	MetadataXML    *string // SAML: fills in issuer, address and certificates
	MetadataURL    *string // SAML: the same, read now
	SSOURL         *string
	Certificates   *[]string // PEM
	IDPInitiated   *bool
	DefaultRole    *org.Role // empty: nobody is added
	AllowedDomains *[]string
	Enforce        *bool
	BreakGlass     *id.ID // zero: the admin who makes the change
	Version        *int   // the version that the caller has seen; nil does not ask
}

// Connections lists those of an organisation.
func (s *Service) Connections(ctx context.Context, tenant id.ID) ([]Connection, error) {
	var list []Connection
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		var err error
		list, err = selectConnections(ctx, tx, tenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("connections: %w", err)
	}
	for i := range list {
		s.describe(tenant, &list[i])
	}
	return list, nil
}

// Connection returns one.
func (s *Service) Connection(ctx context.Context, tenant, connection id.ID) (Connection, error) {
	var c Connection
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		var err error
		c, err = selectConnection(ctx, tx, tenant, connection, false)
		return notFound(err)
	})
	if err != nil {
		return Connection{}, err
	}
	s.describe(tenant, &c)
	return c, nil
}

func notFound(err error) error {
	if db.NoRows(err) {
		return errs.New(errs.NotFound, "connection not found")
	}
	return err
}

// describe fills in the addresses that people and providers need.
func (s *Service) describe(tenant id.ID, c *Connection) {
	c.StartURL = s.address(c.Kind, c.Slug, "start")
	c.Certificates = append([]string{}, c.certificates...)
	if c.Kind == SAML {
		c.ACSURL, c.MetadataURL = s.address(SAML, tenant.String(), "acs"), s.address(SAML, tenant.String(), "metadata")
	}
	c.ClientSecretSet = len(c.secretSealed) > 0
	if c.Kind == OIDC {
		c.RedirectURL = s.address(OIDC, c.ID.String(), "callback")
	}
}

// Create adds a connection.
func (s *Service) Create(ctx context.Context, by auth.Identity, kind Kind, change Change) (Connection, error) {
	now := s.Clock.Now().Truncate(time.Microsecond)
	c := Connection{ID: id.New(), Kind: kind, AllowedDomains: []string{}, Version: 1, CreatedAt: now, UpdatedAt: now}
	if change.Slug == nil {
		c.Slug = newSlug()
	}
	if change.Name == nil {
		return Connection{}, errs.InvalidField("body.name", "is needed")
	}
	if _, err := s.prepare(ctx, by, &c, Connection{}, change); err != nil {
		return Connection{}, err
	}
	err := s.DB.InTenant(ctx, by.Org, func(tx db.Tx) error {
		if err := s.checkBreakGlass(ctx, tx, by.Org, Connection{}, c); err != nil {
			return err
		}
		if err := insertConnection(ctx, tx, by.Org, c); err != nil {
			return known(err)
		}
		if err := s.settle(ctx, tx, by, Connection{}, c); err != nil {
			return err
		}
		return org.Audit(ctx, tx, by.Org, now, by.Actor(), "sso_connection.created", org.Target("sso_connection", c.ID), map[string]any{"kind": kind, "enabled": c.Enabled})
	})
	if err != nil {
		return Connection{}, err
	}
	s.Auth.MembersChanged()
	s.describe(by.Org, &c)
	return c, nil
}

// Update changes a connection. Turning it off ends the sessions it opened;
// insisting on it ends those that were opened in another way.
func (s *Service) Update(ctx context.Context, by auth.Identity, connection id.ID, change Change) (Connection, error) {
	before, err := s.Connection(ctx, by.Org, connection)
	if err != nil {
		return Connection{}, err
	}
	if change.Version != nil && *change.Version != before.Version {
		return Connection{}, errs.New(errs.PreconditionFailed, "the connection has changed: version %d", before.Version)
	}
	c := before
	// The provider is asked outside of the transaction.
	fields, err := s.prepare(ctx, by, &c, before, change)
	if err != nil {
		return Connection{}, err
	}
	if len(fields) == 0 {
		return before, nil
	}
	c.Version, c.UpdatedAt = before.Version+1, s.Clock.Now().Truncate(time.Microsecond)
	err = s.DB.InTenant(ctx, by.Org, func(tx db.Tx) error {
		now, err := selectConnection(ctx, tx, by.Org, connection, true)
		if err != nil {
			return notFound(err)
		}
		if now.Version != before.Version {
			return errs.New(errs.Conflict, "the connection was changed at the same moment: try again")
		}
		if err := s.checkBreakGlass(ctx, tx, by.Org, before, c); err != nil {
			return err
		}
		if err := updateConnection(ctx, tx, by.Org, c); err != nil {
			return known(err)
		}
		if err := s.settle(ctx, tx, by, before, c); err != nil {
			return err
		}
		return org.Audit(ctx, tx, by.Org, c.UpdatedAt, by.Actor(), "sso_connection.updated", org.Target("sso_connection", c.ID), map[string]any{"fields": fields})
	})
	if err != nil {
		return Connection{}, err
	}
	s.Auth.MembersChanged()
	s.describe(by.Org, &c)
	return c, nil
}

// Delete removes a connection with its identities and ends its sessions.
func (s *Service) Delete(ctx context.Context, by auth.Identity, connection id.ID) error {
	err := s.DB.InTenant(ctx, by.Org, func(tx db.Tx) error {
		if err := deleteConnection(ctx, tx, by.Org, connection); err != nil {
			return notFound(err)
		}
		now := s.Clock.Now()
		if err := endSessionsOf(ctx, tx, by.Org, connection, now); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return org.Audit(ctx, tx, by.Org, now, by.Actor(), "sso_connection.deleted", org.Target("sso_connection", connection), nil)
	})
	if err != nil {
		return err
	}
	s.Auth.MembersChanged()
	return nil
}

// settle ends what a change has made wrong: sessions of a connection that was
// turned off or leads to another provider now, and passwords' sessions where
// the provider is insisted on.
func (s *Service) settle(ctx context.Context, tx db.Tx, by auth.Identity, before, after Connection) error {
	now := s.Clock.Now()
	if before.Enabled && (!after.Enabled || before.Issuer != after.Issuer) {
		if err := endSessionsOf(ctx, tx, by.Org, after.ID, now); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
	}
	if after.Enabled && after.Enforce && !(before.Enabled && before.Enforce) {
		if err := endOtherSessions(ctx, tx, by.Org, after.BreakGlassUserID, by.Session, now); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
	}
	return nil
}

// known turns what the database refuses into what the admin can mend.
func known(err error) error {
	switch {
	case db.Violates(err, "sso_connections_slug_key"):
		return &errs.Error{Kind: errs.Conflict, Message: "this slug is taken", Fields: []errs.Field{{Location: "body.slug", Message: "is taken"}}}
	case db.Violates(err, "sso_connections_saml"):
		return errs.New(errs.Conflict, "the organisation has a SAML connection already: change that one")
	}
	return fmt.Errorf("store connection: %w", err)
}
