package passkey

import (
	"testing"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/errs"
)

func TestRelyingParty(t *testing.T) {
	for url, want := range map[string][2]string{
		"https://app.example.com":      {"app.example.com", "https://app.example.com"},
		"https://app.example.com:8443": {"app.example.com", "https://app.example.com:8443"},
		"http://127.0.0.1:8080":        {"localhost", "http://localhost:8080"},
		"http://[::1]:8080":            {"localhost", "http://localhost:8080"},
		"http://localhost:3000":        {"localhost", "http://localhost:3000"},
	} {
		host, origin, err := relyingParty(url)
		if err != nil || host != want[0] || origin != want[1] {
			t.Errorf("%s: %s %s %v", url, host, origin, err)
		}
		if s, err := New(url, clock.System{}); err != nil || s.off != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	// Where browsers offer none, a ceremony says why, and nothing else fails.
	for _, url := range []string{"", "http://app.example.com", "https://203.0.113.7", "::"} {
		s, err := New(url, clock.System{})
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if _, err := s.BeginProof(t.Context(), nil); !errs.Is(err, errs.Conflict) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
