package egress_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/egress/egresstest"
	"rainmaker/internal/platform/errs"
)

func TestRefusedAtEntry(t *testing.T) {
	canary := egresstest.NewCanary(t)
	guard := egress.New(egress.Reach{})
	list := egresstest.URLs(canary.Port)
	if len(list) < 60 {
		t.Errorf("only %d spellings", len(list))
	}
	for _, raw := range list {
		_, err := guard.CheckURL("body.url", raw)
		var e *errs.Error
		if !errors.As(err, &e) || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != "body.url" {
			t.Errorf("%q: %v", raw, err)
		}
	}
	for _, host := range append(egresstest.Hosts(), "", ".", "a b", "a/b", "user@host.example", "host.example:25", "[::1]", strings.Repeat("a.", 200)+"example") {
		if err := guard.CheckHost("body.host", host); !errs.Is(err, errs.Invalid) {
			t.Errorf("host %q: %v", host, err)
		}
	}
}

func TestAllowedAtEntry(t *testing.T) {
	guard := egress.New(egress.Reach{})
	for raw, want := range map[string]string{
		"https://example.com/hook?x=1":          "https://example.com/hook?x=1",
		"https://EXAMPLE.com.:8443/a%20b#part":  "https://example.com:8443/a%20b",
		"http://bücher.example":                 "http://xn--bcher-kva.example",
		"https://93.184.216.34/":                "https://93.184.216.34/",
		"https://[2606:2800:220:1::1]:443/path": "https://[2606:2800:220:1::1]:443/path",
		"https://1e100.net/":                    "https://1e100.net/",
	} {
		u, err := guard.CheckURL("url", raw)
		if err != nil || u.String() != want {
			t.Errorf("%s: %v, %v", raw, u, err)
		}
	}
	for host, reach := range map[string]egress.Reach{
		"smtp.example.com": {}, "127.0.0.1": {Loopback: true}, "localhost": {Loopback: true}, "::1": {Loopback: true},
		"10.1.2.3": {Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, "relay": {Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		"192.168.0.1": {Operator: true}, "ollama": {Operator: true},
	} {
		if err := egress.New(reach).CheckHost("host", host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"10.0.0.1", "169.254.169.254", "0.0.0.0", "127.1", "64:ff9b::7f00:1"} {
		if err := egress.New(egress.Reach{Loopback: true}).CheckHost("host", host); err == nil {
			t.Errorf("loopback alone allows %s", host)
		}
	}
}

// TestWall has names in place of spellings: nothing at entry can know where they
// lead.
func TestWall(t *testing.T) {
	canary := egresstest.NewCanary(t)
	port := strconv.Itoa(canary.Port)
	guard := egress.New(egress.Reach{})
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0.0.0.0", "0", "::1", "::ffff:127.0.0.1", "::"} {
		conn, err := guard.DialContext(time.Second)(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err == nil {
			_ = conn.Close()
			t.Errorf("connected to %s", host)
		}
	}
	// Addresses that may not be dialled even for a test: asked, not tried.
	for _, host := range egresstest.Hosts() {
		at, err := netip.ParseAddr(host)
		if err != nil {
			continue
		}
		if err := guard.Control("tcp6", netip.AddrPortFrom(at, 443).String(), nil); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("control allows %s: %v", host, err)
		}
	}
	for _, network := range []string{"udp4", "unix", "ip4"} {
		if err := guard.Control(network, "93.184.216.34:53", nil); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("control allows %s", network)
		}
	}
}

// TestRebinding asks a name server that first tells a public address, as a
// check at entry would see it, and then loopback.
func TestRebinding(t *testing.T) {
	canary := egresstest.NewCanary(t)
	dns := egresstest.NewDNS(t, "93.184.216.34", "127.0.0.1")
	guard := egress.New(egress.Reach{}).WithResolver(dns.Resolver())
	target := "http://rebind.example.com:" + strconv.Itoa(canary.Port) + "/"
	if _, err := guard.CheckURL("url", target); err != nil {
		t.Fatal(err)
	}
	if seen, err := dns.Resolver().LookupHost(t.Context(), "rebind.example.com"); err != nil || seen[0] != "93.184.216.34" {
		t.Fatal(seen, err)
	}
	for range 3 {
		if _, err := guard.Client(egress.Limits{}).Get(target); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("want a refusal, have %v", err)
		}
	}
	if dns.Asked() < 4 {
		t.Errorf("the name was asked for %d times: the test tested nothing", dns.Asked())
	}
	// The same way out does connect where it may.
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	u, _ := url.Parse(server.URL)
	res, err := egress.New(egress.Reach{Loopback: true}).WithResolver(dns.Resolver()).Client(egress.Limits{}).Get("http://rebind.example.com:" + u.Port())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
}

