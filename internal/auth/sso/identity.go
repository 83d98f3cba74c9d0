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
)

// Identity is one way in of a person, as they see it.
type Identity struct {
	ID           id.ID      `json:"id"`
	ConnectionID *id.ID     `json:"connection_id" doc:"Null: the installation's own provider."`
	Provider     string     `json:"provider" doc:"Name of the provider."`
	Kind         Kind       `json:"kind" enum:"oidc,saml"`
	CreatedAt    time.Time  `json:"created_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
}

// errPerson answers API keys, which are nobody.
func errPerson() error {
	return errs.New(errs.Forbidden, "an API key has no identities: sign in as a person")
}

// Identities lists those of who is asking, the newest first.
func (s *Service) Identities(ctx context.Context, i auth.Identity) ([]Identity, error) {
	if i.User == id.Nil {
		return nil, errPerson()
	}
	var list []Identity
	err := s.DB.InTenant(ctx, i.Org, func(tx db.Tx) error {
		var err error
		list, err = selectIdentities(ctx, tx, i.Org, i.User)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	for n := range list {
		if list[n].ConnectionID == nil && len(s.Installed) > 0 {
			list[n].Provider = s.Installed[0].Name
		}
	}
	return list, nil
}

// StartLink begins to link an identity of a provider to who is asking. The
// provider must be the installation's or their own organisation's, and they must
// have proven who they are a moment ago.
func (s *Service) StartLink(ctx context.Context, i auth.Identity, ref, next string) (Redirect, error) {
	if i.User == id.Nil || i.Session == id.Nil {
		return Redirect{}, errPerson()
	}
	p, err := s.find(ctx, OIDC, ref)
	if err != nil {
		p, err = s.find(ctx, SAML, ref)
	}
	if err != nil || !p.installed && p.org != i.Org {
		return Redirect{}, errs.New(errs.NotFound, "provider not found")
	}
	if err := s.Auth.Fresh(ctx, i); err != nil {
		return Redirect{}, err
	}
	begin := Begin{Next: next, Link: &i}
	if p.conn.Kind == SAML {
		return s.StartSAML(ctx, ref, begin)
	}
	return s.StartOIDC(ctx, ref, begin)
}

// link gives an identity to who began, who must still be signed in in the same
// session of the same browser.
func (s *Service) link(ctx context.Context, p party, l login, session *auth.Identity, who subject) (Outcome, error) {
	if session == nil || session.Session != l.LinkSession || session.User != l.LinkUser || session.Org != l.LinkOrg {
		return Outcome{}, &Refused{Code: CodeExpired, Reason: "other_session"}
	}
	if !p.installed && p.org != l.LinkOrg {
		return Outcome{}, &Refused{Code: CodeUnknown, Reason: "other_organization"}
	}
	key := s.key(p, who)
	err := s.DB.InTenant(ctx, l.LinkOrg, func(tx db.Tx) error {
		now := s.Clock.Now()
		row := identityRow{org: l.LinkOrg, id: id.New(), user: l.LinkUser}
		if err := insertIdentity(ctx, tx, row, p.connection(), key, now); err != nil {
			return err
		}
		return org.Audit(ctx, tx, l.LinkOrg, now, org.UserActor(l.LinkUser), "identity.linked", org.Target("identity", row.id),
			map[string]any{"kind": p.conn.Kind, "provider": p.conn.Slug})
	})
	if err != nil {
		return Outcome{}, notLetIn(err)
	}
	s.total.WithLabelValues(string(p.conn.Kind), "linked").Inc()
	return Outcome{Linked: true, Next: l.Next}, nil
}

// Unlink takes an identity from who is asking, unless it is their only way in.
// An API key has none.
func (s *Service) Unlink(ctx context.Context, i auth.Identity, identity id.ID) error {
	return s.DB.InTenant(ctx, i.Org, func(tx db.Tx) error {
		if err := deleteIdentity(ctx, tx, i.Org, i.User, identity); err != nil {
			if db.NoRows(err) {
				return errs.New(errs.NotFound, "identity not found")
			}
			return fmt.Errorf("unlink identity: %w", err)
		}
		ok, err := otherWays(ctx, tx, i.Org, i.User, identity)
		if err != nil {
			return fmt.Errorf("unlink identity: %w", err)
		}
		if !ok {
			return errs.New(errs.Conflict, "this is your only way to sign in: set a password first")
		}
		return org.Audit(ctx, tx, i.Org, s.Clock.Now(), i.Actor(), "identity.unlinked", org.Target("identity", identity), nil)
	})
}
