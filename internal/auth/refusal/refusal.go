// Package refusal counts sign-ins that were refused, by way in and reason. Those
// through identity providers are counted by sso. The labels are words of this
// file: nothing that came in gets into a metric.
//
// Files: refusal.go.
package refusal

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"rainmaker/internal/platform/errs"
)

// The ways in.
const (
	Password   = "password"
	Passkey    = "passkey"
	Invitation = "invitation"
)

// reasons by the code of the refusal; what has none of them is "other", and what
// is no refusal at all but a fault of ours is "failed".
func reasons() map[string]string {
	return map[string]string{
		"invalid_credentials": "credentials", "mfa_invalid": "second_factor", "passkey_invalid": "passkey", "too_many_attempts": "too_many_attempts",
		"isolated": "isolated", "sso_required": "sso_required",
	}
}

// asked is the code of a step of a sign-in that goes on: it is no refusal.
const asked = "mfa_required"

// Counter counts. A nil Counter counts nothing.
type Counter struct {
	total   *prometheus.CounterVec
	reasons map[string]string
}

// New returns a Counter whose series exist from the start, so that they can be
// alerted on; without a registerer it counts for nobody.
func New(r prometheus.Registerer) (*Counter, error) {
	c := &Counter{reasons: reasons(), total: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rainmaker_auth_sign_in_refused_total", Help: "Sign-ins refused, by way in and reason; those through identity providers are in rainmaker_auth_sso_total.",
	}, []string{"way", "reason"})}
	for _, way := range []string{Password, Passkey, Invitation} {
		for _, reason := range c.reasons {
			c.total.WithLabelValues(way, reason)
		}
	}
	if r != nil {
		if err := r.Register(c.total); err != nil {
			return nil, fmt.Errorf("sign-in metrics: %w", err)
		}
	}
	return c, nil
}

// Count counts how a sign-in ended; nil is well.
func (c *Counter) Count(way string, err error) {
	if err == nil {
		return
	}
	reason := "failed"
	var refused *errs.Error
	if errors.As(err, &refused) {
		if refused.Code == asked {
			return
		}
		reason = "other"
		if known, ok := c.reasons[refused.Code]; ok {
			reason = known
		}
	}
	c.total.WithLabelValues(way, reason).Inc()
}
