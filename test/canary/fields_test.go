package canary

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// neutral are fields of requests that take text and need no canary: by name,
// each with the reason.
var neutral = map[string]string{
	"field": "a name of ours, in a condition", "currency": "a code", "timezone": "a name of a zone", "from": "a time", "to": "a time", "days": "names of days",
	"delay": "a duration", "sort": "a name of a column", "columns": "names of columns", "status": "a word of ours", "events": "names of events", "scopes": "names of operations",
	"limits": "names of operations", "allowed_addresses": "networks", "default_role": "a role", "campaign": "an id", "knowledge_ids": "ids", "model": "a name of a model",
	"voice": "a name of a voice", "provider": "a name of ours", "next": "a path of the app", "slug": "part of a public address", "selector": "stands in DNS",
	"domain": "stands in DNS", "host": "a name of a server", "allowed_domains": "stand in DNS", "certificates": "public by nature", "metadata_url": "a public address",
	"sso_url": "a public address", "issuer": "a public address", "client_id": "public by nature", "imap": "takes nothing yet but null", "region": "a state or country",
	"text_version": "a version", "purpose": "a word such as marketing",
	"ceremony": "names a question, good once", "credential": "a public key or a signature, good once", "totp_code": "good once and for 30 s",
	"subject": "words to everybody", "body": "words to everybody", "prompt": "words to a model", "script": "words to everybody", "persona": "words to a model",
	"goal": "words about a campaign", "name": "what people call a thing, shown to everybody who sees it", "description": "what a hook is for",
	"postal_code": "the city is planted", "country": "a code", "enrol-leads.filter": "as that of an audience", "update-campaign.audience.filter": "as when it was made",
	"from_address":       "the sender of every mail",
	"create-share.title": "shown to everybody with the link",
}

// personal are fields that hold data of people although their name is neutral.
var personal = []string{
	"signup.name", "accept-invitation.name", "add-lead-note.body", "add-lead-task.body", "create-lead.company", "update-lead.company",
	"create-lead.title", "update-lead.title",
}

// schema is the part of a JSON schema that matters here.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Enum       []any              `json:"enum"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	More       json.RawMessage    `json:"additionalProperties"`
	AnyOf      []*schema          `json:"anyOf"`
	OneOf      []*schema          `json:"oneOf"`
}

// fields holds the doors complete: every field of every request that takes free
// text got a planted value, or is listed as neutral.
func fields(t *testing.T, j *journey, document []byte) {
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody struct {
				Content map[string]struct{ Schema *schema }
			} `json:"requestBody"`
		}
		Components struct{ Schemas map[string]*schema }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(s *schema, place string, into map[string]bool)
	walk = func(s *schema, place string, into map[string]bool) {
		for s.Ref != "" {
			s = doc.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
		}
		if strings.Count(place, ".") > 6 { // conditions hold conditions
			return
		}
		for _, of := range append(s.AnyOf, s.OneOf...) {
			walk(of, place, into)
		}
		for name, p := range s.Properties {
			walk(p, place+"."+name, into)
		}
		if s.Items != nil {
			walk(s.Items, place+"[]", into)
		}
		kind, _ := json.Marshal(s.Type) // came from JSON
		if strings.Contains(string(kind), `"string"`) && len(s.Enum) == 0 && !slices.Contains([]string{"uuid", "date-time", "date"}, s.Format) ||
			strings.Contains(string(kind), `"object"`) && len(s.Properties) == 0 {
			into[place] = true
		}
	}
	planted := newSearcher(j.seeds)
	sent := map[string]bool{}
	for where, text := range j.heard.sent {
		if len(planted.in([]byte(text))) > 0 {
			sent[where] = true
		}
	}
	n := 0
	for path, methods := range doc.Paths {
		here := regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z_]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/ ]+") + "$")
		for method, op := range methods {
			want := map[string]bool{}
			for _, content := range op.RequestBody.Content {
				walk(content.Schema, "", want)
			}
			for field := range want {
				n++
				last := strings.TrimSuffix(field[strings.LastIndex(field, ".")+1:], "[]")
				if !slices.Contains(personal, op.OperationID+field) && (neutral[last] != "" || neutral[op.OperationID+field] != "") {
					continue
				}
				if !slices.ContainsFunc(slices.Collect(maps.Keys(sent)), func(s string) bool {
					verb, rest, _ := strings.Cut(s, " ")
					where, place, _ := strings.Cut(rest, " ")
					return strings.EqualFold(verb, method) && here.MatchString(where) && (place == field || strings.HasPrefix(place, field+"."))
				}) {
					t.Errorf("%s%s takes text and got no canary: plant one in journey_test.go, or say in fields_test.go why not", op.OperationID, field)
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("%d fields seen: the description was not read", n)
	}
}
