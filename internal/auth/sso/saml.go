package sso

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/saml"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// checkSAML judges the provider's data.
func (s *Service) checkSAML(c *Connection) error {
	if _, err := saml.ParseCertificates(c.certificates); err != nil {
		return errs.InvalidField("body.certificates", "%s", err.Error())
	}
	switch {
	case !c.Enabled:
		return nil
	case c.Issuer == "":
		return errs.InvalidField("body.issuer", "is needed before the connection is enabled: the provider's entity id")
	case c.SSOURL == "":
		return errs.InvalidField("body.sso_url", "is needed before the connection is enabled")
	case len(c.certificates) == 0:
		return errs.InvalidField("body.certificates", "is needed before the connection is enabled")
	}
	return nil
}

// describeFrom fills a change with what metadata says, given as text or by its
// address. Fields that are given besides beat it.
func (s *Service) describeFrom(ctx context.Context, change *Change) error {
	var raw []byte
	location := "body.metadata_xml"
	switch {
	case change.MetadataURL != nil:
		location = "body.metadata_url"
		if _, err := s.checkURL(location, *change.MetadataURL); err != nil {
			return err
		}
		var err error
		if raw, err = egress.Fetch(ctx, s.Egress.Client(egress.Limits{}), *change.MetadataURL); err != nil {
			return errs.InvalidField(location, "cannot be read")
		}
	case change.MetadataXML != nil:
		raw = []byte(*change.MetadataXML)
	default:
		return nil
	}
	d, err := saml.ParseMetadata(raw)
	if err != nil {
		return errs.InvalidField(location, "%s", err.Error())
	}
	if change.Issuer == nil {
		change.Issuer = &d.EntityID
	}
	if change.SSOURL == nil {
		change.SSOURL = &d.SSOURL
	}
	if change.Certificates == nil {
		change.Certificates = &d.Certificates
	}
	return nil
}

// checkURL wants https, or this machine in development.
func (s *Service) checkURL(location, address string) (*url.URL, error) {
	u, err := s.Egress.CheckURL(location, address)
	if err == nil && (u.Scheme != "https" && !s.Egress.Loopback() || len(address) > maxURL) {
		err = errs.InvalidField(location, "must be an https URL")
	}
	return u, err
}

// samlParty is the provider as the protocol sees it.
func (s *Service) samlParty(p party) (saml.Provider, error) {
	certs, err := saml.ParseCertificates(p.conn.certificates)
	if err != nil {
		return saml.Provider{}, fmt.Errorf("certificates of connection %s: %w", p.conn.ID, err)
	}
	return saml.Provider{
		EntityID: p.conn.Issuer, SSOURL: p.conn.SSOURL, Certificates: certs,
		Audience: s.address(SAML, p.org.String(), "metadata"), ACS: s.address(SAML, p.org.String(), "acs"),
	}, nil
}

// SAMLMetadata describes our end of an organisation's connection.
func (s *Service) SAMLMetadata(ctx context.Context, ref string) ([]byte, error) {
	p, err := s.find(ctx, SAML, ref)
	if err != nil {
		return nil, err
	}
	provider, err := s.samlParty(p)
	if err != nil {
		return nil, err
	}
	return saml.Metadata(provider, s.Clock.Now())
}

// StartSAML begins a sign-in, or a link, at an organisation's provider.
func (s *Service) StartSAML(ctx context.Context, ref string, begin Begin) (_ Redirect, err error) {
	p, err := s.find(ctx, SAML, ref)
	defer func() { s.ended(ctx, SAML, p, false, err) }()
	if err != nil {
		return Redirect{}, err
	}
	provider, err := s.samlParty(p)
	if err != nil {
		return Redirect{}, err
	}
	relay := org.NewToken()
	address, request, err := saml.NewRequest(provider, relay, s.Clock.Now())
	if err != nil {
		return Redirect{}, err
	}
	out, err := s.keep(ctx, p, login{SAML: request}, relay, begin)
	out.URL = address
	return out, err
}

// FinishSAML ends it. form is what the provider made the browser post.
func (s *Service) FinishSAML(ctx context.Context, ref string, form url.Values, cookie string) (_ Outcome, err error) {
	began := false
	p, err := s.find(ctx, SAML, ref)
	defer func() { s.ended(ctx, SAML, p, began, err) }()
	if err != nil {
		return Outcome{}, err
	}
	provider, err := s.samlParty(p)
	if err != nil {
		return Outcome{}, err
	}
	answer := form.Get("SAMLResponse")
	var l login
	if p.conn.IDPInitiated && saml.Unsolicited(answer) {
		l = login{} // nobody asked; what the assertion says is judged all the same
	} else if l, err = s.take(ctx, p, form.Get("RelayState"), cookie); err != nil {
		return Outcome{}, err
	}
	began = l.SAML != ""
	now := s.Clock.Now()
	person, err := saml.Finish(provider, answer, l.SAML, now)
	if err != nil {
		var r *saml.Refusal
		if errors.As(err, &r) {
			return Outcome{}, &Refused{Code: CodeFailed, Reason: r.Reason, Cause: r.Cause}
		}
		return Outcome{}, err
	}
	var first bool
	err = s.DB.InTenant(ctx, p.org, func(tx db.Tx) error {
		first, err = useAssertion(ctx, tx, p.org, p.conn.ID, org.HashToken(provider.EntityID+"\x00"+person.Assertion), person.Until.Add(loginLife))
		return err
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("note assertion: %w", err)
	}
	if !first {
		return Outcome{}, &Refused{Code: CodeFailed, Reason: "replay"}
	}
	// A form of another site brings no session cookie. The browser's binding
	// cookie says that it is the one that began; the session must live on.
	var session *auth.Identity
	if l.linking() {
		who, err := s.Auth.Holds(ctx, l.LinkOrg, l.LinkSession)
		if err != nil && !errs.Is(err, errs.Unauthenticated) {
			return Outcome{}, err
		}
		if err == nil && who.User != id.Nil {
			session = &who
		}
	}
	return s.arrive(ctx, p, l, session, subject{
		issuer: provider.EntityID, id: person.NameID, email: person.Email, verified: true, name: person.Name, strong: person.Strong,
	})
}
