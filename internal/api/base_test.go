package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/money"
)

func TestPanic(t *testing.T) {
	var log bytes.Buffer
	s := apitest.Start(t, func(d *api.Deps) { d.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	s.API.TestOperations()
	c := s.SignUp(t)
	p := c.With("Idempotency-Key", "panic").Post("/test/panic", nil).Problem(http.StatusInternalServerError)
	if p.RequestID == "" || strings.Contains(p.Detail, "@") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(log.String(), p.RequestID) || !strings.Contains(log.String(), "base_test") && !strings.Contains(log.String(), "export_test.go") {
		t.Error("the log does not lead to the panic")
	}
	if strings.Contains(log.String(), "ann@example.com") {
		t.Error("the log shows what the panic said")
	}
	// The key is free again: nothing was done.
	c.With("Idempotency-Key", "panic").Post("/test/panic", nil).Problem(http.StatusInternalServerError)
}

func TestCheckJSON(t *testing.T) {
	for in, good := range map[string]bool{
		`{}`: true, `[]`: true, `null`: true, `"x"`: true, ``: true,
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}`: true,
		`{"a":"a","b":"a"}`:                         true,
		`{"a":[1,2,"a"],"b":2}`:                     true,
		`{"a":1,"a":2}`:                             false,
		`{"a":{"b":1,"b":1}}`:                       false,
		`[{"a":1,"\u0061":2}]`:                      false,
		`{"x\"":1,"x\u0022":2}`:                     false,
		`{"a":1,"b":[{}],"a":2}`:                    false,
		`{"a":"\u0000"}`:                            false,
		`{"\u0000":1}`:                              false,
		`{"a":"\\u0000"}`:                           true,
		`{"a":"\\\u0000"}`:                          false,
		`"\ud83d\ude00"`:                            true,
		`"\\ud83d"`:                                 true,
		`"\ud83d"`:                                  false,
		`"\ude00\ud83d"`:                            false,
		`"\ud83d\n"`:                                false,
		`{"\ud83d":1}`:                              false,
		"\"\xc3\x28\"":                              false,
		strings.Repeat("[", 32) + strings.Repeat("]", 32):           true,
		strings.Repeat("[", 33) + strings.Repeat("]", 33):           false,
		`[1.5e-10,-0,1e308]`:                                        true,
		`{"a":` + strings.Repeat("9", 64) + `}`:                     true,
		`{"a":` + strings.Repeat("9", 65) + `}`:                     false,
		`[` + strings.Repeat("1,", 29_999) + `1]`:                   true,
		`[` + strings.Repeat("1,", 30_000) + `1]`:                   false,
		strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33): false,
	} {
		if err := api.CheckJSON([]byte(in)); (err == nil) != good {
			t.Errorf("%.60s: %v", in, err)
		}
	}
}

// FuzzCheckJSON: it never panics, and agrees with an independent reader about
// duplicate keys in good JSON.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1,"a":2}`, `{"a":{"b":[1,{"c":2}]}}`, `["\"",{"\\":1}]`, `{"a`, `{"\u0061":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		err := api.CheckJSON([]byte(in))
		if !json.Valid([]byte(in)) || err != nil && !strings.Contains(err.Error(), "twice") {
			return
		}
		if twice := hasDuplicate(json.NewDecoder(strings.NewReader(in))); twice != (err != nil) {
			t.Errorf("%q: duplicate %v, error %v", in, twice, err)
		}
	})
}

func hasDuplicate(d *json.Decoder) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	open, ok := token.(json.Delim)
	if !ok {
		return false
	}
	seen, twice := map[string]bool{}, false
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return twice
			}
			name, _ := key.(string)
			twice = twice || seen[name]
			seen[name] = true
		}
		twice = hasDuplicate(d) || twice
	}
	_, _ = d.Token()
	return twice
}

func TestClientAddress(t *testing.T) {
	s := apitest.Start(t, func(d *api.Deps) {
		d.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	for _, c := range []struct{ peer, forwarded, want string }{
		{"203.0.113.7:1", "", "203.0.113.7"},
		{"203.0.113.7:1", "198.51.100.1", "203.0.113.7"}, // nobody we trust
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[fd00::1]:1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
		{"[2001:db8::1]:1", "", "2001:db8::/64"},
		{"[::ffff:203.0.113.7]:1", "", "203.0.113.7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.API.ClientAddress(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestSchemaNames(t *testing.T) {
	for want, typ := range map[string]reflect.Type{
		"OrgMember":     reflect.TypeFor[org.Member](),
		"Organization":  reflect.TypeFor[org.Organization](),
		"Money":         reflect.TypeFor[money.Money](),
		"PageOrgMember": reflect.TypeFor[api.Page[org.Member]](),
		"Problem":       reflect.TypeFor[*api.Problem](),
	} {
		if got := api.SchemaName(typ, "hint"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestUploadReplay: a form is the same form under another boundary.
func TestUploadReplay(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t).With("Idempotency-Key", "form")
	// There is no form in the base: the operation refuses it, after the key was
	// understood and freed.
	for range 2 {
		c.Upload("/api-keys", "a.csv", []byte("a,b\n"), nil).Problem(http.StatusUnsupportedMediaType)
	}
}

// discard answers without a connection.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkChain is a small request through everything that stands around an
// operation, and the same operation bare: the difference is the cost of the
// chain.
func BenchmarkChain(b *testing.B) {
	s := apitest.Start(b, func(d *api.Deps) {
		d.Config.RatePerSecond, d.Config.RateBurst = 1<<30, 1<<30
		d.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
	})
	s.API.TestOperations()
	c := s.SignUp(b)
	for name, h := range map[string]http.Handler{"bare": api.BareEcho(), "chain": s.API} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			w := &discard{header: http.Header{}}
			before := cpuTime(b)
			defer func() {
				b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-us/op")
			}()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/api/v1/test/echo", strings.NewReader(`{"text":"hello"}`))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", c.Header.Get("Authorization"))
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

// cpuTime is what this process used: on a busy machine the wall clock measures
// the neighbours.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
