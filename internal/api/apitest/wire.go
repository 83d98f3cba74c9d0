package apitest

import (
	"crypto/sha256"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/api"
	"rainmaker/internal/auth"
	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/leadtest"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/replay"
	"rainmaker/internal/platform/secret"
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
	auths, err := auth.New(auth.Deps{DB: database, Org: orgs, Vault: vault, Clock: now, Logger: log})
	must(err)
	answers, err := replay.New(database, vault, now)
	must(err)
	rules := compliance.New(compliance.Deps{DB: database, Keys: orgs, Clock: now})
	leads := lead.New(lead.Deps{
		DB: database, Keys: orgs, Clock: now, Compliance: rules, Logger: log,
		Jobs: &leadtest.Jobs{}, Files: lead.Dir(t.TempDir()),
	})
	return api.Deps{
		Config:   api.Config{Version: "test", RatePerSecond: 10_000, RateBurst: 10_000},
		Clock:    now,
		Logger:   log,
		Registry: prometheus.NewRegistry(),
		Checks:   []api.Check{{Name: "database", Run: database.Ping}},
		Replay:   answers,
		Org:      orgs,
		Auth:     auths,
		Lead:     leads, Compliance: rules,
	}, database
}
