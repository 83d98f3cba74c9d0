package api_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rainmaker/internal/api"
	"rainmaker/internal/api/apitest"
	"rainmaker/internal/auth/privacy"
	"rainmaker/internal/conversation"
	"rainmaker/internal/lead"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/id"
)

type accessItem struct {
	Actor, Role, Operation string
	RequestID              string `json:"request_id"`
	Fields                 []string
	Subjects               []string
	Count                  int
}

// TestAccessLog: every answer with personal data is in the log, whole: who, what
// and whose; what showed none is not.
func TestAccessLog(t *testing.T) {
	s := apitest.Start(t)
	c, stranger := s.SignUp(t), s.SignUp(t)
	var people []string
	for n := range 3 {
		var l struct{ ID string }
		c.Post("/leads", apitest.M{"email": apitest.Email(), "phone": fmt.Sprintf("+1415555%04d", 100+n), "first_name": "Ann"}).Want(http.StatusCreated).Into(&l)
		people = append(people, l.ID)
	}
	c.Post("/leads/"+people[0]+"/notes", apitest.M{"body": "calls from a boat"}).Want(http.StatusCreated)
	log := func(query string) (items []accessItem) {
		t.Helper()
		var page struct{ Items []accessItem }
		c.Get("/access-log?" + query).Want(http.StatusOK).Into(&page)
		return page.Items
	}
	before := len(log("limit=200"))
	c.Get("/campaigns").Want(http.StatusOK)
	c.Get("/organization").Want(http.StatusOK)
	c.Get("/auth/me").Want(http.StatusOK)
	c.Get("/leads/" + id.New().String()).Problem(http.StatusNotFound)
	if n := len(log("limit=200")); n != before {
		t.Errorf("%d answers without personal data are in the log", n-before)
	}
	c.Get("/leads?limit=2").Want(http.StatusOK)
	c.Get("/leads/" + people[1]).Want(http.StatusOK)
	c.Get("/leads/" + people[0] + "/interactions").Want(http.StatusOK)
	c.Get("/leads/export.csv").Want(http.StatusOK)
	got := log("limit=4")
	want := []struct {
		operation string
		fields    []string
		subjects  []string
	}{
		{"export-leads", []string{"email", "phone"}, people},
		{"list-lead-interactions", []string{"body"}, people[:1]},
		{"show-lead", []string{"email", "phone"}, people[1:2]},
		{"list-leads", []string{"email", "phone"}, people[1:]},
	}
	for i, w := range want {
		g := got[i]
		slices.Sort(g.Subjects)
		subjects := slices.Clone(w.subjects)
		slices.Sort(subjects)
		if g.Operation != w.operation || !slices.Equal(g.Fields, w.fields) || !slices.Equal(g.Subjects, subjects) ||
			g.Actor != "user:"+c.User.String() || g.Role != "admin" || g.RequestID == "" || g.Count < len(w.subjects) {
			t.Errorf("entry %d: %+v, want %+v", i, g, w)
		}
	}
	for _, entry := range log("lead_id=" + people[2] + "&limit=200") {
		if !slices.Contains(entry.Subjects, people[2]) {
			t.Errorf("asked for one person, got %+v", entry)
		}
	}
	if n := len(log("operation=show-lead")); n != 1 {
		t.Errorf("%d entries of show-lead", n)
	}
	if n := len(log("actor=user:" + id.New().String())); n != 0 {
		t.Errorf("%d entries of nobody", n)
	}
	var page struct{ Items []accessItem }
	stranger.Get("/access-log").Want(http.StatusOK).Into(&page)
	if len(page.Items) != 0 {
		t.Errorf("another organisation sees %+v", page.Items)
	}
}

