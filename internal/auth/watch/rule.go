package watch

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"rainmaker/internal/auth/signal"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// rule turns counts into alerts.
type rule struct {
	alert    string
	signal   signal.Kind
	severity Severity
	window   time.Duration
	// atLeast signals within the window raise the alert.
	atLeast int64
	// everybody counts over the organisation instead of by actor.
	everybody bool
	// normal compares with the days before instead: SPEC 7.3.3, more than 100 %
	// above the normal volume. atLeast then keeps small numbers quiet.
	normal bool
	// offHours counts only what happens at night or on a weekend, in the
	// organisation's own time.
	offHours bool
}

// rules is the table of SPEC 7.3.3. Later lines of one alert are graver.
func rules() []rule {
	return []rule{
		// "> 5 failures/min"
		{alert: "failed_sign_ins", signal: signal.SignInFailed, severity: Medium, window: time.Minute, atLeast: 6, everybody: true},
		{alert: "failed_sign_ins", signal: signal.SignInFailed, severity: High, window: 10 * time.Minute, atLeast: 60, everybody: true},
		{alert: "mfa_failures", signal: signal.FactorFailed, severity: High, window: 10 * time.Minute, atLeast: 5},
		// "token usage, unusual patterns"
		{alert: "token_reused", signal: signal.TokenReused, severity: High, window: time.Minute, atLeast: 1, everybody: true},
		// SPEC 7.3.3: any access that is not allowed
		{alert: "denied_access", signal: signal.Denied, severity: Low, window: time.Minute, atLeast: 1},
		{alert: "denied_access", signal: signal.Denied, severity: High, window: 10 * time.Minute, atLeast: 20},
		{alert: "request_flood", signal: signal.Throttled, severity: Medium, window: time.Minute, atLeast: 100},
		// "> 100 % normal volume"
		{alert: "export_volume", signal: signal.Exported, severity: High, window: 24 * time.Hour, atLeast: 1000, everybody: true, normal: true},
		// "off-hours access"
		{alert: "off_hours_access", signal: signal.SignedIn, severity: Low, window: time.Minute, atLeast: 1, offHours: true},
		{alert: "off_hours_access", signal: signal.Exported, severity: Medium, window: time.Minute, atLeast: 1, offHours: true},
	}
}

// Hours of a working day, local time; the rest and the weekend are off.
const (
	dayBegins = 6
	dayEnds   = 22
)

// normalDays are what a normal volume is the mean of.
const normalDays = 14

// judge writes the counts of one organisation and raises what they amount to.
func (s *Service) judge(ctx context.Context, tenant id.ID, counts map[slot]int64) error {
	err := s.DB.InTenant(ctx, tenant, func(tx db.Tx) error {
		if err := addCounts(ctx, tx, tenant, counts); err != nil {
			return err
		}
		now := s.Clock.Now()
		if err := pruneCounts(ctx, tx, tenant, now.Add(-keepCounts)); err != nil {
			return err
		}
		off, err := s.offHours(ctx, tx, tenant, now)
		if err != nil {
			return err
		}
		for _, r := range rules() {
			if r.offHours && !off {
				continue
			}
			for _, actor := range touched(r, counts) {
				if err := s.apply(ctx, tx, tenant, r, actor, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", tenant, err)
	}
	return nil
}

// touched are the actors that a rule has to be asked about.
func touched(r rule, counts map[slot]int64) []org.Actor {
	seen := map[org.Actor]bool{}
	for c := range counts {
		switch {
		case c.kind != r.signal:
		case r.everybody:
			seen[""] = true
		default:
			seen[c.actor] = true
		}
	}
	var out []org.Actor
	for actor := range seen {
		out = append(out, actor)
	}
	return out
}

func (s *Service) apply(ctx context.Context, tx db.Tx, tenant id.ID, r rule, actor org.Actor, now time.Time) error {
	// Whole minutes, and of a window of one minute also the one before: what was
	// noted at its end is judged in the next.
	from := now.Add(-r.window)
	if r.window > time.Minute {
		from = from.Add(time.Minute) // what is done every day at one time is once a day
	}
	n, err := sumCounts(ctx, tx, tenant, r.signal, actor, r.everybody, from, now.Add(time.Minute))
	if err != nil || n < r.atLeast {
		return err
	}
	evidence := map[string]any{"signal": r.signal, "count": n, "window_seconds": int(r.window.Seconds()), "threshold": r.atLeast}
	if r.normal {
		before, err := sumCounts(ctx, tx, tenant, r.signal, actor, r.everybody, from.Add(-normalDays*24*time.Hour), from)
		if err != nil {
			return err
		}
		usual := before / normalDays
		if n <= 2*usual {
			return nil
		}
		evidence["normal_per_day"] = usual
	}
	if r.offHours {
		evidence["off_hours"] = true
	}
	return s.raise(ctx, tx, tenant, Alert{ID: id.New(), Kind: r.alert, Severity: r.severity, Actor: actor, FirstAt: now, LastAt: now}, evidence)
}

// raise opens an alert, or adds to the one that is open.
func (s *Service) raise(ctx context.Context, tx db.Tx, tenant id.ID, a Alert, evidence map[string]any) error {
	a, fresh, err := upsertAlert(ctx, tx, tenant, a, evidence)
	if err != nil || !fresh {
		return err
	}
	s.alerts.WithLabelValues(a.Kind, string(a.Severity)).Inc()
	level := slog.LevelWarn
	if a.Severity == Low {
		level = slog.LevelInfo
	}
	s.Logger.Log(ctx, level, "security alert", "org_id", tenant, "kind", a.Kind, "severity", string(a.Severity))
	if err := org.Audit(ctx, tx, tenant, a.FirstAt, org.SystemActor("watch"), "alert.raised", org.Target("alert", a.ID), map[string]any{"kind": a.Kind, "severity": a.Severity}); err != nil {
		return err
	}
	return s.tell(ctx, tx, tenant, "security.alerted", a.ID, map[string]any{"alert_id": a.ID}) // every role hears it; admins look it up
}

func (s *Service) tell(ctx context.Context, tx db.Tx, tenant id.ID, typ string, subject id.ID, data any) error {
	e, err := event.New(typ, subject.String(), s.Clock.Now(), data)
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, tenant, e)
}

// offHours reports whether nobody is expected to work now.
func (s *Service) offHours(ctx context.Context, tx db.Tx, tenant id.ID, now time.Time) (bool, error) {
	o, err := s.Org.OrganizationIn(ctx, tx, tenant)
	if err != nil {
		return false, err
	}
	zone, err := time.LoadLocation(o.Timezone)
	if err != nil {
		return false, nil //nolint:nilerr // an unknown zone has no nights
	}
	local := now.In(zone)
	weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
	return weekend || local.Hour() < dayBegins || local.Hour() >= dayEnds, nil
}
