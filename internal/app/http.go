package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"rainmaker/internal/api"
	"rainmaker/internal/auth"
	"rainmaker/internal/campaign/recall"
	"rainmaker/internal/lead/view"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/ledger"
	"rainmaker/internal/platform/secret"
	"rainmaker/internal/platform/telemetry"
	"rainmaker/internal/ws"
	"rainmaker/web"
)

// mount is the table of routes beside the operations of api.
func (a *App) mount(s *services) {
	s.api.Mount("GET /api/v1/ws", s.live)
	s.api.Mount("/", web.Handler(web.Options{}))
}

// restAPI builds the REST door.
func (a *App) restAPI(s *services) (*api.API, error) {
	proxies, err := a.cfg.Proxies()
	if err != nil {
		return nil, err
	}
	return api.New(api.Deps{
		Config: api.Config{
			Version: a.cfg.Version, HTTPS: a.overHTTPS(), TrustedProxies: proxies,
			RatePerSecond: a.cfg.API.RatePerSecond, RateBurst: a.cfg.API.RateBurst,
			OrgRatePerSecond: a.cfg.API.OrgRatePerSecond, OrgRateBurst: a.cfg.API.OrgRateBurst, PublicURL: a.PublicURL(),
		},
		Clock: a.clock, Watch: s.watch, Logger: a.log, Registry: a.metrics, Redis: a.redis,
		Checks: []api.Check{
			{Name: "database", Run: a.in.DB.Ping},
			{Name: "workers", Run: func(context.Context) error { return a.watch.ready() }},
		},
		Replay: s.replay, Org: s.org, Auth: s.auth, SSO: s.sso, Access: s.access, Lead: s.leads, Intake: s.intake, Compliance: s.compliance, Analytics: s.analytics, Webhook: s.webhook,
		Outreach: &api.Outreach{
			DB: a.in.DB, Campaigns: s.campaigns, Recall: recall.New(a.in.DB, a.clock, s.leads, s.actions), Email: s.email, Inbox: s.inbox, Log: s.actions, Analytics: s.analytics, Org: s.org, Writer: s.llm, Models: s.llm.Models(),
		},
		Conversation: s.conversation,
		View:         view.New(a.in.DB, a.clock),
	})
}

// overHTTPS reports whether people reach the program over https, be it through a
// proxy.
func (a *App) overHTTPS() bool { return strings.HasPrefix(a.PublicURL(), "https://") }

// liveAuth lets ws ask auth who a request is from.
type liveAuth struct{ auth *auth.Service }

// Authenticate implements ws.Authenticator.
func (l liveAuth) Authenticate(r *http.Request) (org, user id.ID, err error) {
	identity, err := l.auth.Authenticate(r.Context(), r)
	return identity.Org, identity.User, err
}

func (a *App) liveHub(s *services) *ws.Hub {
	return ws.New(ws.Deps{DB: a.in.DB, Relay: s.relay, Auth: liveAuth{s.auth}, Logger: a.log, PublicURL: a.PublicURL()})
}

// OpenAPI returns the description of the REST API, indented, without a database:
// nothing that it builds is used.
func OpenAPI() ([]byte, error) {
	vault, err := secret.NewVault(make([]byte, secret.MasterKeySize))
	if err != nil {
		return nil, err
	}
	book, err := newBook(vault, make([]byte, ledger.KeySize))
	if err != nil {
		return nil, err
	}
	a := &App{
		cfg:     config.Config{Target: targetAPI, LLM: config.LLM{Provider: config.ProviderOffline}, Version: "dev"},
		targets: targets{targetAPI}, log: slog.New(slog.DiscardHandler), clock: clock.System{},
		metrics: telemetry.NewRegistry(), in: &Installation{DB: &db.DB{}, Vault: vault, Book: book},
	}
	a.watch = newSupervisor(a.log, a.metrics)
	s, err := a.wire()
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	text, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
