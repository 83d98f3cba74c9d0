package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// operations of the OpenAPI document.
func operations(s *apitest.Server) []*huma.Operation {
	var all []*huma.Operation
	for _, item := range s.API.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				all = append(all, op)
			}
		}
	}
	slices.SortFunc(all, func(a, b *huma.Operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return all
}

// TestEveryOperationHasRights is the law of the house: no operation without a
// line in auth/policy.go.
func TestEveryOperationHasRights(t *testing.T) {
	s := apitest.Start(t)
	for _, op := range operations(s) {
		if !auth.Known(op.OperationID) {
			t.Errorf("%s %s: operation %q has no line in auth/policy.go", op.Method, op.Path, op.OperationID)
		}
		if auth.Public(op.OperationID) != (len(op.Security) == 0) {
			t.Errorf("%s: the OpenAPI document and the policy disagree about sign-in", op.OperationID)
		}
		if op.Summary == "" || len(op.Tags) != 1 {
			t.Errorf("%s: want a summary and one tag", op.OperationID)
		}
	}
}

// TestRoles calls every operation as every role and as nobody: who may not is
// told so before anything else is looked at.
func TestRoles(t *testing.T) {
	s := apitest.Start(t)
	admin := s.SignUp(t)
	stranger := s.Client(t)
	as := map[org.Role]*apitest.Client{}
	for _, role := range org.Roles() {
		as[role] = admin.As(t, role)
	}
	for _, op := range operations(s) {
		path := strings.TrimPrefix(op.Path, "/api/v1")
		for strings.Contains(path, "{") {
			from, to := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
			path = path[:from] + id.New().String() + path[to+1:]
		}
		if !auth.Public(op.OperationID) {
			stranger.Do(op.Method, path, nil).Problem(http.StatusUnauthorized)
		}
		for role, c := range as {
			if auth.Public(op.OperationID) || auth.Allowed(role, op.OperationID) {
				continue // the tests of the domains call these
			}
			if r := c.Do(op.Method, path, nil); r.Status != http.StatusForbidden {
				t.Errorf("%s as %s: status %d, want 403", op.OperationID, role, r.Status)
			}
		}
	}
}

func TestSignup(t *testing.T) {
	s := apitest.Start(t)
	email := apitest.Email()
	r := s.Client(t).Post("/auth/signup", apitest.M{
		"organization_name": "  Acme Inc. ", "name": "Ann", "email": strings.ToUpper(email), "password": apitest.Password,
	}).Want(http.StatusCreated)
	var body map[string]any
	r.Into(&body)
	for _, key := range []string{"user", "organization", "access_token", "refresh_token", "expires_in"} {
		if body[key] == nil {
			t.Errorf("no %s in %s", key, r.Body)
		}
	}
	if user, ok := body["user"].(map[string]any); !ok || user["email"] != email || user["role"] != "admin" {
		t.Errorf("user %v", body["user"])
	}
	if organization, ok := body["organization"].(map[string]any); !ok || organization["name"] != "Acme Inc." {
		t.Errorf("organization %v", body["organization"])
	}
	if cookie := r.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "rainmaker=") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
	s.Client(t).Post("/auth/signup", apitest.M{
		"organization_name": "Other", "name": "Ann", "email": email, "password": apitest.Password,
	}).Problem(http.StatusConflict)
}

func TestSignupRefused(t *testing.T) {
	s := apitest.Start(t)
	good := func() apitest.M {
		return apitest.M{"organization_name": "Acme", "name": "Ann", "email": apitest.Email(), "password": apitest.Password}
	}
	for _, c := range []struct{ field, value, location string }{
		{"email", "nobody", "body.email"},
		{"email", "ann@@example.com", "body.email"},
		{"email", "ann@example.com\r\nBcc: x@example.com", "body.email"},
		{"password", "short", "body.password"},
		{"password", "password1234", "body.password"},
		{"password", "PassWord1234", "body.password"},
		{"password", "aaaaaaaaaaaaaa", "body.password"},
		{"password", strings.Repeat("long", 100), "body.password"},
		{"organization_name", "   ", "body.organization_name"},
		{"organization_name", "Acme\r\nInc", "body.organization_name"},
		{"name", "\t", "body.name"},
		{"name", strings.Repeat("n", 201), "body.name"},
	} {
		body := good()
		body[c.field] = c.value
		s.Client(t).Post("/auth/signup", body).WantField(c.location)
	}
	missing := good()
	delete(missing, "email")
	s.Client(t).Post("/auth/signup", missing).WantField("body")
}

