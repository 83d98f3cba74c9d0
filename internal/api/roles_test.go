package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth"
	"rainmaker/internal/auth/field"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

// TestEveryFieldHasRights: each field that a body may hold has its entry in
// auth/field/field.go, and each entry its field.
func TestEveryFieldHasRights(t *testing.T) {
	doc, err := apitest.Start(t).Document()
	if err != nil {
		t.Fatal(err)
	}
	entries := field.New().Entries()
	for _, op := range doc.Operations {
		there := slices.Sorted(maps.Keys(apitest.Properties(op.Body)))
		if diff := cmp.Diff(there, entries[op.ID]); diff != "" && len(there)+len(entries[op.ID]) > 0 {
			t.Errorf("%s: the fields of its body (-) and its line in fieldPolicy of internal/auth/field/field.go (+) differ:\n%s\nits line should be\n\t%q: all(%q),", op.ID, diff, op.ID, strings.Join(there, " "))
		}
		if op.BodyType == "multipart/form-data" {
			for _, name := range there {
				if roles, _ := field.New().Roles(op.ID, name); len(roles) != len(auth.RolesOf(op.ID)) {
					t.Errorf("%s.%s: rights of single fields hold for JSON alone", op.ID, name)
				}
			}
		}
		delete(entries, op.ID)
	}
	for name := range entries {
		t.Errorf("%s has fields in internal/auth/field/field.go and is no operation", name)
	}
}

// TestRolesAndFields asks every operation as every role, with each of the fields
// that it may hold, and compares what happens with what GET /roles says.
func TestRolesAndFields(t *testing.T) {
	s := apitest.Start(t)
	w := s.Fill(t)
	doc, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Operations []struct {
			Operation  string
			Public     bool
			Roles      []org.Role
			FieldRoles map[string][]org.Role `json:"field_roles"`
		}
	}
	w.Get("/roles").Want(http.StatusOK).Into(&table)
	byID := map[string]int{}
	for i, row := range table.Operations {
		byID[row.Operation] = i
	}
	tried := 0
	for _, role := range org.Roles() {
		c := w.Person(role)
		for _, op := range doc.Operations {
			at, served := byID[op.ID]
			if !served {
				t.Fatalf("%s is not in /roles", op.ID)
			}
			row := table.Operations[at]
			if row.Public || op.BodyType == "multipart/form-data" && slices.Contains(row.Roles, role) {
				continue
			}
			path := map[string]string{}
			for _, param := range op.PathParams() {
				path[param] = id.New().String()
			}
			fields := slices.Sorted(maps.Keys(row.FieldRoles))
			if len(fields) == 0 {
				fields = []string{""}
			}
			for _, field := range fields {
				var sent any
				if field != "" {
					sent = apitest.M{field: sample(doc, apitest.Properties(op.Body)[field])}
				}
				tried++
				may := slices.Contains(row.Roles, role) && (field == "" || slices.Contains(row.FieldRoles[field], role))
				if r := send(c, op, path, nil, sent); refused(r, role) == may {
					t.Errorf("%s as %s with %q: /roles says %v, the answer is %d %s", op.ID, role, field, may, r.Status, r.Body)
				}
			}
		}
	}
	t.Logf("%d of role x operation x field tried", tried)
}

// sample is a value for a field, as a change of it would send.
func sample(doc *apitest.Document, s apitest.Schema) any {
	if v := doc.Sample(s); v != nil {
		return v
	}
	return "x"
}

// refused reports whether the table of rights said no; other rules may say no too.
func refused(r *apitest.Response, role org.Role) bool {
	if r.Status != http.StatusForbidden {
		return false
	}
	var p apitest.Problem
	r.Into(&p)
	return p.Code == "field_forbidden" || strings.HasPrefix(p.Detail, "your role ("+string(role)+") may not do this")
}

