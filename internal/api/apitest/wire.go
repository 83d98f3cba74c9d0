package apitest

import (
	"context"
	"crypto/sha256"
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/action"
	"rainmaker/internal/analytics"
	"rainmaker/internal/api"
	"rainmaker/internal/auth"
	"rainmaker/internal/auth/privacy"
	"rainmaker/internal/auth/sso"
	"rainmaker/internal/campaign"
	"rainmaker/internal/campaign/recall"
	"rainmaker/internal/compliance"
	"rainmaker/internal/conversation"
	"rainmaker/internal/email"
	"rainmaker/internal/email/inbox"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/intake"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/lead/view"
	"rainmaker/internal/llm"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/replay"
	"rainmaker/internal/platform/secret"
	"rainmaker/internal/webhook"
)

// Vault of tests: every process of one database must hold the same key.
func Vault(t testing.TB) *secret.Vault {
	t.Helper()
	master := sha256.Sum256([]byte("apitest"))
	vault, err := secret.NewVault(master[:])
	if err != nil {
		t.Fatal(err)
	}
	return vault
}

// refusing is a transport that reaches nobody.
type refusing struct{}

// Outlet implements email.Transport.
func (refusing) Outlet(context.Context, email.Account) (email.Outlet, error) {
	return nil, &email.SendError{Phase: "dial", Text: "no mail leaves a test", Temporary: true}
}

// writer writes the same words for every prompt.
type writer struct{}

// WriteStep implements campaign.Writer.
func (writer) WriteStep(_ context.Context, _ id.ID, ask campaign.Ask) (subject, body string, err error) {
	return "About " + ask.Prompt, "Hello {{first_name | there}}", nil
}

// wire makes the services of the API, as app does. Add yours here.
func wire(t testing.TB) (api.Deps, *db.DB) {
	t.Helper()
	database, vault, now, log := dbtest.New(t), Vault(t), clock.System{}, logger(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	orgs, err := org.New(org.Deps{DB: database, Vault: vault, Clock: now, NormalEmail: compliance.NormalEmail})
	must(err)
	auths, err := auth.New(auth.Deps{DB: database, Org: orgs, Vault: vault, Clock: now, Logger: log, PublicURL: PublicURL})
	must(err)
	ways, err := sso.New(sso.Deps{
		DB: database, Auth: auths, Org: orgs, Vault: vault, Clock: now, Logger: log, Egress: egress.New(egress.Reach{Loopback: true}),
		PublicURL: "https://app.example.com", NormalEmail: compliance.NormalEmail,
	})
	must(err)
	answers, err := replay.New(database, vault, now)
	must(err)
	rules := compliance.New(compliance.Deps{DB: database, Keys: orgs, Clock: now})
	leads := lead.New(lead.Deps{DB: database, Keys: orgs, Clock: now, Compliance: rules})
	files := intake.New(intake.Deps{
		DB: database, Keys: orgs, Clock: now, Leads: leads, Compliance: rules, Logger: log,
		Jobs: &leadtest.Jobs{}, Files: intake.Dir(t.TempDir()),
	})
	actions := action.New(action.Deps{DB: database, Clock: now, Logger: log})
	signer, err := message.NewSigner(make([]byte, 32))
	must(err)
	mail := email.New(email.Deps{
		DB: database, Clock: now, Logger: log, Keys: orgs, Log: actions, Compliance: rules, Leads: leads, Signer: signer, Users: orgs,
		Transport: refusing{}, PublicURL: "https://app.example.com",
	})
	inboxes, err := inbox.New(inbox.Deps{
		DB: database, Keys: orgs, Clock: now, Logger: log, Egress: egress.New(egress.Reach{}), Reader: noInboxes{},
		Take: func(ctx context.Context, org id.ID, address string, raw []byte) error {
			return mail.Receive(ctx, email.Incoming{Org: org, To: []string{address}, Raw: raw})
		},
	})
	must(err)
	talks := conversation.New(conversation.Deps{DB: database, Keys: orgs, Clock: now, Log: actions, Leads: leads, Stop: mail, Logger: log})
	campaigns := campaign.New(campaign.Deps{
		DB: database, Clock: now, Logger: log, Log: actions, Compliance: rules, Leads: leads, Email: mail, Writer: writer{},
	})
	mail.Join(campaigns, talks, campaigns)
	talks.Join(campaigns)
	numbers := analytics.New(analytics.Deps{DB: database, Clock: now, Logger: log})
	// Nothing is listening there, and nothing is asked: names are not looked up.
	nowhere := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }}
	hooks, err := webhook.New(webhook.Deps{
		DB: database, Keys: orgs, Clock: now, Logger: log, Egress: egress.New(egress.Reach{}).WithResolver(nowhere), Timeout: time.Second, Jobs: &leadtest.Jobs{}, Leads: leads,
	})
	must(err)
	return api.Deps{
		Webhook: hooks, Analytics: numbers, View: view.New(database, now), Conversation: talks,
		Outreach: &api.Outreach{
			DB: database, Campaigns: campaigns, Recall: recall.New(database, now, leads, actions), Email: mail, Inbox: inboxes, Log: actions, Analytics: numbers, Org: orgs,
			Writer: llm.New(llm.Deps{DB: database, Clock: now, Logger: log}),
		},
		Config:   api.Config{Version: "test", RatePerSecond: 10_000, RateBurst: 10_000},
		Clock:    now,
		Logger:   log,
		Registry: prometheus.NewRegistry(),
		Checks:   []api.Check{{Name: "database", Run: database.Ping}},
		Replay:   answers,
		Org:      orgs,
		Auth:     auths,
		Access:   &privacy.Log{DB: database, Clock: now},
		SSO:      ways,
		Lead:     leads, Intake: files, Compliance: rules,
	}, database
}

// noInboxes is where no server can be reached.
type noInboxes struct{}

// Open implements inbox.Reader.
func (noInboxes) Open(context.Context, inbox.Server) (inbox.Session, error) {
	return nil, &inbox.Error{Phase: "dial", Text: "cannot connect"}
}
