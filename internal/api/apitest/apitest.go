// Package apitest starts the whole API in a test, on real PostgreSQL, and
// talks JSON to it.
//
//	s := apitest.Start(t)
//	c := s.SignUp(t)                      // the admin of a fresh organisation
//	var lead struct{ ID string }
//	c.Post("/leads", apitest.M{"email": "ann@example.com"}).Want(201).Into(&lead)
//	c.Get("/leads/" + lead.ID).Want(200)
//	c.As(t, org.Analyst).Get("/leads").Want(403)
//
// Every answer is compared with the OpenAPI document on the way.
//
// Files: apitest.go (the server), wire.go (its services), client.go (the
// client), conform.go (answers against their schemas).
package apitest

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"

	"rainmaker/internal/api"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// M is a JSON object.
type M = map[string]any

// Server is a running API.
type Server struct {
	*httptest.Server
	API  *api.API
	Deps api.Deps
	DB   *db.DB

	schemas *schemas
}

// Option changes what the API is made of before it starts.
type Option func(*api.Deps)

// Start serves the API until the test ends. The database is the package's;
// organisations keep tests apart.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{}
	s.Deps, s.DB = wire(t)
	s.Deps.Watch = watching(t, s.Deps, s.DB)
	for _, option := range options {
		option(&s.Deps)
	}
	var err error
	if s.API, err = api.New(s.Deps); err != nil {
		t.Fatalf("api: %v", err)
	}
	s.schemas = newSchemas(t, s.API)
	s.Server = httptest.NewUnstartedServer(s.API)
	s.Config = api.Server("", s.API, api.ServerConfig{})
	s.Server.Start()
	t.Cleanup(s.Close)
	return s
}

// Password of everybody in tests.
const Password = "a long enough password"

// Email returns an address nobody has yet.
func Email() string { return "person-" + id.New().String() + "@example.com" }

// SignUp makes an organisation and returns its admin's client, signed in with
// an access token.
func (s *Server) SignUp(t testing.TB) *Client {
	t.Helper()
	email := Email()
	var body struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		User         struct {
			ID id.ID `json:"id"`
		} `json:"user"`
		Organization struct {
			ID id.ID `json:"id"`
		} `json:"organization"`
	}
	s.Client(t).Post("/auth/signup", M{
		"organization_name": "Acme", "name": "Ann Admin", "email": email, "password": Password,
	}).Want(201).Into(&body)
	c := s.Client(t)
	c.Org, c.User, c.Email, c.Access, c.Refresh = body.Organization.ID, body.User.ID, email, body.AccessToken, body.RefreshToken
	c.Header.Set("Authorization", "Bearer "+body.AccessToken)
	return c
}

// testLog sends the program's log to the test's.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(string(p))
	return len(p), nil
}

func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	switch v := body.(type) {
	case nil:
		return nil
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
