// Package sso lets people sign in through identity providers: those that an
// organisation has set up (connections), and the installation's own.
//
// Invariants:
//   - A person is known by connection, issuer and subject, never by an e-mail
//     address alone: an address that somebody has already leads nowhere.
//   - A connection belongs to one organisation and can open sessions of that
//     organisation only. The installation's own provider opens those that a
//     person has linked while signed in, or was invited to.
//   - A sign-in is begun and ended by the same browser, within loginLife, once.
//   - Nobody who holds an invitation or a provider becomes somebody who signs in
//     elsewhere: invitations through a provider are for people who are new here.
//   - A person added by a provider is never an admin.
//   - What fails tells the browser a plain code and the record the reason.
//
// Tables: sso_connections, identities, sso_logins, saml_assertions; of sessions
// the columns by_sso and sso_connection_id. Functions sso_* see several
// tenants, each for the reason given in the migration.
//
// Files: sso.go (types), connection.go (what admins set up), check.go (its
// rules), login.go (a sign-in under way), oidc.go and saml.go (its two ends),
// person.go (who came back), identity.go (links of a person), store*.go (SQL).
package sso

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/oidc"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// loginLife is how long a person may take at the provider.
const loginLife = 10 * time.Minute

// Kind is the protocol of a connection.
type Kind string

// The protocols.
const (
	OIDC Kind = "oidc"
	SAML Kind = "saml"
)

// Connection is an identity provider of an organisation.
type Connection struct {
	ID               id.ID     `json:"id"`
	Slug             string    `json:"slug" doc:"Its name in addresses."`
	Kind             Kind      `json:"kind" enum:"oidc,saml"`
	Name             string    `json:"name"`
	Enabled          bool      `json:"enabled"`
	Issuer           string    `json:"issuer" doc:"OIDC: the issuer. SAML: the entity id of the provider."`
	ClientID         string    `json:"client_id"`
	ClientSecretSet  bool      `json:"client_secret_set"`
	DefaultRole      *org.Role `json:"default_role" doc:"Role of people who come for the first time; null: nobody is added."`
	AllowedDomains   []string  `json:"allowed_domains" doc:"Domains of e-mail addresses that may come; empty: any, but then nobody is added."`
	Enforce          bool      `json:"enforce" doc:"Members sign in here and nowhere else."`
	BreakGlassUserID *id.ID    `json:"break_glass_user_id" doc:"The admin who may still use a password."`
	StartURL         string    `json:"start_url" doc:"Where people begin."`
	RedirectURL      string    `json:"redirect_url" doc:"OIDC: to be entered at the provider."`
	SSOURL           string    `json:"sso_url" doc:"SAML: where the provider takes requests (HTTP-Redirect)."`
	Certificates     []string  `json:"certificates" doc:"SAML: what signs assertions, PEM."`
	IDPInitiated     bool      `json:"idp_initiated" doc:"SAML: answers that nobody asked for are taken."`
	ACSURL           string    `json:"acs_url" doc:"SAML: to be entered at the provider, with metadata_url as entity id."`
	MetadataURL      string    `json:"metadata_url" doc:"SAML: our entity id and metadata."`
	Version          int       `json:"version"`
	CreatedAt        time.Time `json:"created_at"`
	UpdatedAt        time.Time `json:"updated_at"`

	secretSealed []byte
	certificates []string
}

// Installed is a provider of the whole installation, from its configuration.
type Installed struct {
	Slug         string
	Name         string
	Issuer       string
	ClientID     string
	ClientSecret secret.String
}

// Refused says why somebody was not signed in.
type Refused struct {
	Code   string // what the sign-in page is told
	Reason string // what the record is told
	Cause  error  // what the log is told; never holds a token
}

// The codes that the sign-in page knows.
const (
	CodeUnknown     = "sso_unknown"        // no such provider, or it is off
	CodeExpired     = "sso_expired"        // begun too long ago, elsewhere, or ended before
	CodeFailed      = "sso_failed"         // the answer was not good
	CodeDenied      = "sso_denied"         // the provider said no
	CodeUnavailable = "sso_unavailable"    // the provider cannot be reached or understood
	CodeNotLinked   = "sso_not_linked"     // nobody here is that person
	CodeKnownEmail  = "sso_account_exists" // the address is somebody's who has not linked it
	CodeDomain      = "sso_domain"         // the address is not of an allowed domain, or not verified
	CodeInvitation  = "sso_invitation"     // the invitation is not good, or needs a password
	CodeLinked      = "sso_already_linked" // the identity is somebody's
	CodeFactor      = "sso_mfa"            // the organisation asks for a second factor, and the provider did not say so
)

// Error is for the log.
func (r *Refused) Error() string {
	if r.Cause == nil {
		return r.Code + " (" + r.Reason + ")"
	}
	return fmt.Sprintf("%s (%s): %v", r.Code, r.Reason, r.Cause)
}

// Unwrap returns the cause.
func (r *Refused) Unwrap() error { return r.Cause }

// Deps are what a Service needs.
type Deps struct {
	DB      *db.DB
	Auth    *auth.Service
	Org     *org.Service
	Vault   *secret.Vault
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer // nil: none
	Egress  *egress.Guard
	// PublicURL is where people reach the program, without a final slash.
	PublicURL string
	// NormalEmail gives the form of an address under which a person is known.
	NormalEmail func(string) (string, error)
	Installed   []Installed
}

// Service signs people in through identity providers.
type Service struct {
	Deps
	oidc    *oidc.Client
	seal    tink.AEAD // of sign-ins under way
	subject []byte    // key of subject_key
	total   *prometheus.CounterVec
}

// New returns a Service.
func New(d Deps) (*Service, error) {
	d.PublicURL = strings.TrimSuffix(d.PublicURL, "/")
	s := &Service{Deps: d, oidc: oidc.New(d.Egress, d.Clock)}
	key, err := d.Vault.Derive("sso-logins-seal", 32)
	if err != nil {
		return nil, err
	}
	if s.seal, err = subtle.NewAESGCM(key); err != nil {
		return nil, fmt.Errorf("sso: %w", err)
	}
	if s.subject, err = d.Vault.Derive("sso-subject", 32); err != nil {
		return nil, err
	}
	s.total = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rainmaker_auth_sso_total", Help: "Ends of sign-ins through identity providers, by protocol and outcome.",
	}, []string{"kind", "outcome"})
	if d.Metrics != nil {
		if err := d.Metrics.Register(s.total); err != nil {
			return nil, fmt.Errorf("sso metrics: %w", err)
		}
	}
	return s, nil
}

// Choice is a provider that the sign-in page offers to everybody.
type Choice struct {
	Slug     string `json:"slug"`
	Name     string `json:"name"`
	Kind     Kind   `json:"kind" enum:"oidc,saml"`
	StartURL string `json:"start_url"`
}

// Choices lists the installation's own providers. Those of organisations are
// nobody's business who does not know their name.
func (s *Service) Choices() []Choice {
	list := []Choice{}
	for _, p := range s.Installed {
		list = append(list, Choice{Slug: p.Slug, Name: p.Name, Kind: OIDC, StartURL: s.address(OIDC, p.Slug, "start")})
	}
	return list
}

// address of one end of a connection.
func (s *Service) address(kind Kind, ref, end string) string {
	return s.PublicURL + "/api/v1/auth/" + string(kind) + "/" + ref + "/" + end
}
