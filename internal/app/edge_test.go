package app_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/app"
)

// writeCertificate makes a key pair for loopback and writes it where a program
// reads it.
func writeCertificate(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "loopback"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// edge is a program behind its own certificate, and a client that trusts
// whatever it shows.
type edge struct {
	t      *testing.T
	url    string
	client *http.Client
	token  string
}

func startEdge(t *testing.T) *edge {
	t.Helper()
	c := settings(t)
	c.TLSCert, c.TLSKey = writeCertificate(t, t.TempDir(), 1)
	c.API.RatePerSecond, c.API.RateBurst = 10_000, 20_000
	a, stop := run(t, c)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &edge{t: t, url: a.URL(), client: &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

func (e *edge) do(method, path, body string, headers ...string) (*http.Response, string) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if e.token != "" {
		r.Header.Set("Authorization", "Bearer "+e.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := e.client.Do(r)
	if err != nil {
		e.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return res, string(text)
}

// want are the headers of every answer, as patterns of their whole value.
func want() map[string]string {
	return map[string]string{
		"Content-Security-Policy":      `default-src 'none';.*frame-ancestors 'none'.*`,
		"X-Content-Type-Options":       `nosniff`,
		"X-Frame-Options":              `DENY`,
		"Referrer-Policy":              `no-referrer`,
		"Cross-Origin-Opener-Policy":   `same-origin`,
		"Cross-Origin-Resource-Policy": `same-origin`,
		"Permissions-Policy":           `.*camera=\(\).*geolocation=\(\).*`,
		"Strict-Transport-Security":    `max-age=\d{8,}; includeSubDomains`,
		"X-Request-Id":                 `[\w-]{8,64}`,
	}
}

func (e *edge) check(what string, res *http.Response) {
	e.t.Helper()
	for name, pattern := range want() {
		if value := res.Header.Get(name); !regexp.MustCompile("^" + pattern + "$").MatchString(value) {
			e.t.Errorf("%s: %s is %q", what, name, value)
		}
	}
	if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe-") || strings.Contains(csp, "*") {
		e.t.Errorf("%s: policy %q", what, csp)
	}
	for _, name := range []string{"Server", "X-Powered-By", "Via", "Access-Control-Allow-Origin"} {
		if value := res.Header.Get(name); value != "" {
			e.t.Errorf("%s: a banner %s: %s", what, name, value)
		}
	}
	if res.StatusCode >= http.StatusInternalServerError {
		e.t.Errorf("%s: %s", what, res.Status)
	}
}

// TestEdge is what everybody meets before anything is decided about them.
func TestEdge(t *testing.T) {
	e := startEdge(t)
	t.Run("headers", e.headersEverywhere)
	t.Run("tls", e.onlyModernTLS)
	t.Run("foreign pages", e.foreignPages)
}

// headersEverywhere walks every operation of the API, signed in and not, and
// whatever stands beside them.
func (e *edge) headersEverywhere(t *testing.T) {
	res, body := e.do(http.MethodPost, "/api/v1/auth/signup", `{"organization_name":"Acme","name":"Ann","email":"ann@example.com","password":"a long enough password"}`)
	e.check("signup", res)
	var signed struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &signed); err != nil || signed.AccessToken == "" {
		t.Fatalf("sign up: %s %s", res.Status, body)
	}
	cookie := res.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-rainmaker=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie lacks %q", part)
		}
	}
	text, err := app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	walked := 0
	for path, methods := range doc.Paths {
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "0190a0a0-0000-7000-8000-000000000000")
		for method, op := range methods {
			if op.OperationID == "" || op.OperationID == "logout" {
				continue
			}
			for _, token := range []string{"", signed.AccessToken} {
				e.token = token
				body := ""
				if method != "get" && method != "delete" {
					body = "{}"
				}
				res, _ := e.do(strings.ToUpper(method), path, body)
				e.check(method+" "+path, res)
				if res.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s %s: kept by caches: %q", method, path, res.Header.Get("Cache-Control"))
				}
				walked++
			}
		}
	}
	if walked < 100 {
		t.Errorf("only %d requests", walked)
	}
	e.token = ""
	for path, status := range map[string]int{
		"/": 200, "/leads": 200, "/healthz": 200, "/readyz": 200, "/metrics": 200, "/.well-known/jwks.json": 200, "/api/openapi.json": 200, "/api/docs": 200,
		"/api/docs.css": 200, "/api/v1/nothing": 404, "/api/nothing": 404, "/t/o/x": 404, "/t/c/x": 404, "/u/x": 404, "/assets/nothing.js": 404, "/robots.txt": 404,
		"/api/v1/ws": 401, "/debug/pprof/": 404, "/debug/vars": 404, "/.git/config": 404, "/.env": 404,
	} {
		res, _ := e.do(http.MethodGet, path, "")
		e.check(path, res)
		if res.StatusCode != status && !(status == 404 && res.StatusCode/100 == 3) {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, status)
		}
	}
	for _, method := range []string{http.MethodTrace, "TRACK"} {
		for _, path := range []string{"/", "/api/v1/auth/me", "/healthz"} {
			res, body := e.do(method, path, "", "Cookie", "canary=1")
			e.check(method+" "+path, res)
			if res.StatusCode != http.StatusMethodNotAllowed || strings.Contains(body, "canary") {
				t.Errorf("%s %s: %s %s", method, path, res.Status, body)
			}
		}
	}
}

