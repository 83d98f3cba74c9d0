package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/analytics"
	"rainmaker/internal/api"
	"rainmaker/internal/auth"
	"rainmaker/internal/auth/privacy"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/campaign"
	"rainmaker/internal/compliance"
	"rainmaker/internal/conversation"
	"rainmaker/internal/email"
	"rainmaker/internal/email/inbox"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/intake"
	"rainmaker/internal/llm"
	"rainmaker/internal/org"
	"rainmaker/internal/org/keeper"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/ledger"
	"rainmaker/internal/platform/replay"
	"rainmaker/internal/webhook"
	"rainmaker/internal/ws"
)

// services are the domains of this process, from left to right.
type services struct {
	relay        *event.Relay
	consumers    []event.Consumer
	jobs         *job.Client
	ledger       *ledger.Sealer
	org          *org.Service
	keeper       *keeper.Keeper
	auth         *auth.Service
	access       *privacy.Log
	sso          *sso.Service
	compliance   *compliance.Service
	llm          *llm.Service
	actions      *action.Log
	leads        *lead.Service
	intake       *intake.Service
	email        *email.Service
	inbox        *inbox.Service
	conversation *conversation.Service
	campaigns    *campaign.Service
	analytics    *analytics.Service
	webhook      *webhook.Service
	replay       *replay.Service
	live         *ws.Hub
	watch        *api.Watch
	api          *api.API
}

// wire builds the services. Each line uses only what stands above it; what a
// service needs from its right is joined at the end.
func (a *App) wire() (s services, err error) {
	pool, vault := a.in.DB, a.in.Vault
	s.relay = event.NewRelay(pool, a.log)
	a.metrics.MustRegister(s.relay)
	if s.ledger, err = a.sealer(); err != nil {
		return s, fmt.Errorf("build ledger: %w", err)
	}
	if s.org, err = org.New(org.Deps{DB: pool, Vault: vault, Clock: a.clock, NormalEmail: compliance.NormalEmail}); err != nil {
		return s, fmt.Errorf("build org: %w", err)
	}
	if s.keeper, err = a.keeper(&s); err != nil {
		return s, fmt.Errorf("build keeper: %w", err)
	}
	s.access = &privacy.Log{DB: pool, Clock: a.clock}
	if s.auth, err = auth.New(auth.Deps{DB: pool, Org: s.org, Vault: vault, Clock: a.clock, Logger: a.log, PublicURL: a.PublicURL(), Guesses: a.redis, Metrics: a.metrics}); err != nil {
		return s, fmt.Errorf("build auth: %w", err)
	}
	if s.sso, err = a.singleSignOn(&s); err != nil {
		return s, fmt.Errorf("build sso: %w", err)
	}
	s.compliance = compliance.New(compliance.Deps{DB: pool, Keys: s.org, Clock: a.clock})
	if s.llm, err = a.models(); err != nil {
		return s, fmt.Errorf("build llm: %w", err)
	}
	s.actions = action.New(action.Deps{DB: pool, Clock: a.clock, Logger: a.log, Metrics: a.metrics})

	s.leads = lead.New(lead.Deps{DB: pool, Keys: s.org, Clock: a.clock, Compliance: s.compliance})
	s.intake = intake.New(intake.Deps{
		DB: pool, Keys: s.org, Clock: a.clock, Leads: s.leads, Compliance: s.compliance, Logger: a.log,
		Files: intake.Dir(a.uploads()),
	})
	if s.webhook, err = webhook.New(webhook.Deps{
		DB: pool, Keys: s.org, Clock: a.clock, Logger: a.log, Metrics: a.metrics, Egress: egress.New(a.reach()), Wake: s.relay.Wake, Leads: s.leads,
	}); err != nil {
		return s, fmt.Errorf("build webhook: %w", err)
	}
	// Services insert jobs and jobs call services: the knot is tied here.
	set := job.NewSet()
	s.registerJobs(set)
	if s.jobs, err = a.jobClient(set); err != nil {
		return s, err
	}
	s.intake.Jobs, s.webhook.Jobs = s.jobs, s.jobs
	if a.targets.has(targetWorker) {
		s.consumers = append(s.consumers, s.webhook.Consumer())
	}
	s.auth.Jobs = s.jobs
	if s.auth.Mailer, err = a.systemMailer(); err != nil {
		return s, err
	}

	if err := a.mail(&s); err != nil {
		return s, fmt.Errorf("build mail: %w", err)
	}

	s.analytics = analytics.New(analytics.Deps{DB: pool, Clock: a.clock, Logger: a.log, Relay: s.relay, Names: names{s.leads, s.campaigns}})
	if a.targets.has(targetWorker) {
		s.consumers = append(s.consumers, s.analytics.Consumer(), s.leads.Contacted())
	}

	if s.replay, err = replay.New(pool, vault, a.clock); err != nil {
		return s, fmt.Errorf("build replay: %w", err)
	}
	if s.watch, err = a.watching(&s); err != nil {
		return s, fmt.Errorf("build watch: %w", err)
	}
	s.live = a.liveHub(&s)
	if s.api, err = a.restAPI(&s); err != nil {
		return s, fmt.Errorf("build api: %w", err)
	}
	a.mount(&s)
	return s, nil
}

// names lets analytics name people and campaigns, which it does not know.
type names struct {
	*lead.Service
	campaigns *campaign.Service
}

// CampaignNames implements analytics.Names.
func (n names) CampaignNames(ctx context.Context, tenant id.ID, campaigns []id.ID) (map[id.ID]string, error) {
	return n.campaigns.CampaignNames(ctx, tenant, campaigns)
}

// jobClient works jobs in a worker and only inserts them elsewhere.
func (a *App) jobClient(set *job.Set) (*job.Client, error) {
	if !a.targets.has(targetWorker) {
		set = nil
	}
	return job.New(job.Config{Pool: a.in.DB.Pool(), Set: set, Workers: a.cfg.Jobs.Workers, Logger: a.log})
}

func (s *services) runRelay(ctx context.Context) error { return s.relay.Run(ctx, s.consumers...) }

// runJobs works jobs until ctx ends and then lets running ones finish; the
// supervisor's patience bounds that.
func (s *services) runJobs(ctx context.Context) error {
	if err := s.jobs.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return s.jobs.Stop(context.WithoutCancel(ctx))
}

// pruneAuth deletes ended sessions, marks of old mail and the like. It belongs to no organisation.
type pruneAuth struct{}

// Kind names the job.
func (pruneAuth) Kind() string { return "auth.prune" }

// registerJobs is the table of jobs that worker processes run.
func (s *services) registerJobs(set *job.Set) {
	job.Handle(set, job.Options{Every: time.Hour}, func(ctx context.Context, _ pruneAuth) error {
		_, err := s.auth.Prune(ctx)
		_, accessErr := s.access.Prune(ctx)
		_, ssoErr := s.sso.Prune(ctx)
		_, mailErr := s.email.Prune(ctx)
		return errors.Join(err, accessErr, ssoErr, mailErr)
	})
	s.auth.Handle(set)
	s.intake.Handle(set)
	s.webhook.Handle(set)
}