func TestStrictInput(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	c.Patch("/organization", `{"name": "A", "org_id": 1}`).WantField("body.org_id")
	c.Patch("/organization", `{"Name": "A"}`).WantField("body.Name")
	c.Patch("/organization", `{"name": "A", "name": "B"}`).WantField("body")
	c.Patch("/organization", `{"name": "A", "n\u0061me": "B"}`).WantField("body")
	c.Patch("/organization", `{"settings": {"a": {"x": 1, "x": 2}}}`).WantField("body")
	c.Patch("/organization", `{"name": "A\u0000B"}`).WantField("body")
	c.Patch("/organization", "{\"name\": \"A\xff\"}").WantField("body")
	c.Patch("/organization", `{"settings": {"a": `+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}}`).WantField("body")
	c.Patch("/organization", `{"name": "A"`).Problem(http.StatusBadRequest)
	c.Patch("/organization", `{"name": "A"} trailing`).Problem(http.StatusBadRequest)
	c.Patch("/organization", `{"name": 7}`).WantField("body.name")
	c.Patch("/organization", `[]`).WantField("body")
	c.Patch("/organization", strings.Repeat(" ", 2<<20)).Problem(http.StatusRequestEntityTooLarge)
	c.With("Content-Type", "text/xml").Patch("/organization", `<a/>`).Problem(http.StatusUnsupportedMediaType)
	c.Get("/members?limit=0").WantField("query.limit")
	c.Get("/members?limit=201").WantField("query.limit")
	c.Get("/members?surprise=1").WantField("query.surprise")
	c.Get("/members?limit=%00").WantField("query.limit")
	c.Get("/members?limit=%ff").WantField("query.limit")
	c.Get("/audit-log?cursor=nonsense").WantField("query.cursor")
	c.Delete("/members/7").WantField("path.id")
	c.Get("/nothing-here").Problem(http.StatusNotFound)
	if r := c.Delete("/organization"); r.Problem(http.StatusMethodNotAllowed).Code == "" || r.Header.Get("Allow") != "GET, PATCH" {
		t.Errorf("Allow: %q", r.Header.Get("Allow"))
	}
}

func TestOrganization(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	var got struct {
		Name          string     `json:"name"`
		PostalAddress *apitest.M `json:"postal_address"`
		Timezone      string     `json:"timezone"`
		RevenueGoal   *apitest.M `json:"revenue_goal"`
		Settings      apitest.M  `json:"settings"`
		PausedAt      *string    `json:"paused_at"`
	}
	r := c.Patch("/organization", apitest.M{
		"name": "New name", "timezone": "America/New_York", "revenue_goal": apitest.M{"amount_minor": 1250, "currency": "USD"},
		"postal_address": apitest.M{"line1": "1 Main St", "city": "Fresno", "region": "CA", "postal_code": "93650", "country": "US"},
		"settings":       apitest.M{"frequency": apitest.M{"touches": 3, "days": 7}, "theme": "dark"},
	}).Want(http.StatusOK).Into(&got)
	want := apitest.M{"line1": "1 Main St", "city": "Fresno", "region": "CA", "postal_code": "93650", "country": "US"}
	if got.Name != "New name" || got.Timezone != "America/New_York" || got.PostalAddress == nil || cmp.Diff(*got.PostalAddress, want) != "" {
		t.Errorf("organisation %s", r.Body)
	}
	first := r.Header.Get("ETag")
	got.Settings = nil
	c.With("If-Match", first).Patch("/organization", apitest.M{"settings": apitest.M{"theme": nil}, "revenue_goal": nil}).Want(http.StatusOK).Into(&got)
	if got.RevenueGoal != nil || len(got.Settings) != 1 {
		t.Errorf("after removing: %+v", got)
	}
	c.With("If-Match", first).Patch("/organization", apitest.M{"name": "Late"}).Problem(http.StatusPreconditionFailed)
	c.With("If-Match", `"nonsense"`).Patch("/organization", apitest.M{"name": "Late"}).Problem(http.StatusPreconditionFailed)

	for location, body := range map[string]apitest.M{
		"body.timezone":                   {"timezone": "Mars/Olympus"},
		"body.postal_address.country":     {"postal_address": apitest.M{"line1": "1", "city": "x", "region": "CA", "postal_code": "1", "country": "us"}},
		"body.postal_address.line1":       {"postal_address": apitest.M{"line1": " ", "city": "x", "region": "CA", "postal_code": "1", "country": "US"}},
		"body.revenue_goal.amount_minor":  {"revenue_goal": apitest.M{"amount_minor": -1, "currency": "USD"}},
		"body.revenue_goal.currency":      {"revenue_goal": apitest.M{"amount_minor": 1, "currency": "usd"}},
		"body.settings.frequency":         {"settings": apitest.M{"frequency": "often"}},
		"body.settings.frequency.touches": {"settings": apitest.M{"frequency": apitest.M{"touches": 0, "days": 1}}},
	} {
		c.Patch("/organization", body).WantField(location)
	}
	var log struct {
		Items []struct{ Action, Actor string } `json:"items"`
		Next  *string                          `json:"next_cursor"`
	}
	c.Get("/audit-log?limit=2").Want(http.StatusOK).Into(&log)
	if len(log.Items) != 2 || log.Items[0].Action != "organization.updated" || log.Items[0].Actor != "user:"+c.User.String() || log.Next == nil {
		t.Fatalf("audit log %+v", log)
	}
	c.Get("/audit-log?limit=2&cursor=" + *log.Next).Want(http.StatusOK).Into(&log)
	if len(log.Items) != 1 || log.Items[0].Action != "organization.created" || log.Next != nil {
		t.Errorf("audit log, second page %+v", log)
	}
}

func TestDescription(t *testing.T) {
	s := apitest.Start(t)
	c := s.Client(t)
	var spec struct {
		OpenAPI string         `json:"openapi"`
		Paths   map[string]any `json:"paths"`
	}
	c.Get("//api/openapi.json").Want(http.StatusOK).Into(&spec)
	if !strings.HasPrefix(spec.OpenAPI, "3.1") || spec.Paths["/api/v1/auth/signup"] == nil {
		t.Errorf("openapi %q with %d paths", spec.OpenAPI, len(spec.Paths))
	}
	r := c.Get("//api/docs").Want(http.StatusOK)
	page := string(r.Body)
	if !strings.Contains(page, `id="signup"`) || strings.Contains(page, "<script") || strings.Contains(page, "http://") || strings.Contains(page, "https://") {
		t.Error("the docs page lacks an operation or loads from elsewhere")
	}
	if csp := r.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("docs policy %q", csp)
	}
	c.Get("//api/docs.css").Want(http.StatusOK)
	c.Get("//healthz").Want(http.StatusOK)
	c.Get("//readyz").Want(http.StatusOK)
	if body := string(c.Get("//metrics").Want(http.StatusOK).Body); !strings.Contains(body, "rainmaker_http_request_seconds") {
		t.Error("no request metric")
	}
	var keys struct{ Keys []map[string]string }
	c.Get("//.well-known/jwks.json").Want(http.StatusOK).Into(&keys)
	if len(keys.Keys) == 0 || keys.Keys[0]["kty"] != "RSA" || keys.Keys[0]["d"] != "" {
		t.Errorf("jwks %v", keys)
	}
}

func TestHeaders(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t)
	for _, path := range []string{"/auth/me", "/nothing", "//healthz", "//nothing"} {
		r := c.Get(path)
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "X-Request-Id"} {
			if r.Header.Get(name) == "" {
				t.Errorf("%s: no %s", path, name)
			}
		}
	}
	if r := c.Get("/auth/me"); r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Server") != "" {
		t.Errorf("headers %v", r.Header)
	}
	if r := c.With("X-Request-Id", "proxy-request-7").Get("/auth/me"); r.Header.Get("X-Request-Id") != "proxy-request-7" {
		t.Errorf("request id %q", r.Header.Get("X-Request-Id"))
	}
	if r := c.With("X-Request-Id", "<bad> id").Get("/auth/me"); r.Header.Get("X-Request-Id") == "<bad> id" {
		t.Error("a strange request id came back")
	}
}

// TestTraceIsRefused: no path answers TRACE, so that no header comes back.
func TestTraceIsRefused(t *testing.T) {
	s := apitest.Start(t)
	c := s.SignUp(t).With("X-Secret", "in the question")
	for _, path := range []string{"/leads", "/auth/me", "/nothing", "//healthz", "//metrics", "//api/docs", "//api/openapi.json"} {
		r := c.Do(http.MethodTrace, path, nil)
		if r.Status != http.StatusMethodNotAllowed && r.Status != http.StatusNotFound || strings.Contains(string(r.Body), "in the question") {
			t.Errorf("TRACE %s: %d %s", path, r.Status, r.Body)
		}
	}
}