// foreignPages: what a browser sends along for another site's page does nothing.
func (e *edge) foreignPages(t *testing.T) {
	e.token = ""
	res, _ := e.do(http.MethodPost, "/api/v1/auth/signup", `{"organization_name":"Acme","name":"Ann","email":"bea@example.com","password":"a long enough password"}`)
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	const lead = `{"email":"b@example.com"}`
	for what, headers := range map[string][]string{
		"another site": {"Sec-Fetch-Site", "cross-site"}, "a sibling": {"Sec-Fetch-Site", "same-site"},
		"an old browser": {"Origin", "https://evil.example"}, "no origin": {"Origin", "null"},
	} {
		if res, body := e.do(http.MethodPost, "/api/v1/leads", lead, append(headers, "Cookie", cookie)...); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s %s", what, res.Status, body)
		}
	}
	if res, body := e.do(http.MethodPost, "/api/v1/leads", lead, "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); res.StatusCode != http.StatusCreated {
		t.Errorf("our own page: %s %s", res.Status, body)
	}
	// The stream of events must not open to another site either: it is no request
	// that CrossOriginProtection looks at.
	e.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}, Timeout: time.Minute}
	upgrade := []string{"Cookie", cookie, "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="}
	if res, body := e.do(http.MethodGet, "/api/v1/ws", "", append(upgrade, "Origin", "https://evil.example")...); res.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign WebSocket: %s %s", res.Status, body)
	}
}

func (e *edge) onlyModernTLS(t *testing.T) {
	host := strings.TrimPrefix(e.url, "https://")
	dial := func(c *tls.Config) (tls.ConnectionState, error) {
		c.InsecureSkipVerify = true
		conn, err := tls.Dial("tcp", host, c)
		if err != nil {
			return tls.ConnectionState{}, err
		}
		defer conn.Close()
		return conn.ConnectionState(), nil
	}
	if _, err := dial(&tls.Config{MaxVersion: tls.VersionTLS12}); err == nil {
		t.Error("TLS 1.2 was spoken")
	}
	state, err := dial(&tls.Config{NextProtos: []string{"h2", "http/1.1"}})
	if err != nil || state.Version != tls.VersionTLS13 || state.NegotiatedProtocol != "h2" {
		t.Errorf("version %x, protocol %q, %v", state.Version, state.NegotiatedProtocol, err)
	}
	if res, _ := e.do(http.MethodGet, "/healthz", ""); res.ProtoMajor != 2 {
		t.Errorf("spoken: %s", res.Proto)
	}
	if conn, err := net.Dial("tcp", host); err == nil {
		_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		_ = conn.Close()
		if bytes.Contains(answer, []byte("200 OK")) {
			t.Error("plain HTTP on the port of TLS")
		}
	}
	if serial := state.PeerCertificates[0].SerialNumber.Int64(); serial != 1 {
		t.Errorf("certificate %d", serial)
	}
}

// TestCertificateRenewal: a renewed pair is taken without a restart, half of one
// is not.
func TestCertificateRenewal(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := writeCertificate(t, dir, 1)
	now := time.Now()
	pair, err := app.OpenCertificate(certFile, keyFile, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		got, err := pair(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(got.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return cert.SerialNumber.Int64()
	}
	touch := func(name string) {
		if err := os.Chtimes(name, now, now); err != nil {
			t.Fatal(err)
		}
	}
	if got := serial(); got != 1 {
		t.Errorf("first certificate %d", got)
	}
	now = now.Add(time.Minute)
	if err := os.WriteFile(keyFile, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	touch(keyFile)
	if got := serial(); got != 1 {
		t.Errorf("with half a pair: %d", got)
	}
	now = now.Add(time.Minute)
	writeCertificate(t, dir, 2)
	touch(certFile)
	if got := serial(); got != 2 {
		t.Errorf("after the renewal: %d", got)
	}
	now = now.Add(time.Minute)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("without the file: %d", got)
	}
}
