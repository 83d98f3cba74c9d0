package sso

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/required"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// subject is a person as a provider vouches for them.
type subject struct {
	issuer, id  string
	email, name string
	verified    bool // the provider vouches for email
	strong      bool // it asked for a second factor
}

// key is how a person is found again: a keyed hash of who vouches and for whom.
// The same subject of another issuer, or of another organisation's connection,
// is somebody else.
func (s *Service) key(p party, who subject) []byte {
	mac := hmac.New(sha256.New, s.subject)
	for _, part := range []string{string(p.conn.Kind), p.conn.ID.String(), who.issuer, who.id} {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return mac.Sum(nil)
}

// How somebody was let in, for the record.
const (
	howKnown       = "known"
	howInvited     = "invited"
	howProvisioned = "provisioned"
)

// arrive lets in whom a provider vouches for, or links them.
func (s *Service) arrive(ctx context.Context, p party, l login, session *auth.Identity, who subject) (Outcome, error) {
	if err := s.domainAllowed(p, who); err != nil {
		return Outcome{}, err
	}
	if l.linking() {
		return s.link(ctx, p, l, session, who)
	}
	key := s.key(p, who)
	enter := s.known
	if l.Invitation != "" {
		enter = s.invited
	}
	out := Outcome{Next: l.Next}
	row, how, err := enter(ctx, p, l, key, who)
	if err != nil {
		return Outcome{}, err
	}
	err = s.DB.InTenant(ctx, row.org, func(tx db.Tx) error {
		if asks, err := required.By(ctx, tx, row.org); err != nil {
			return err
		} else if asks && !who.strong {
			return &Refused{Code: CodeFactor, Reason: "no_second_factor"}
		}
		now := s.Clock.Now()
		switch how {
		case howInvited:
			if err := s.Org.Accept(ctx, tx, row.org, row.user, l.Invitation, nameOf(who)); err != nil {
				return err
			}
		case howProvisioned:
			if row.user, err = s.Org.Provision(ctx, tx, row.org, who.email, nameOf(who), *p.conn.DefaultRole); err != nil {
				return err
			}
		}
		if how != howKnown {
			row.id = id.New()
			if err := insertIdentity(ctx, tx, row, p.connection(), key, now); err != nil {
				return err
			}
		}
		if err := touchIdentity(ctx, tx, row, now); err != nil {
			return err
		}
		if out.SignedIn, err = s.Auth.OpenExternal(ctx, tx, row.org, row.user, p.conn.ID, who.strong); err != nil {
			return err
		}
		return org.Audit(ctx, tx, row.org, s.Clock.Now(), org.UserActor(row.user), "sso.signed_in", org.Target("session", out.SignedIn.Session),
			map[string]any{"kind": p.conn.Kind, "provider": p.conn.Slug, "how": how})
	})
	if err != nil {
		return Outcome{}, notLetIn(err)
	}
	s.total.WithLabelValues(string(p.conn.Kind), "signed_in").Inc()
	return out, nil
}

// connection is the row that an identity belongs to, nil for the installation's
// own provider.
func (p party) connection() *id.ID {
	if p.installed {
		return nil
	}
	return &p.conn.ID
}

// notLetIn sorts what the rules of members refuse.
func notLetIn(err error) error {
	switch {
	case errors.Is(err, org.ErrKnownEmail):
		return &Refused{Code: CodeKnownEmail, Reason: "known_email"}
	case errors.Is(err, org.ErrInvitation):
		return &Refused{Code: CodeInvitation, Reason: "invitation"}
	case db.Violates(err, "identities_org_id_subject_key_key"):
		return &Refused{Code: CodeLinked, Reason: "already_linked"}
	case errs.Is(err, errs.Unauthenticated):
		return &Refused{Code: CodeNotLinked, Reason: "no_member"}
	}
	return err
}

// known finds the person, or says whether they may be added.
func (s *Service) known(ctx context.Context, p party, _ login, key []byte, who subject) (identityRow, string, error) {
	var row identityRow
	var err error
	if p.installed {
		err = s.DB.InSystem(ctx, func(tx db.Tx) error {
			var err error
			row, err = selectIdentityAnywhere(ctx, tx, key)
			return err
		})
	} else {
		err = s.DB.InTenant(ctx, p.org, func(tx db.Tx) error {
			var err error
			row, err = selectIdentity(ctx, tx, p.org, key)
			return err
		})
	}
	switch {
	case err == nil:
		return row, howKnown, nil
	case !db.NoRows(err):
		return identityRow{}, "", fmt.Errorf("find identity: %w", err)
	case p.installed || p.conn.DefaultRole == nil || len(p.conn.AllowedDomains) == 0:
		return identityRow{}, "", &Refused{Code: CodeNotLinked, Reason: "not_linked"}
	case who.email == "":
		return identityRow{}, "", &Refused{Code: CodeDomain, Reason: "no_email"}
	}
	return identityRow{org: p.org}, howProvisioned, nil
}

// invited finds the invitation. It is the proof, so the address may differ; it
// must be of the provider's organisation and of somebody new, for else whoever
// invites could become somebody who signs in elsewhere.
func (s *Service) invited(ctx context.Context, p party, l login, _ []byte, _ subject) (identityRow, string, error) {
	var row invitedRow
	err := s.DB.InSystem(ctx, func(tx db.Tx) error {
		var err error
		row, err = selectInvited(ctx, tx, org.HashToken(l.Invitation))
		return err
	})
	if err != nil && !db.NoRows(err) {
		return identityRow{}, "", fmt.Errorf("invitation: %w", err)
	}
	if err != nil || !p.installed && row.org != p.org {
		return identityRow{}, "", &Refused{Code: CodeInvitation, Reason: "invitation"}
	}
	if row.settled {
		return identityRow{}, "", &Refused{Code: CodeInvitation, Reason: "invitation_settled"}
	}
	return identityRow{org: row.org, user: row.user}, howInvited, nil
}

// domainAllowed: where domains are named, only an address that the provider
// vouches for and that is of one of them may come.
func (s *Service) domainAllowed(p party, who subject) error {
	if len(p.conn.AllowedDomains) == 0 {
		return nil
	}
	email, err := s.NormalEmail(who.email)
	if err != nil || !who.verified {
		return &Refused{Code: CodeDomain, Reason: "email_not_verified"}
	}
	domain := email[strings.LastIndexByte(email, '@')+1:]
	if !slices.Contains(p.conn.AllowedDomains, domain) {
		return &Refused{Code: CodeDomain, Reason: "domain"}
	}
	return nil
}

// nameOf is the person's name if it can be one.
func nameOf(who subject) string {
	if name, err := org.CleanName("name", who.name); err == nil {
		return name
	}
	local, _, _ := strings.Cut(who.email, "@")
	if name, err := org.CleanName("name", local); err == nil {
		return name
	}
	return "New member"
}
