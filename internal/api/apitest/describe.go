package apitest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rainmaker/internal/platform/id"
)

// Schema is a JSON schema as the document writes it.
type Schema = map[string]any

// Document is the OpenAPI document as tests walk it: what is in it is tested,
// so that nobody has to remember to test a new operation.
type Document struct {
	Operations []Operation // in the order of their ids
	schemas    map[string]any
}

// Operation is one line of the document.
type Operation struct {
	ID, Method string
	Path       string // below /api/v1, with its parameters in braces
	Public     bool   // needs no sign-in
	Params     []Param
	Body       Schema // resolved; nil when there is none
	BodyType   string // application/json or multipart/form-data
	Answers    map[string]any
}

// Param is a parameter in path, query or header.
type Param struct {
	Name, In string
	Required bool
	Schema   Schema
}

// Prefix of every path.
const prefix = "/api/v1"

// ReadDocument reads an OpenAPI document.
func ReadDocument(raw []byte) (*Document, error) {
	var doc struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	d := &Document{schemas: doc.Components.Schemas}
	for path, item := range doc.Paths {
		for method, text := range item {
			var o struct {
				OperationID string `json:"operationId"`
				Parameters  []Param
				RequestBody struct {
					Content map[string]struct{ Schema Schema }
				}
				Responses map[string]any
				Security  []any
			}
			if err := json.Unmarshal(text, &o); err != nil {
				return nil, fmt.Errorf("openapi: %s %s: %w", method, path, err)
			}
			op := Operation{
				ID: o.OperationID, Method: strings.ToUpper(method), Path: strings.TrimPrefix(path, prefix),
				Public: len(o.Security) == 0, Params: o.Parameters, Answers: o.Responses,
			}
			for _, kind := range slices.Sorted(maps.Keys(o.RequestBody.Content)) {
				op.BodyType, op.Body = kind, d.Resolve(o.RequestBody.Content[kind].Schema)
				break // application/json comes before multipart/form-data
			}
			d.Operations = append(d.Operations, op)
		}
	}
	slices.SortFunc(d.Operations, func(a, b Operation) int { return cmp.Compare(a.ID, b.ID) })
	return d, nil
}

// Document of the server.
func (s *Server) Document() (*Document, error) {
	raw, err := json.Marshal(s.API.OpenAPI())
	if err != nil {
		return nil, err
	}
	return ReadDocument(raw)
}

// PathParams are the parts of a path up to and with each parameter:
// /leads/{id}/notes has /leads/{id}.
func (o Operation) PathParams() []string {
	var out []string
	for at := 0; ; {
		end := strings.IndexByte(o.Path[at:], '}')
		if end < 0 {
			return out
		}
		at += end + 1
		out = append(out, o.Path[:at])
	}
}

// Reading reports whether the operation changes nothing.
func (o Operation) Reading() bool { return o.Method == "GET" || o.Method == "HEAD" }

// Resolve follows references, and takes the first alternative.
func (d *Document) Resolve(s Schema) Schema {
	for range 20 {
		if ref, ok := s["$ref"].(string); ok {
			s, _ = d.schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any)
			continue
		}
		for _, key := range []string{"anyOf", "oneOf", "allOf"} {
			if list, ok := s[key].([]any); ok && len(list) > 0 {
				s, _ = list[0].(map[string]any)
				break
			}
		}
		if _, more := s["$ref"]; !more {
			break
		}
	}
	return s
}

// TypeOf is the type of a resolved schema, without null.
func TypeOf(s Schema) string {
	switch v := s["type"].(type) {
	case string:
		return v
	case []any:
		for _, t := range v {
			if name, _ := t.(string); name != "null" {
				return name
			}
		}
	}
	if s["properties"] != nil {
		return "object"
	}
	return ""
}

// Properties of a resolved schema, by name.
func Properties(s Schema) map[string]Schema {
	out := map[string]Schema{}
	properties, _ := s["properties"].(map[string]any)
	for name, p := range properties {
		out[name], _ = p.(map[string]any)
	}
	return out
}

// Place is a field inside a body: names, and [] for an item of an array.
type Place []string

// String is the place as problems name it, with [0] for items.
func (p Place) String() string {
	return strings.ReplaceAll(strings.Join(p, "."), ".[]", "[0]")
}

// Walk visits every field below a schema, nested ones too.
func (d *Document) Walk(s Schema, visit func(at Place, s Schema)) { d.walk(nil, s, visit) }

func (d *Document) walk(at Place, s Schema, visit func(at Place, s Schema)) {
	s = d.Resolve(s)
	if s == nil || len(at) > 8 {
		return
	}
	if len(at) > 0 {
		visit(at, s)
	}
	switch TypeOf(s) {
	case "object":
		properties := Properties(s)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			d.walk(append(slices.Clone(at), name), properties[name], visit)
		}
	case "array":
		items, _ := s["items"].(map[string]any)
		d.walk(append(slices.Clone(at), "[]"), items, visit)
	}
}

// Sample makes the smallest value that a schema allows.
func (d *Document) Sample(s Schema) any { return d.sample(s, 0) }

func (d *Document) sample(s Schema, depth int) any {
	s = d.Resolve(s)
	if depth > 8 || s == nil {
		return nil
	}
	for _, key := range []string{"default", "const"} {
		if v, ok := s[key]; ok {
			return v
		}
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	switch TypeOf(s) {
	case "object":
		out, properties := M{}, Properties(s)
		required, _ := s["required"].([]any)
		for _, name := range required {
			name, _ := name.(string)
			out[name] = d.sample(properties[name], depth+1)
		}
		return out
	case "array":
		out := []any{}
		items, _ := s["items"].(map[string]any)
		for range int(number(s, "minItems", 0)) {
			out = append(out, d.sample(items, depth+1))
		}
		return out
	case "integer", "number":
		return number(s, "minimum", 1)
	case "boolean":
		return true
	case "string":
		return text(s)
	}
	return M{}
}

// text is a string of a schema.
func text(s Schema) string {
	switch s["format"] {
	case "uuid":
		return id.New().String()
	case "date-time":
		return "2027-01-02T03:04:05Z"
	case "date":
		return "2027-01-02"
	case "email":
		return Email()
	case "uri":
		return "https://hooks.example.com/in"
	}
	out := "sample"
	if short := int(number(s, "minLength", 0)); short > len(out) {
		out += strings.Repeat("e", short-len(out))
	}
	if long := int(number(s, "maxLength", 1000)); long < len(out) {
		out = out[:long]
	}
	return out
}

func number(s Schema, key string, otherwise float64) float64 {
	if n, ok := s[key].(float64); ok {
		return n
	}
	return otherwise
}

// Put sets a field of a body, making what is missing on the way.
func (d *Document) Put(schema Schema, body any, at Place, value any) any {
	if len(at) == 0 {
		return value
	}
	schema = d.Resolve(schema)
	if at[0] == "[]" {
		items, _ := schema["items"].(map[string]any)
		list, _ := body.([]any)
		if len(list) == 0 {
			list = []any{d.Sample(items)}
		}
		list[0] = d.Put(items, list[0], at[1:], value)
		return list
	}
	object, ok := body.(map[string]any)
	if !ok {
		object, _ = d.Sample(schema).(map[string]any)
	}
	if object == nil {
		object = M{}
	}
	inner := Properties(schema)[at[0]]
	current, there := object[at[0]]
	if !there && len(at) > 1 {
		current = d.Sample(inner)
	}
	object[at[0]] = d.Put(inner, current, at[1:], value)
	return object
}