// TestMassAssignment: what an answer shows and the body of the change does not
// name cannot be changed, and nothing else changes with it.
func TestMassAssignment(t *testing.T) {
	s := apitest.Start(t)
	w := s.Fill(t)
	doc, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	shows := map[string]apitest.Operation{}
	for _, op := range doc.Operations {
		if op.Method == http.MethodGet {
			shows[op.Path] = op
		}
	}
	tried := 0
	for _, op := range doc.Operations {
		show, ok := shows[op.Path]
		if !ok || op.Method != http.MethodPatch && op.Method != http.MethodPut || op.BodyType != "application/json" {
			continue
		}
		var before map[string]any
		r := send(w.Client, show, own(w, show), nil, nil)
		if r.Status != http.StatusOK || json.Unmarshal(r.Body, &before) != nil || before["items"] != nil {
			continue // a list: its things have addresses of their own
		}
		for field, value := range before {
			if _, writable := apitest.Properties(op.Body)[field]; writable {
				continue
			}
			tried++
			for _, other := range []any{changed(value), value} {
				send(w.Client, op, own(w, op), nil, apitest.M{field: other}).WantField("body." + field)
				body, _ := w.Example(op).(map[string]any)
				body = maps.Clone(body)
				body[field] = other
				send(w.Client, op, own(w, op), nil, body).WantField("body." + field)
			}
		}
		for _, field := range []string{"org_id", "role_id", "is_admin", "credits", "owner_id", "email_verified", "plan", "__proto__"} {
			if _, writable := apitest.Properties(op.Body)[field]; !writable {
				send(w.Client, op, own(w, op), nil, apitest.M{field: true}).WantField("body." + field)
			}
		}
		if after := send(w.Client, show, own(w, show), nil, nil); string(after.Body) != string(r.Body) {
			t.Errorf("%s: refused changes changed it:\n%s\n%s", op.ID, r.Body, after.Body)
		}
	}
	if tried < 20 {
		t.Errorf("only %d read-only fields tried", tried)
	}
	t.Logf("%d read-only fields tried", tried)
}

// changed is another value of the same type.
func changed(v any) any {
	switch v := v.(type) {
	case string:
		return v + "x"
	case float64:
		return v + 1
	case bool:
		return !v
	case []any:
		return append(v, "x")
	case map[string]any:
		return apitest.M{"x": 1}
	}
	return "x"
}

// TestFieldsByRole: a program names the people it enrols; a person may say
// everybody.
func TestFieldsByRole(t *testing.T) {
	s := apitest.Start(t)
	w := s.Fill(t)
	path := "/campaigns/" + w.ID("/campaigns/{id}") + "/enrol"
	program := w.As(t, org.APIUser)
	p := program.Post(path, apitest.M{"filter": apitest.M{}, "lead_ids": []string{}}).Problem(http.StatusForbidden)
	if p.Code != "field_forbidden" || len(p.Errors) != 1 || p.Errors[0].Location != "body.filter" {
		t.Errorf("%+v", p)
	}
	program.Post(path, apitest.M{"lead_ids": []string{w.ID("/leads/{id}")}}).Problem(http.StatusConflict) // a draft
	w.Post(path, apitest.M{"filter": apitest.M{}}).Problem(http.StatusConflict)
	program.Post(path, `{"filter": {}, `).Problem(http.StatusBadRequest)
	program.Post(path, `{"f\u0069lter": {}}`).Problem(http.StatusForbidden)
	program.Post(path, `{"lead_ids": [], "filter": {}, "filter": {}}`).Problem(http.StatusForbidden)
}

// TestKeyLimits: a key does no more in a day than it was made for, and no less.
func TestKeyLimits(t *testing.T) {
	s := apitest.Start(t)
	w := s.SignUp(t)
	key := func(role org.Role, limits apitest.M) *apitest.Client {
		t.Helper()
		var made struct {
			KeyID  string `json:"key_id"`
			Secret string
			Limits apitest.M
		}
		w.Post("/api-keys", apitest.M{"name": "k", "role": role, "limits": limits}).Want(http.StatusCreated).Into(&made)
		if len(made.Limits) != len(limits) {
			t.Errorf("limits shown: %v", made.Limits)
		}
		return w.With("Authorization", "ApiKey "+made.KeyID+":"+made.Secret)
	}
	c := key(org.APIUser, apitest.M{"create-lead": 2})
	other := key(org.APIUser, nil)
	for range 2 {
		c.Post("/leads", apitest.M{"email": apitest.Email()}).Want(http.StatusCreated)
	}
	r := c.Post("/leads", apitest.M{"email": apitest.Email()})
	if p := r.Problem(http.StatusTooManyRequests); p.Code != "daily_limit" || r.Header.Get("Retry-After") == "" {
		t.Errorf("%+v %v", p, r.Header)
	}
	c.Get("/leads").Want(http.StatusOK)
	other.Post("/leads", apitest.M{"email": apitest.Email()}).Want(http.StatusCreated)
	key(org.Manager, apitest.M{"export-leads.rows": 2}).Get("/leads/export.csv").Problem(http.StatusTooManyRequests)
	exporter := key(org.Manager, apitest.M{"export-leads.rows": 5})
	exporter.Get("/leads/export.csv").Want(http.StatusOK)
	exporter.Get("/leads/export.csv").Problem(http.StatusTooManyRequests)
	for _, wrong := range []apitest.M{{"create-api-key": 1}, {"nothing": 1}, {"create-lead": -1}, {"create-lead.rows": 1}} {
		w.Post("/api-keys", apitest.M{"name": "k", "role": "api_user", "limits": wrong}).WantField("body.limits")
	}
}
