package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/app"
	"rainmaker/internal/platform/db/embedded"
	"rainmaker/internal/platform/egress/egresstest"
	"rainmaker/internal/platform/secret"
)

type object = map[string]any

// TestNoInnerAddress enters every spelling of an inner address into every field
// of the API that could hold one. Fields are found in the description of the
// API, so that a new one is tried without anybody thinking of it: a field is
// looked at when its format is uri or its name says that it is an address.
//
// A new operation may need a line in questions (the rest of its body must be
// good, or another field would be the one that is refused) and, if the field is
// no address at all, one in noAddresses.
func TestNoInnerAddress(t *testing.T) {
	c := settings(t)
	c.Dev, c.DevAllowLoopback, c.InboundSMTP = false, false, ""
	c.API.RatePerSecond, c.API.RateBurst = 10_000, 20_000
	server, err := embedded.Start(t.Context(), embedded.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	c.Database.URL = secret.String(server.URL(""))
	a, stop := run(t, c)
	canary := egresstest.NewCanary(t)
	p := &person{t: t, base: a.URL() + "/api/v1"}
	p.signUp()
	ask := p.questions()

	fields := addressFields(t)
	if len(fields) < 2 {
		t.Errorf("only %d fields found: %v", len(fields), fields)
	}
	for _, f := range fields {
		q, known := ask[f.operation]
		if !known {
			q = question{path: f.path, body: object{}}
		}
		spellings := egresstest.URLs(canary.Port)
		if f.host {
			spellings = egresstest.Hosts()
		}
		for _, spelling := range spellings {
			status, answer := p.do(f.method, q.path, with(q.body, f.steps, spelling))
			if status != http.StatusUnprocessableEntity || !slices.Contains(answer.locations(), f.location()) {
				t.Errorf("%s: %s = %q: %d, %v, want 422 that names the field (see the comment of this test)", f.operation, f.location(), spelling, status, answer)
				break
			}
		}
	}
	p.storedBefore(server.URL(""), canary)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// question is an operation with all it needs but the address.
type question struct {
	path string
	body object
}

// questions are the good bodies of operations whose fields are looked at.
func (p *person) questions() map[string]question {
	mailbox := object{
		"from_name": "Ann", "from_address": "ann@sender.example",
		"smtp": object{"host": "mail.sender.example", "port": 587, "tls": "starttls"},
		"imap": object{"host": "imap.sender.example", "port": 993, "username": "ann", "password": "p"},
	}
	other := maps.Clone(mailbox) // the address of a stored one would be refused first
	other["from_address"] = "bob@sender.example"
	hook := object{"url": "https://hooks.example.com/in", "events": []string{"lead.*"}}
	return map[string]question{
		"create-webhook-endpoint": {"/webhook-endpoints", hook},
		"update-webhook-endpoint": {"/webhook-endpoints/" + p.create("/webhook-endpoints", hook), object{}},
		"create-sso-connection":   {"/sso-connections", object{"kind": "oidc", "name": "Acme"}},
		"update-sso-connection":   {"/sso-connections/" + p.create("/sso-connections", object{"kind": "oidc", "name": "Acme"}), object{}},
		"create-mailbox":          {"/mailboxes", mailbox},
		"update-mailbox":          {"/mailboxes/" + p.create("/mailboxes", other), object{"smtp": mailbox["smtp"], "imap": mailbox["imap"]}},
	}
}

// noAddresses are fields whose name looks like one; each with its reason.
func noAddresses() map[string]string { return map[string]string{} }

// storedBefore has a mailbox whose host was good when it was entered: what counts
// is where it leads when it is used.
func (p *person) storedBefore(database string, canary *egresstest.Canary) {
	p.t.Helper()
	box := p.create("/mailboxes", object{
		"from_name": "Old", "from_address": "old@sender.example", "smtp": object{"host": "mail.sender.example", "port": canary.Port, "tls": "none"},
	})
	conn, err := pgx.Connect(p.t.Context(), database)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "0.0.0.0", "::1", "::ffff:127.0.0.1"} {
		tag, err := conn.Exec(p.t.Context(), `update mailboxes set smtp_host = $2 where id = $1`, box, host)
		if err != nil || tag.RowsAffected() != 1 {
			p.t.Fatal(tag, err)
		}
		status, answer := p.do(http.MethodPost, "/mailboxes/"+box+"/test", nil)
		if status != http.StatusOK || answer["ok"] != false || answer["phase"] != "dial" {
			p.t.Errorf("a mailbox at %s: %d %v", host, status, answer)
		}
	}
}

// addressField is one field of one operation's body.
type addressField struct {
	operation, method, path string
	steps                   []string
	host                    bool // a bare host, not a URL
}

func (f addressField) location() string { return "body." + strings.Join(f.steps, ".") }

var looksLikeAddress = regexp.MustCompile(`(^|_)(url|urls|uri|uris|host|hosts|hostname|endpoint|issuer|metadata)($|_)`)

// addressFields finds the fields in the OpenAPI document.
func addressFields(t *testing.T) []addressField {
	t.Helper()
	text, err := app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var found []addressField
	for path, methods := range doc.Paths {
		for method, raw := range methods {
			var op struct {
				OperationID string `json:"operationId"`
				RequestBody struct {
					Content map[string]struct{ Schema schema }
				} `json:"requestBody"`
			}
			if json.Unmarshal(raw, &op) != nil {
				continue // parameters of all methods
			}
			f := addressField{operation: op.OperationID, method: strings.ToUpper(method), path: strings.TrimPrefix(path, "/api/v1")}
			f.path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(f.path, "0190a0a0-0000-7000-8000-000000000000")
			for _, content := range op.RequestBody.Content {
				found = append(found, content.Schema.find(doc.Components.Schemas, f, 0)...)
			}
		}
	}
	return found
}

type schema struct {
	Ref        string `json:"$ref"`
	Format     string
	Properties map[string]schema
	Items      *schema
}

func (s schema) find(all map[string]schema, at addressField, depth int) (found []addressField) {
	if depth > 8 {
		return nil
	}
	if s.Ref != "" {
		s = all[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	for name, property := range s.Properties {
		f := at
		f.steps = append(slices.Clone(at.steps), name)
		if _, not := noAddresses()[f.operation+" "+f.location()]; !not && (property.Format == "uri" || looksLikeAddress.MatchString(name)) {
			f.host = strings.HasPrefix(name, "host")
			if property.Items != nil {
				f.steps = append(f.steps, "[0]")
			}
			found = append(found, f)
			continue
		}
		found = append(found, property.find(all, f, depth+1)...)
	}
	return found
}

// with returns the body with the value at the end of the steps.
func with(body object, steps []string, value any) object {
	out := object{}
	for k, v := range body {
		out[k] = v
	}
	switch inner, _ := out[steps[0]].(object); {
	case len(steps) == 1:
		out[steps[0]] = value
	case steps[1] == "[0]":
		out[steps[0]] = []any{value}
	default:
		out[steps[0]] = with(inner, steps[1:], value)
	}
	return out
}

// person talks to the program as the admin of an organisation.
type person struct {
	t     *testing.T
	base  string
	token string
}

func (p *person) signUp() {
	p.t.Helper()
	status, answer := p.do(http.MethodPost, "/auth/signup", object{
		"organization_name": "Acme", "name": "Ann", "email": "ann@example.com", "password": "a long enough password",
	})
	if status != http.StatusCreated {
		p.t.Fatalf("sign up: %d %v", status, answer)
	}
	p.token, _ = answer["access_token"].(string)
}

// create posts and returns the new id.
func (p *person) create(path string, body object) string {
	p.t.Helper()
	status, answer := p.do(http.MethodPost, path, body)
	made, _ := answer["id"].(string)
	if status != http.StatusCreated || made == "" {
		p.t.Fatalf("POST %s: %d %v", path, status, answer)
	}
	return made
}

type reply map[string]any

func (r reply) locations() (list []string) {
	fields, _ := r["errors"].([]any)
	for _, f := range fields {
		if field, ok := f.(object); ok {
			list = append(list, strings.ReplaceAll(fmt.Sprint(field["location"]), "[", ".["))
		}
	}
	return list
}

func (p *person) do(method, path string, body object) (int, reply) {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, content)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := (&http.Client{Timeout: time.Minute}).Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer reply
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(text) > 0 && json.Unmarshal(text, &answer) != nil {
		p.t.Errorf("%s %s: %d %s", method, path, res.StatusCode, strconv.Quote(string(text)))
	}
	return res.StatusCode, answer
}
