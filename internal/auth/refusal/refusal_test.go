package refusal

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"rainmaker/internal/platform/errs"
)

// TestReasons: each refusal has its word, strangers' words get nowhere, and a step
// that goes on is none.
func TestReasons(t *testing.T) {
	registry := prometheus.NewRegistry()
	c, err := New(registry)
	if err != nil {
		t.Fatal(err)
	}
	series, err := testutil.GatherAndCount(registry)
	if err != nil || series != 3*len(reasons()) {
		t.Errorf("%d series at the start, %v", series, err)
	}
	c.Count(Password, nil)
	c.Count(Password, &errs.Error{Kind: errs.Unauthenticated, Code: asked})
	c.Count(Password, &errs.Error{Kind: errs.Unauthenticated, Code: "invalid_credentials"})
	c.Count(Password, &errs.Error{Kind: errs.LimitExceeded, Code: "too_many_attempts"})
	c.Count(Passkey, &errs.Error{Kind: errs.Invalid, Code: "anna@example.com"})
	c.Count(Passkey, errors.New("the database is away"))
	for labels, want := range map[string]float64{
		"password credentials": 1, "password too_many_attempts": 1, "password second_factor": 0, "passkey other": 1, "passkey failed": 1, "passkey anna@example.com": 0,
	} {
		way, reason, _ := strings.Cut(labels, " ")
		if got := testutil.ToFloat64(c.total.WithLabelValues(way, reason)); got != want {
			t.Errorf("%s: %v, want %v", labels, got, want)
		}
	}
}
