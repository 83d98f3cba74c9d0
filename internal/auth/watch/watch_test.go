package watch

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/secret"
)

// hand is a clock that a test moves.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) set(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}

func newWatch(t *testing.T, clock *hand) *Service {
	t.Helper()
	vault, err := secret.NewVault(make([]byte, secret.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.New(t)
	orgs, err := org.New(org.Deps{DB: d, Vault: vault, Clock: clock, NormalEmail: func(s string) (string, error) { return s, nil }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Deps{DB: d, Org: orgs, Clock: clock, Logger: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found are the kinds and severities of an organisation's alerts.
func found(t *testing.T, s *Service, tenant id.ID) map[string]Severity {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := s.Alerts(t.Context(), tenant, "", id.Nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Severity{}
	for _, a := range list {
		out[a.Kind] = a.Severity
	}
	return out
}

// noon of a Wednesday where the organisations of tests are, in California.
var noon = time.Date(2026, 11, 18, 20, 0, 0, 0, time.UTC)

func TestRules(t *testing.T) {
	user := org.UserActor(id.New())
	night := noon.Add(12 * time.Hour) // midnight there
	for name, c := range map[string]struct {
		at    time.Time
		kind  signal.Kind
		n     int64
		actor org.Actor
		alert string
		want  Severity
	}{
		"five failures a minute":      {noon, signal.SignInFailed, 5, user, "failed_sign_ins", ""},
		"six":                         {noon, signal.SignInFailed, 6, user, "failed_sign_ins", Medium},
		"sixty":                       {noon, signal.SignInFailed, 60, user, "failed_sign_ins", High},
		"four wrong codes":            {noon, signal.FactorFailed, 4, user, "mfa_failures", ""},
		"five wrong codes":            {noon, signal.FactorFailed, 5, user, "mfa_failures", High},
		"a refresh token used twice":  {noon, signal.TokenReused, 1, "", "token_reused", High},
		"one denial":                  {noon, signal.Denied, 1, user, "denied_access", Low},
		"twenty denials":              {noon, signal.Denied, 20, user, "denied_access", High},
		"a busy program":              {noon, signal.Throttled, 99, user, "request_flood", ""},
		"a flood":                     {noon, signal.Throttled, 100, user, "request_flood", Medium},
		"a small first export":        {noon, signal.Exported, 999, user, "export_volume", ""},
		"a large first export":        {noon, signal.Exported, 1000, user, "export_volume", High},
		"a sign-in at noon":           {noon, signal.SignedIn, 1, user, "off_hours_access", ""},
		"a sign-in at midnight":       {night, signal.SignedIn, 1, user, "off_hours_access", Low},
		"an export at midnight":       {night, signal.Exported, 1, user, "off_hours_access", Medium},
		"a sign-in on Saturday":       {noon.AddDate(0, 0, 3), signal.SignedIn, 1, user, "off_hours_access", Low},
		"a failure at midnight alone": {night, signal.SignInFailed, 1, user, "off_hours_access", ""},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &hand{at: c.at}
			s := newWatch(t, clock)
			tenant := dbtest.Org(t, s.DB)
			s.Note(signal.Signal{Org: tenant, Kind: c.kind, Actor: c.actor, N: c.n})
			if got := found(t, s, tenant)[c.alert]; got != c.want {
				t.Errorf("severity %q, want %q", got, c.want)
			}
		})
	}
}

// TestNormalVolume: what is normal here is learnt; twice as much is too much.
func TestNormalVolume(t *testing.T) {
	clock := &hand{at: noon}
	s := newWatch(t, clock)
	tenant, user := dbtest.Org(t, s.DB), org.UserActor(id.New())
	export := func(n int64) { s.Note(signal.Signal{Org: tenant, Kind: signal.Exported, Actor: user, N: n}) }
	for day := -14; day < 0; day++ {
		clock.set(noon.AddDate(0, 0, day))
		export(990) // each day below what is worth a word
		if got := found(t, s, tenant)["export_volume"]; got != "" {
			t.Fatalf("day %d: %s", day, got)
		}
	}
	clock.set(noon.Add(time.Minute))
	export(1900)
	if got := found(t, s, tenant)["export_volume"]; got != "" {
		t.Errorf("less than twice the normal: %s", got)
	}
	clock.set(noon.Add(2 * time.Minute))
	export(200)
	if got := found(t, s, tenant)["export_volume"]; got != High {
		t.Errorf("more than twice the normal: %q", got)
	}
}

// TestWindowsPass: what lies further back than the window does not count.
func TestWindowsPass(t *testing.T) {
	clock := &hand{at: noon}
	s := newWatch(t, clock)
	tenant, user := dbtest.Org(t, s.DB), org.UserActor(id.New())
	for i := range 10 {
		clock.set(noon.Add(time.Duration(i) * 2 * time.Minute))
		s.Note(signal.Signal{Org: tenant, Kind: signal.SignInFailed, Actor: user, N: 3})
		if got := found(t, s, tenant)["failed_sign_ins"]; got != "" {
			t.Fatalf("three failures every other minute: %s", got)
		}
	}
}

// TestMinutesTurn: what is noted at the end of a minute and judged in the next is
// not lost in between.
func TestMinutesTurn(t *testing.T) {
	clock := &hand{at: noon.Add(59*time.Second + 900*time.Millisecond)}
	s := newWatch(t, clock)
	tenant, user := dbtest.Org(t, s.DB), org.UserActor(id.New())
	s.Note(signal.Signal{Org: tenant, Kind: signal.Denied, Actor: user, N: 1})
	clock.set(noon.Add(time.Minute + 500*time.Millisecond))
	if got := found(t, s, tenant)["denied_access"]; got != Low {
		t.Errorf("severity %q", got)
	}
}

// TestNoteNeverWaits: a full queue drops and says so.
func TestNoteNeverWaits(t *testing.T) {
	s := newWatch(t, &hand{at: noon})
	tenant := dbtest.Org(t, s.DB)
	for range queueSize + 10 {
		s.Note(signal.Signal{Org: tenant, Kind: signal.Denied, Actor: "user:x", N: 1})
	}
	registry, _ := s.Metrics.(*prometheus.Registry)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "rainmaker_security_signals_dropped_total" && f.GetMetric()[0].GetCounter().GetValue() != 10 {
			t.Errorf("dropped %v", f.GetMetric())
		}
	}
	if got := found(t, s, tenant)["denied_access"]; got != High {
		t.Errorf("what fitted was not judged: %q", got)
	}
}
