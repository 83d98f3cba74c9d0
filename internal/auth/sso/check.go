package sso

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

const (
	maxDomains = 50
	maxURL     = 500
	maxText    = 500 // client ids and secrets
)

var (
	slugForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,38}[a-z0-9]$`)
	domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
)

// newSlug is a name that nobody chose.
func newSlug() string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	return "sso-" + strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
}

// publicMail are domains under which anybody gets an address: adding everybody
// who has one adds the world.
func publicMail() []string {
	return []string{
		"aol.com", "gmail.com", "gmx.com", "gmx.de", "googlemail.com", "hotmail.com", "icloud.com", "live.com", "mail.com", "mail.ru", "me.com",
		"msn.com", "outlook.com", "proton.me", "protonmail.com", "qq.com", "163.com", "yahoo.com", "yandex.ru", "zoho.com",
	}
}

// prepare applies a change to c and judges the whole; it names what changed.
func (s *Service) prepare(ctx context.Context, by auth.Identity, c *Connection, before Connection, change Change) ([]string, error) {
	switch {
	case c.Kind == SAML:
		if err := s.describeFrom(ctx, &change); err != nil {
			return nil, err
		}
	case change.MetadataURL != nil:
		return nil, errs.InvalidField("body.metadata_url", "is for SAML")
	case change.MetadataXML != nil:
		return nil, errs.InvalidField("body.metadata_xml", "is for SAML")
	}
	if change.SSOURL != nil {
		if _, err := s.checkURL("body.sso_url", *change.SSOURL); err != nil {
			return nil, err
		}
	}
	fields, err := c.apply(change, by.User)
	if err != nil {
		return nil, err
	}
	for _, p := range s.Installed {
		if p.Slug == c.Slug {
			return nil, &errs.Error{Kind: errs.Conflict, Message: "this slug is taken", Fields: []errs.Field{{Location: "body.slug", Message: "is taken"}}}
		}
	}
	if change.ClientSecret != nil {
		if c.secretSealed, err = s.sealSecret(ctx, by.Org, c.ID, *change.ClientSecret); err != nil {
			return nil, err
		}
	}
	if c.DefaultRole != nil && len(c.AllowedDomains) == 0 {
		return nil, errs.InvalidField("body.allowed_domains", "must name the domains of people who are added")
	}
	if c.Enforce && !c.Enabled {
		return nil, errs.InvalidField("body.enforce", "needs the connection to be enabled")
	}
	if c.Kind == OIDC {
		return fields, s.checkOIDC(ctx, c, before)
	}
	return fields, s.checkSAML(c)
}

func (s *Service) sealSecret(ctx context.Context, tenant, connection id.ID, value secret.String) ([]byte, error) {
	if len(value) > maxText {
		return nil, errs.InvalidField("body.client_secret", "must have at most %d bytes", maxText)
	}
	keys, err := s.Org.Keys(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return keys.Seal("sso_connections", "client_secret", connection, value.Reveal())
}

// apply changes c in memory and names the changed fields.
func (c *Connection) apply(u Change, admin id.ID) ([]string, error) {
	var fields []string
	changed := func(name string) { fields = append(fields, name) }
	if u.Name != nil {
		name, err := org.CleanName("body.name", *u.Name)
		if err != nil {
			return nil, err
		}
		c.Name = name
		changed("name")
	}
	if u.Slug != nil {
		if !slugForm.MatchString(*u.Slug) {
			return nil, errs.InvalidField("body.slug", "must be 3 to 40 small letters, digits and hyphens, and begin with a letter")
		}
		c.Slug = *u.Slug
		changed("slug")
	}
	for _, f := range []struct {
		name  string
		value *string
		to    *string
	}{{"issuer", u.Issuer, &c.Issuer}, {"client_id", u.ClientID, &c.ClientID}, {"sso_url", u.SSOURL, &c.SSOURL}} {
		if f.value == nil {
			continue
		}
		text := *f.value
		if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, errs.InvalidField("body."+f.name, "must have at most %d characters, none of control", maxText)
		}
		if text == "" && f.name == "issuer" {
			return nil, errs.InvalidField("body.issuer", "must be an https URL")
		}
		*f.to = text
		changed(f.name)
	}
	if u.ClientSecret != nil {
		changed("client_secret")
	}
	if u.Certificates != nil {
		c.certificates = *u.Certificates
		changed("certificates")
	}
	if u.IDPInitiated != nil {
		c.IDPInitiated = *u.IDPInitiated
		changed("idp_initiated")
	}
	if u.Enabled != nil {
		c.Enabled = *u.Enabled
		changed("enabled")
	}
	if err := c.applyPeople(u, admin, changed); err != nil {
		return nil, err
	}
	return fields, nil
}

// applyPeople changes who may come and as what.
func (c *Connection) applyPeople(u Change, admin id.ID, changed func(string)) error {
	if u.DefaultRole != nil {
		role := *u.DefaultRole
		switch {
		case role == "":
			c.DefaultRole = nil
		case role == org.Admin:
			return errs.InvalidField("body.default_role", "must not be admin: nobody becomes that by signing in")
		default:
			if err := role.Validate("body.default_role"); err != nil {
				return err
			}
			c.DefaultRole = &role
		}
		changed("default_role")
	}
	if u.AllowedDomains != nil {
		domains, err := cleanDomains(*u.AllowedDomains)
		if err != nil {
			return err
		}
		c.AllowedDomains = domains
		changed("allowed_domains")
	}
	if u.Enforce != nil {
		c.Enforce = *u.Enforce
		changed("enforce")
	}
	if u.BreakGlass != nil || c.Enforce && c.BreakGlassUserID == nil {
		who := admin
		if u.BreakGlass != nil && *u.BreakGlass != id.Nil {
			who = *u.BreakGlass
		}
		if who == id.Nil {
			return errs.InvalidField("body.break_glass_user_id", "must name an admin who may still use a password")
		}
		c.BreakGlassUserID = &who
		changed("break_glass_user_id")
	}
	return nil
}

func cleanDomains(list []string) ([]string, error) {
	if len(list) > maxDomains {
		return nil, errs.InvalidField("body.allowed_domains", "must have at most %d items", maxDomains)
	}
	domains := []string{}
	for i, d := range list {
		d = strings.ToLower(strings.TrimSpace(d))
		location := "body.allowed_domains[" + strconv.Itoa(i) + "]"
		if len(d) > 253 || !domainForm.MatchString(d) {
			return nil, errs.InvalidField(location, "must be a domain such as example.com")
		}
		if slices.Contains(publicMail(), d) {
			return nil, errs.InvalidField(location, "anybody can get an address of this domain")
		}
		domains = append(domains, d)
	}
	slices.Sort(domains)
	return slices.Compact(domains), nil
}

// checkOIDC judges the provider's data, and asks the provider when the
// connection is on.
func (s *Service) checkOIDC(ctx context.Context, c *Connection, before Connection) error {
	if c.Issuer != before.Issuer && c.Issuer != "" {
		u, err := s.Egress.CheckURL("body.issuer", c.Issuer)
		if err != nil {
			return err
		}
		// OpenID Connect Discovery 3: https, no query, no fragment.
		if len(c.Issuer) > maxURL || strings.ContainsAny(c.Issuer, "?# ") || u.Scheme != "https" && !s.Egress.Loopback() {
			return errs.InvalidField("body.issuer", "must be an https URL without query and fragment")
		}
	}
	if !c.Enabled {
		return nil
	}
	switch {
	case c.Issuer == "":
		return errs.InvalidField("body.issuer", "is needed before the connection is enabled")
	case c.ClientID == "":
		return errs.InvalidField("body.client_id", "is needed before the connection is enabled")
	case len(c.secretSealed) == 0:
		return errs.InvalidField("body.client_secret", "is needed before the connection is enabled")
	case before.Enabled && before.Issuer == c.Issuer:
		return nil
	}
	if err := s.oidc.Check(ctx, c.Issuer); err != nil {
		reason := "cannot be reached"
		var refusal *oidc.Refusal
		if errors.As(err, &refusal) {
			switch refusal.Reason {
			case "discovery_issuer":
				reason = "the provider calls itself by another issuer: it must be written exactly as there"
			case "discovery_endpoint":
				reason = "must be an https address, and all that the provider names must be"
			case "pkce":
				reason = "the provider does not do PKCE with S256"
			case "discovery":
				reason = "there is no OpenID Connect configuration there"
			}
		}
		return errs.InvalidField("body.issuer", "%s", reason)
	}
	return nil
}

// checkBreakGlass: whoever is named must be an admin who can come in. Somebody
// who was one before and is none now stands in the way of insisting only.
func (s *Service) checkBreakGlass(ctx context.Context, tx db.Tx, tenant id.ID, before, c Connection) error {
	if c.BreakGlassUserID == nil {
		return nil
	}
	same := before.BreakGlassUserID != nil && *before.BreakGlassUserID == *c.BreakGlassUserID
	if same && (!c.Enforce || before.Enforce) {
		return nil
	}
	ok, err := selectPasswordAdmin(ctx, tx, tenant, *c.BreakGlassUserID)
	if err != nil {
		return err
	}
	if !ok {
		return errs.InvalidField("body.break_glass_user_id", "must be an active admin who has a password")
	}
	return nil
}

// Trial says whether a provider can be used as it is set up.
type Trial struct {
	Ready  bool   `json:"ready"`
	Field  string `json:"field" doc:"What is wrong, such as issuer; empty when nothing is."`
	Detail string `json:"detail" doc:"Why, in words."`
}

// Test judges a connection as if it were turned on now, and asks its provider. It
// changes nothing and signs nobody in.
func (s *Service) Test(ctx context.Context, tenant, connection id.ID) (Trial, error) {
	c, err := s.Connection(ctx, tenant, connection)
	if err != nil {
		return Trial{}, err
	}
	c.Enabled = true
	if c.Kind == OIDC {
		err = s.checkOIDC(ctx, &c, Connection{})
	} else {
		err = s.checkSAML(&c)
	}
	var wrong *errs.Error
	switch {
	case err == nil:
		return Trial{Ready: true}, nil
	case errors.As(err, &wrong) && len(wrong.Fields) > 0:
		return Trial{Field: strings.TrimPrefix(wrong.Fields[0].Location, "body."), Detail: wrong.Fields[0].Message}, nil
	}
	return Trial{}, err
}
