package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

func https(d *api.Deps) { d.Config.HTTPS = true }

func TestIdempotency(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	body := apitest.M{"name": "robot", "role": "analyst"}
	once := admin.With("Idempotency-Key", id.New().String())
	first := once.Post("/api-keys", body).Want(http.StatusCreated)
	second := once.Post("/api-keys", body).Want(http.StatusCreated)
	if string(first.Body) != string(second.Body) || first.Header.Get("Idempotent-Replayed") != "" || second.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replayed %q\n%s\n%s", second.Header.Get("Idempotent-Replayed"), first.Body, second.Body)
	}
	if second.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
		t.Errorf("content type %q", second.Header.Get("Content-Type"))
	}
	once.Post("/api-keys", apitest.M{"name": "robot", "role": "manager"}).WantField("header.Idempotency-Key")
	once.Post("/members", body).WantField("header.Idempotency-Key")
	// Another identity's key is another key.
	other := s.SignUp(t).With("Idempotency-Key", once.Header.Get("Idempotency-Key"))
	if r := other.Post("/api-keys", body).Want(http.StatusCreated); r.Header.Get("Idempotent-Replayed") != "" || string(r.Body) == string(first.Body) {
		t.Error("an answer went to another organisation")
	}
	var list struct{ Items []any }
	admin.Get("/api-keys").Into(&list)
	if len(list.Items) != 1 {
		t.Errorf("%d keys", len(list.Items))
	}
}

func TestIdempotencyRefused(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	once := admin.With("Idempotency-Key", "mended")
	once.Post("/api-keys", apitest.M{"name": "", "role": "analyst"}).WantField("body.name")
	once.Post("/api-keys", apitest.M{"name": "x", "role": "analyst"}).Want(http.StatusCreated)
	admin.With("Idempotency-Key", strings.Repeat("k", 256)).Post("/api-keys", apitest.M{"name": "x", "role": "analyst"}).WantField("header.Idempotency-Key")
}

// TestIdempotencyAtOnce: of many requests at the same moment one is done.
func TestIdempotencyAtOnce(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	once := admin.With("Idempotency-Key", "at once")
	var mu sync.Mutex
	counts := map[int]int{}
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			r := once.Post("/api-keys", apitest.M{"name": "robot", "role": "analyst"})
			mu.Lock()
			defer mu.Unlock()
			counts[r.Status]++
		})
	}
	group.Wait()
	if counts[http.StatusCreated] < 1 || counts[http.StatusCreated]+counts[http.StatusConflict] != 12 {
		t.Errorf("statuses %v", counts)
	}
	var list struct{ Items []any }
	admin.Get("/api-keys").Into(&list)
	if len(list.Items) != 1 {
		t.Errorf("%d keys", len(list.Items))
	}
}

// TestIdempotentSignup: before sign-in the key works too.
func TestIdempotentSignup(t *testing.T) {
	s := apitest.Start(t)
	c := s.Client(t).With("Idempotency-Key", id.New().String())
	body := apitest.M{"organization_name": "Acme", "name": "Ann", "email": apitest.Email(), "password": apitest.Password}
	first := c.Post("/auth/signup", body).Want(http.StatusCreated)
	second := c.Post("/auth/signup", body).Want(http.StatusCreated)
	if string(first.Body) != string(second.Body) || second.Header.Get("Idempotent-Replayed") != "true" || second.Header.Get("Set-Cookie") == "" {
		t.Errorf("%s\n%s", first.Body, second.Body)
	}
	body["password"] = "another long password"
	c.Post("/auth/signup", body).WantField("header.Idempotency-Key")
}

func TestRateLimit(t *testing.T) {
	s := apitest.Start(t, func(d *api.Deps) { d.Config.RatePerSecond, d.Config.RateBurst = 1, 5 })
	c := s.SignUp(t)
	limited := false
	for range 20 {
		r := c.Get("/auth/me")
		for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
			if r.Header.Get(name) == "" {
				t.Fatalf("no %s", name)
			}
		}
		if r.Status == http.StatusTooManyRequests {
			limited = r.Header.Get("Retry-After") != ""
			r.Problem(http.StatusTooManyRequests)
		}
	}
	if !limited {
		t.Error("no limit")
	}
	// An identity has its own.
	stranger := s.Client(t)
	for range 10 {
		if stranger.Get("/auth/me").Status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("strangers have no limit")
}