// TestMasks: what a role that sees no personal data gets.
func TestMasks(t *testing.T) {
	for _, role := range org.Roles() {
		want := role == org.Admin || role == org.Manager || role == org.APIUser
		if privacy.SeesPersonal(role) != want {
			t.Errorf("%s sees personal data: %v", role, !want)
		}
	}
	leads := []lead.Lead{{
		ID: id.New(), Email: "ann@example.com", Phone: "+14155550155", FirstName: "Ann", Company: "Acme", Custom: map[string]any{"birthday": "1 May", "n": 3.0},
	}, {ID: id.New()}}
	api.Mask(&leads)
	if l := leads[0]; l.Email != "a•••@example.com" || l.Phone != "+1•••••••55" || l.FirstName != "Ann" || l.Custom["birthday"] != "•••" || l.Custom["n"] != "•••" {
		t.Errorf("%+v", l)
	}
	if l := leads[1]; l.Email != "" || l.Phone != "" {
		t.Errorf("empty values became %+v", l)
	}
	reply := &struct{ Body conversation.Reply }{conversation.Reply{Text: "Call me at (415) 555-0155 or write to bob.b@mail.example.org, 2 pm, 10 units"}}
	api.Mask(reply)
	if got := reply.Body.Text; got != "Call me at •••55 or write to b•••@mail.example.org, 2 pm, 10 units" {
		t.Errorf("text: %s", got)
	}
	for value, want := range map[string]string{"": "", "example.com": "•••", "x@y.z": "x•••@y.z", "+4915112345678": "+4•••••••78", "123": "•••"} {
		if got := privacy.MaskAddress(value); got != want {
			t.Errorf("%q becomes %q, want %q", value, got, want)
		}
	}
}

// open are fields of answers whose names sound personal and that are not masked,
// each with its reason.
func openFields() map[string]string {
	return map[string]string{
		"person.email":       "one's own address, or that of somebody whom a manager just invited",
		"Reason.text":        "a rule's own words",
		"VariantFields.body": "the organisation's own words, with merge fields",
		"ActionMessage.body": "the organisation's own words, with merge fields",
		"ActivityLine.text":  "a sentence with names of people and campaigns, which stay in clear",
		"Insight.text":       "a sentence about numbers",
		"Entry.text":         "what a person on watch wrote about an incident",
		"Insight.evidence":   "numbers",
		"Session.address":    "one's own, without its last part",
	}
}

// TestEveryPersonalFieldIsTagged: a field of an answer whose name is that of
// personal data has the tag that masks and logs it, or a reason why not.
func TestEveryPersonalFieldIsTagged(t *testing.T) {
	names := []string{"email", "phone", "custom", "body", "text", "html", "raw", "value", "evidence", "notes", "address", "transcript"}
	used := map[string]bool{}
	seen := map[reflect.Type]bool{}
	tagged := 0
	var walk func(operation string, typ reflect.Type)
	walk = func(operation string, typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			key := typ.Name() + "." + name
			scalar := f.Type.Kind() == reflect.String || f.Type.Kind() == reflect.Map && f.Type.Elem().Kind() != reflect.Int
			switch {
			case f.Tag.Get("personal") != "":
				tagged++
				if !scalar {
					t.Errorf("%s: %s has the tag personal and is no text or map", operation, key)
				}
			case scalar && slices.Contains(names, name):
				if openFields()[key] == "" {
					t.Errorf("%s shows %s: give it the tag personal, or a reason in openFields", operation, key)
				}
				used[key] = true
			default:
				walk(operation, f.Type)
			}
		}
	}
	for operation, typ := range apitest.Start(t).API.Answers() {
		walk(operation, typ)
	}
	if tagged < 10 {
		t.Errorf("only %d tagged fields", tagged)
	}
	for key := range openFields() {
		if !used[key] {
			t.Errorf("%s needs no reason any more", key)
		}
	}
}

// BenchmarkListLeads is a list of a hundred people, which the access log makes
// dearer by one row.
func BenchmarkListLeads(b *testing.B) {
	s := apitest.Start(b)
	c := s.SignUp(b)
	for n := range 100 {
		c.Post("/leads", apitest.M{"email": apitest.Email(), "phone": fmt.Sprintf("+1415555%04d", 100+n), "first_name": "Ann"}).Want(http.StatusCreated)
	}
	for b.Loop() {
		c.Get("/leads?limit=100").Want(http.StatusOK)
	}
}
