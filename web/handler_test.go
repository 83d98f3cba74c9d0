package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const page = `<!doctype html><head><meta property="csp-nonce" nonce="__CSP_NONCE__">` +
	`<script type="application/json" id="preload" nonce="__CSP_NONCE__">"__PRELOAD__"</script>` +
	`<script nonce="__CSP_NONCE__" type="module" src="/assets/index-abc.js"></script></head>`

func app() fstest.MapFS {
	return fstest.MapFS{
		"index.html":             {Data: []byte(page)},
		"index.html.br":          {Data: []byte("b")},
		"favicon.svg":            {Data: []byte("<svg/>")},
		"assets/index-abc.js":    {Data: []byte("console.log('long enough')")},
		"assets/index-abc.js.br": {Data: []byte("brotli")},
		"assets/index-abc.js.gz": {Data: []byte("gzip copy")},
		".gitkeep":               {Data: nil},
	}
}

func serve(t *testing.T, tree fstest.MapFS, opts Options, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	h, err := newHandler(tree, opts)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestServe(t *testing.T) {
	for _, c := range []struct {
		method, path, accept          string
		status                        int
		body, encoding, cache, inType string
	}{
		{"GET", "/assets/index-abc.js", "", 200, "console.log('long enough')", "", forever, "text/javascript"},
		{"GET", "/assets/index-abc.js", "gzip, deflate, br", 200, "brotli", "br", forever, "text/javascript"},
		{"GET", "/assets/index-abc.js", "gzip, br;q=0", 200, "gzip copy", "gzip", forever, "text/javascript"},
		{"GET", "/assets/index-abc.js", "zstd", 200, "console.log('long enough')", "", forever, "text/javascript"},
		{"HEAD", "/assets/index-abc.js", "br", 200, "", "br", forever, "text/javascript"},
		{"GET", "/favicon.svg", "br", 200, "<svg/>", "", hour, "image/svg+xml"},
		{"GET", "/assets/index-old.js", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/assets/index-abc.js.br", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/assets/", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/robots.txt", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/.gitkeep", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/api/v1/nothing", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/api", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/u/token", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"GET", "/../api/v1/x", "", 404, "not found\n", "", "no-store", "text/plain"},
		{"POST", "/leads", "", 405, "method not allowed\n", "", "", "text/plain"},
		{"GET", "/", "br", 200, "*", "", "no-store", "text/html"},
		{"GET", "/index.html", "br", 200, "*", "", "no-store", "text/html"},
		{"GET", "/campaigns/0192-7a/edit", "br", 200, "*", "", "no-store", "text/html"},
		{"GET", "/users", "", 200, "*", "", "no-store", "text/html"}, // not /u
	} {
		t.Run(c.method+" "+c.path+" "+c.accept, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://rain.test/", nil)
			r.URL.Path = c.path
			r.Header.Set("Accept-Encoding", c.accept)
			w := serve(t, app(), Options{}, r)
			body := w.Body.String()
			if c.body == "*" {
				body = "*"
			}
			got := []string{body, w.Header().Get("Content-Encoding"), w.Header().Get("Cache-Control"), strings.Split(w.Header().Get("Content-Type"), ";")[0]}
			if diff := cmp.Diff([]string{c.body, c.encoding, c.cache, c.inType}, got); diff != "" || w.Code != c.status {
				t.Errorf("status %d, want %d; (-want +got)\n%s", w.Code, c.status, diff)
			}
			for _, name := range []string{"X-Content-Type-Options", "Cross-Origin-Opener-Policy", "Referrer-Policy"} {
				if w.Header().Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	r := httptest.NewRequest("GET", "http://rain.test:8080/leads", nil)
	first, second := serve(t, app(), Options{ConnectSrc: []string{"https://maps.test"}}, r), serve(t, app(), Options{}, r)
	csp := first.Header().Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "connect-src 'self' ws://rain.test:8080 wss://rain.test:8080 https://maps.test;") {
		t.Errorf("policy: %s", csp)
	}
	_, rest, _ := strings.Cut(csp, "script-src 'self' 'nonce-")
	nonce, _, _ := strings.Cut(rest, "'")
	if len(nonce) != 24 || strings.Count(first.Body.String(), `nonce="`+nonce+`"`) != 3 || strings.Contains(first.Body.String(), nonceMark) {
		t.Errorf("nonce %q is not in the page:\n%s", nonce, first.Body)
	}
	if strings.Contains(second.Header().Get("Content-Security-Policy"), nonce) {
		t.Error("two pages have one nonce")
	}
	r.Host = "evil; script-src *"
	if csp := serve(t, app(), Options{}, r).Header().Get("Content-Security-Policy"); strings.Contains(csp, "evil") {
		t.Errorf("the Host header got into the policy: %s", csp)
	}
}

func TestPreload(t *testing.T) {
	r := httptest.NewRequest("GET", "http://rain.test/", nil)
	w := serve(t, app(), Options{Preload: func(*http.Request) any {
		return map[string]string{"name": "</script><script>alert(1)</script>"}
	}}, r)
	want := ">{\"me\":{\"name\":\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\"}}</script>"
	if !strings.Contains(w.Body.String(), want) {
		t.Errorf("want %s in\n%s", want, w.Body)
	}
}

func TestNotBuilt(t *testing.T) {
	tree := fstest.MapFS{".gitkeep": {}}
	w := serve(t, tree, Options{}, httptest.NewRequest("GET", "/leads", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "UI not built, run make web") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if hash, err := hashOf(tree); hash != "" || err != nil {
		t.Errorf("hash %q, %v of no app", hash, err)
	}
}

func TestHash(t *testing.T) {
	hash := func(tree fstest.MapFS) string {
		t.Helper()
		got, err := hashOf(tree)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	same, changed := app(), app()
	same["index.html.br"].Data = []byte("other compressor")
	changed["favicon.svg"].Data = []byte("<svg></svg>")
	if base := hash(app()); len(base) != 12 || hash(same) != base || hash(changed) == base {
		t.Errorf("%q, %q, %q", base, hash(same), hash(changed))
	}
}

// TestEmbedded holds for a binary with and without the app.
func TestEmbedded(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(Options{}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	built := !strings.Contains(w.Body.String(), "UI not built")
	if w.Code != 200 || built != (Hash() != "") {
		t.Errorf("status %d, built %v, hash %q", w.Code, built, Hash())
	}
	if built && (strings.Contains(w.Body.String(), nonceMark) || !strings.Contains(w.Body.String(), preloadMark)) {
		t.Errorf("the page lost its marks:\n%s", w.Body)
	}
}
