package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/org"
)

// TestLimitsOfMany: users of one organisation share its bucket, addresses of one
// block share theirs, and an account has one wherever it is named from.
func TestLimitsOfMany(t *testing.T) {
	s := apitest.Start(t, func(d *api.Deps) {
		d.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		d.Config.RatePerSecond, d.Config.RateBurst = 1, 40
		d.Config.OrgRatePerSecond, d.Config.OrgRateBurst = 1, 50
	})
	limited := func(times int, ask func(i int) *apitest.Response) (n int) {
		for i := range times {
			if ask(i).Status == http.StatusTooManyRequests {
				n++
			}
		}
		return n
	}
	admin := s.SignUp(t)
	key := admin.As(t, org.APIUser) // one from the bucket
	if n := limited(35, func(int) *apitest.Response { return admin.Get("/auth/me") }); n != 0 {
		t.Errorf("%d refused within the burst", n)
	}
	if n := limited(35, func(int) *apitest.Response { return key.Get("/auth/me") }); n < 15 {
		t.Errorf("two identities together: %d of 35 refused above the organisation's burst", n)
	}
	other := s.SignUp(t)
	other.Get("/auth/me").Want(http.StatusOK) // another organisation is not concerned

	from := func(address string) *apitest.Client { return s.Client(t).With("X-Forwarded-For", "6.6.6.6, "+address) }
	if n := limited(60, func(int) *apitest.Response { return from("203.0.113.9").Get("/auth/me") }); n < 15 {
		t.Errorf("one address: %d of 60 refused", n)
	}
	from("203.0.114.9").Get("/auth/me").Want(http.StatusUnauthorized)
	if n := limited(300, func(i int) *apitest.Response { return from(fmt.Sprint("198.51.100.", i%250)).Get("/auth/me") }); n < 100 {
		t.Errorf("many addresses of one block: %d of 300 refused", n)
	}
	if n := limited(300, func(i int) *apitest.Response { return from(fmt.Sprintf("2001:db8:0:%x::1", i)).Get("/auth/me") }); n < 100 {
		t.Errorf("many /64 of one /48: %d of 300 refused", n)
	}
	refused := limited(70, func(i int) *apitest.Response {
		email := "Nobody@Example.com"
		if i%2 == 0 {
			email = " nobody@example.COM"
		}
		return from(fmt.Sprintf("198.18.%d.1", i)).Post("/auth/login", apitest.M{"email": email, "password": "x"})
	})
	if refused < 10 {
		t.Errorf("one account from 70 networks: %d refused", refused)
	}
}

// TestCosts: what costs us more takes more, and a new export is not free.
func TestCosts(t *testing.T) {
	s := apitest.Start(t, func(d *api.Deps) {
		d.Config.RatePerSecond, d.Config.RateBurst, d.Config.OrgRatePerSecond, d.Config.OrgRateBurst = 1, 50, 1, 1000
	})
	c := s.SignUp(t)
	before := c.Get("/auth/me").Header.Get("RateLimit-Remaining")
	after := c.Get("/leads/export.csv").Want(http.StatusOK).Header.Get("RateLimit-Remaining")
	if before != "49" || after != "44" {
		t.Errorf("%s tokens, %s after an export", before, after)
	}
}

func TestPackedBodiesAreRefused(t *testing.T) {
	c := apitest.Start(t).SignUp(t)
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "gzip, identity"} {
		c.With("Content-Encoding", encoding).Post("/leads", "\x1f\x8b").Problem(http.StatusUnsupportedMediaType)
	}
	c.With("Content-Encoding", "identity").Post("/leads", apitest.M{"email": apitest.Email()}).Want(http.StatusCreated)
}

// TestSlowClients: a connection that says nothing, or says it slowly, is ended.
func TestSlowClients(t *testing.T) {
	s := httptest.NewUnstartedServer(apitest.Start(t).API)
	s.Config = api.Server("", s.Config.Handler, api.ServerConfig{ReadHeaderTimeout: 50 * time.Millisecond})
	s.Start()
	defer s.Close()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
				t.Error(err)
			}
			answer, err := io.ReadAll(conn)
			if err != nil || strings.Contains(string(answer), "200 OK") {
				t.Errorf("held open: %q, %v", answer, err)
			}
		})
	}
	wg.Wait()
}