func TestRedirects(t *testing.T) {
	canary := egresstest.NewCanary(t)
	hops := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hops++
		to := map[string]string{
			"/in": "http://127.0.0.2:" + strconv.Itoa(canary.Port), "/scheme": "gopher://127.0.0.1:" + strconv.Itoa(canary.Port) + "/x", "/once": "/there", "/loop": "/loop",
		}[r.URL.Path]
		if to == "" {
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	}))
	defer server.Close()
	// Only this server's address is allowed: the canary is at another, so that the
	// second hop is what is refused.
	guard := egress.New(egress.Reach{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	res, err := guard.Client(egress.Limits{}).Get(server.URL + "/in")
	if err != nil || res.StatusCode != http.StatusFound || hops != 1 {
		t.Errorf("a redirect was not handed back: %v, %v, %d hops", res, err, hops)
	}
	for _, path := range []string{"/in", "/scheme"} {
		if _, err := guard.Client(egress.Limits{Redirects: 3}).Get(server.URL + path); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if res, err = guard.Client(egress.Limits{Redirects: 1}).Get(server.URL + "/once"); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("an allowed hop: %v, %v", res, err)
	}
	hops = 0
	if res, err = guard.Client(egress.Limits{Redirects: 5}).Get(server.URL + "/loop"); err != nil || res.StatusCode != http.StatusFound || hops != 6 {
		t.Errorf("an endless redirect: %v, %v, %d hops", res, err, hops)
	}
}

func TestBounds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			_, _ = io.WriteString(w, strings.Repeat("x", 100))
		case "/gzip":
			if r.Header.Get("Accept-Encoding") != "" {
				t.Error("asks for a packed answer")
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "packed")
		case "/slow":
			<-r.Context().Done()
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		default:
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}
	}))
	defer server.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // must not matter
	client := egress.New(egress.Reach{Loopback: true}).Client(egress.Limits{Timeout: time.Second, MaxBody: 100})
	read := func(path string) (string, error) {
		res, err := client.Get(server.URL + path)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}
	if body, err := read("/endless"); !errors.Is(err, egress.ErrTooLarge) || len(body) != 100 {
		t.Errorf("an endless body: %d bytes, %v", len(body), err)
	}
	if body, err := read("/exact"); err != nil || len(body) != 100 {
		t.Errorf("a body of exactly the bound: %d bytes, %v", len(body), err)
	}
	if body, err := read("/gzip"); err != nil || body != "packed" {
		t.Errorf("a packed answer was unpacked: %q, %v", body, err)
	}
	if _, err := read("/header"); err == nil {
		t.Error("a header of 1 MiB was taken")
	}
	if _, err := read("/slow"); !errors.Is(err, context.DeadlineExceeded) && !strings.Contains(err.Error(), "Timeout") {
		t.Errorf("an answer that never comes: %v", err)
	}
	r, _ := http.NewRequest(http.MethodGet, server.URL, nil)
	r.Host = "metadata.google.internal"
	if _, err := client.Do(r); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("another Host header: %v", err)
	}
}
