// Package watch counts what is suspicious, raises alerts, and keeps incidents
// (SPEC 7.3.3, 7.3.4).
//
// It owns signals (what auth and api note), their counts by minute, alerts with
// their evidence, and incidents with their timeline. Whom an incident shuts out
// is kept by auth/isolation, which every request asks.
//
// It is a room of auth, not of api: the signals come from sign-in and from the
// guard of every request, the acts are ends of sessions and keys, and both
// belong to auth's tables.
//
// Invariants:
//   - Noting never waits and never fails a request: what does not fit the queue
//     is counted as dropped.
//   - One alert of a kind and actor is open at a time; what goes on adds to it.
//   - An incident moves one state at a time, in the order of SPEC 7.3.4, and its
//     timeline is only added to.
//   - Alerts, incidents and events hold counts, ids and names of operations,
//     never personal data.
//
// Events out: security.alerted, security.isolated, security.released,
// incident.opened, incident.updated.
//
// Tables: security_counts, alerts, incidents, incident_entries; isolations
// through auth/isolation.
//
// Files: watch.go (this), count.go (signals to counts), rule.go (counts to
// alerts), alert.go, incident.go, store.go, store_incident.go.
package watch

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/auth"
	"rainmaker/internal/auth/isolation"
	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
)

// Severity of an alert or incident.
type Severity string

// The severities.
const (
	Low    Severity = "low"
	Medium Severity = "medium"
	High   Severity = "high"
)

// queueSize is how many signals may wait for a flush, a second's worth of a
// flood.
const queueSize = 10_000

// Deps are what a Service needs. Metrics may be nil.
type Deps struct {
	DB      *db.DB
	Org     *org.Service
	Auth    *auth.Service
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer
}

// Service watches.
type Service struct {
	Deps
	queue   chan noted
	signals *prometheus.CounterVec
	alerts  *prometheus.CounterVec
	dropped prometheus.Counter
	open    *prometheus.CounterVec
}

// New returns a Service. Signals wait until Run runs.
func New(d Deps) (*Service, error) {
	s := &Service{
		Deps: d, queue: make(chan noted, queueSize),
		signals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_security_signals_total", Help: "What deserves to be counted: failed sign-ins, denied access and the like.",
		}, []string{"kind"}),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_security_alerts_total", Help: "Alerts raised, over all organisations.",
		}, []string{"kind", "severity"}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rainmaker_security_signals_dropped_total", Help: "Signals that did not fit the queue.",
		}),
		open: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rainmaker_security_isolations_total", Help: "Users, keys and organisations shut out.",
		}, []string{"kind"}),
	}
	// Series that exist from the start can be alerted on.
	for _, kind := range signalKinds() {
		s.signals.WithLabelValues(string(kind))
	}
	for _, r := range rules() {
		s.alerts.WithLabelValues(r.alert, string(r.severity))
	}
	for _, kind := range []isolation.Kind{isolation.User, isolation.Key, isolation.Organization} {
		s.open.WithLabelValues(string(kind))
	}
	if d.Metrics != nil {
		for _, c := range []prometheus.Collector{s.signals, s.alerts, s.dropped, s.open} {
			if err := d.Metrics.Register(c); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func signalKinds() []signal.Kind {
	return []signal.Kind{
		signal.SignInFailed, signal.FactorFailed, signal.TokenReused, signal.Denied, signal.Throttled, signal.Exported, signal.SignedIn,
	}
}
