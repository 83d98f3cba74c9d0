// Package api is the REST door of the program: /api/v1 over HTTP, described by
// OpenAPI 3.1, and nothing else. It holds no rules: a handler reads its input,
// calls one use case of a domain, and shapes the answer.
//
// # How to add a domain
//
// One file a domain, named after it (lead.go), with one method that registers
// its operations, called in New:
//
//	func (a *API) leads() {
//		register(a, huma.Operation{
//			OperationID: "show-lead",  // its line in auth/policy.go grants the right
//			Method: http.MethodGet, Path: "/leads/{id}", // below /api/v1
//			Summary: "One lead", Tags: []string{"Leads"},
//		}, a.showLead)
//	}
//
//	func (a *API) showLead(ctx context.Context, in *IDPath) (*tagged[lead.Lead], error) {
//		l, err := a.lead.Lead(ctx, From(ctx).Org, in.ID)
//		if err != nil {
//			return nil, err // an errs error; problem.go makes the document
//		}
//		return withTag(l, l.Version), nil // ETag
//	}
//
// The service is a field of Deps. Operation ids are verb-noun; OpenAPI tags are
// the title of the domain. organization.go is a small example, member.go has
// the usual verbs.
//
// What every operation gets without doing anything: authentication,
// authorisation by its id, rate limits, Idempotency-Key, validation against
// its schema (unknown fields refused), problem documents, time limits, metrics.
//
// What there is to use (embedded inputs must be exported, huma sees no others):
// page and PageQuery for lists, IDPath and MatchHeader for objects, encodeCursor and
// decodeCursor, tagged and withTag for ETags, Optional for PATCH
// fields that may be null, bodyOf for plain answers, From for who is asking.
// Output slices must not be nil. Larger bodies set MaxBodyBytes, slower
// operations timeout(d) in Metadata.
//
// Files: api.go (this), register.go (operations), guard.go (who may),
// middleware.go (around every request), idempotency.go, limit.go (rates),
// network.go (where a request comes from), problem.go (errors), json.go (strict JSON), page.go, etag.go, optional.go,
// docs.go, server.go, health.go, personal.go (masks and the access log); then a file a domain.
package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/analytics"
	"rainmaker/internal/auth"
	"rainmaker/internal/auth/field"
	"rainmaker/internal/auth/privacy"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/compliance"
	"rainmaker/internal/conversation"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/intake"
	"rainmaker/internal/lead/sample"
	"rainmaker/internal/lead/view"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/limit"
	"rainmaker/internal/platform/replay"
	"rainmaker/internal/webhook"
)

// Prefix of every operation.
const Prefix = "/api/v1"

// Config is what an operator sets.
type Config struct {
	// Version of the program, for the OpenAPI document.
	Version string
	// HTTPS says that people reach the program over https, be it through a
	// proxy: cookies get the __Host- prefix and answers HSTS.
	HTTPS bool
	// TrustedProxies may name the client's address in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// RatePerSecond and RateBurst of one identity; zero means 50 and 200.
	RatePerSecond int
	RateBurst     int
	// OrgRatePerSecond and OrgRateBurst of all its identities together; zero means
	// four times one identity's.
	OrgRatePerSecond int
	OrgRateBurst     int
	// PublicURL is where people reach the program; its origin may always send.
	PublicURL string
}

// Deps are the services behind the operations. All are needed.
type Deps struct {
	Config   Config
	Clock    clock.Clock
	Watch    *Watch // nil: no alerts and incidents
	Logger   *slog.Logger
	Registry *prometheus.Registry
	// Redis counts requests for all processes together; nil: each counts alone.
	Redis  *limit.Redis
	Checks []Check
	Replay *replay.Service
	Org    *org.Service
	Auth   *auth.Service
	Access *privacy.Log
	// SSO may be nil: then there are no identity providers.
	SSO *sso.Service
	// Lead, Intake and Compliance may be nil together: then there are no leads.
	Lead       *lead.Service
	Intake     *intake.Service
	Compliance *compliance.Service
	// View may be nil: then no searches are kept.
	View *view.Service
	// Outreach and Conversation may be nil together: then nothing is sent.
	Outreach     *Outreach
	Conversation *conversation.Service
	// Webhook may be nil: then nobody is told of events.
	Webhook *webhook.Service
	// Analytics may be nil: then there are no numbers.
	Analytics *analytics.Service
}

// API serves the operations.
type API struct {
	Deps
	mux     *http.ServeMux
	huma    huma.API
	limits  *limit.Limiter
	metrics *metrics
	handler http.Handler
	ops     []huma.Operation
	answers map[string]reflect.Type // what each operation answers
	// fieldRights is the policy of fields.
	fieldRights field.Policy
}

// New returns the API with all its operations.
func New(d Deps) (*API, error) {
	if d.Logger == nil || d.Registry == nil || d.Clock == nil || d.Replay == nil || d.Org == nil || d.Auth == nil || d.Access == nil {
		return nil, errors.New("api: a dependency is missing")
	}
	configureHuma()
	if d.Config.RatePerSecond == 0 {
		d.Config.RatePerSecond, d.Config.RateBurst = defaultRate, defaultBurst
	}
	if d.Config.OrgRatePerSecond == 0 {
		d.Config.OrgRatePerSecond, d.Config.OrgRateBurst = orgTimes*d.Config.RatePerSecond, orgTimes*d.Config.RateBurst
	}
	a := &API{Deps: d, mux: http.NewServeMux(), answers: map[string]reflect.Type{}, fieldRights: field.New()}
	var err error
	if a.limits, err = limit.New(limit.Options{Clock: d.Clock, Logger: d.Logger, Registry: d.Registry, Redis: d.Redis}); err != nil {
		return nil, err
	}
	if a.metrics, err = newMetrics(d.Registry); err != nil {
		return nil, err
	}
	a.huma = humago.New(a.mux, humaConfig(d.Config.Version))
	a.huma.UseMiddleware(a.guard, a.replayed)

	a.identity()
	a.watching(d.Watch)
	a.security()
	a.passkeys()
	a.organization()
	a.members()
	a.apiKeys()
	a.audit()
	a.accessLog()
	if d.SSO != nil {
		a.sso(d.SSO)
	}
	if d.Lead != nil && d.Intake != nil && d.Compliance != nil {
		a.leads(d.Lead, d.Compliance)
		a.imports(d.Intake)
		a.compliance(d.Compliance, d.Lead)
	}
	if d.View != nil {
		a.views(d.View)
	}
	if d.Webhook != nil {
		a.webhooksOut(d.Webhook)
		a.webhooksIn(d.Webhook)
	}
	if d.Analytics != nil {
		a.analytics(d.Analytics)
		a.reports(d.Analytics)
	}
	if d.Outreach != nil && d.Conversation != nil {
		a.campaigns(*d.Outreach)
		a.mailboxes(*d.Outreach)
		a.actions(*d.Outreach)
		a.replies(d.Conversation)
		a.sample(sample.New(d.Lead), *d.Outreach)
		a.public(d.Outreach.Email)
	}

	allowNulls(a.OpenAPI().Components.Schemas)

	a.health()
	a.docs()
	a.mux.HandleFunc("/api/", a.notFound)
	a.handler = a.around(a.mux)
	return a, nil
}

// Mount adds a handler beside the operations: live updates, webhooks, tracking,
// the web app. It gets request ids, security headers (which it may override),
// panics and metrics like everything else, but no authentication.
func (a *API) Mount(pattern string, h http.Handler) { a.mux.Handle(pattern, h) }

// ServeHTTP serves everything that is mounted.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// OpenAPI is the description of all operations.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }
