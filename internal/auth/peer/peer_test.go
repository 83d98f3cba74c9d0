package peer

import (
	"net/netip"
	"testing"
)

func TestDevices(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":        "Samsung Internet on Android",
		"curl/8.5.0":                "curl",
		"":                          "an unknown program",
		"<script>alert(1)</script>": "an unknown program",
	} {
		if got := (Peer{Agent: agent}).Device(); got != want {
			t.Errorf("%q: %q", agent, got)
		}
	}
	for addr, want := range map[string]string{
		"203.0.113.77": "203.0.113.x", "::ffff:203.0.113.77": "203.0.113.x", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48",
	} {
		if got := (Peer{Addr: netip.MustParseAddr(addr)}).Masked(); got != want {
			t.Errorf("%s: %q", addr, got)
		}
	}
	if got := (Peer{}).Masked(); got != "" {
		t.Errorf("nobody: %q", got)
	}
}
