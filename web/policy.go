package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
)

// newNonce returns 128 random bits, as CSP Level 3 section 7.1 asks for.
func newNonce() string {
	var raw [16]byte
	rand.Read(raw[:]) // never fails; see crypto/rand
	return base64.StdEncoding.EncodeToString(raw[:])
}

// plainHost matches a Host header that may appear in a policy: a name or an
// address with an optional port, nothing that could end the directive.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9._-]+(:\d+)?$|^\[[0-9A-Fa-f:.]+\](:\d+)?$`)

// policy is the Content-Security-Policy of one page. Scripts and styles come
// from this origin or carry the nonce; nothing is 'unsafe-'. The WebSocket is
// named by host because Safari before 15.4 does not count it as 'self'.
func policy(host, nonce string, connect []string) string {
	sources := "'self'"
	if plainHost.MatchString(host) {
		sources += " ws://" + host + " wss://" + host
	}
	for _, more := range connect {
		sources += " " + more
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'nonce-" + nonce + "'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"img-src 'self' data: blob:",
		"font-src 'self'",
		"connect-src " + sources,
		"media-src 'self' blob:",
		"frame-src 'self'", // mails under their own sandbox policy
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// harden sets the headers that every answer carries.
func harden(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
}
