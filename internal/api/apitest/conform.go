package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"rainmaker/internal/api"
)

// schemas checks that answers are what the OpenAPI document promises, so that
// every test of the API is a test of its description.
type schemas struct {
	mu       sync.Mutex
	doc      map[string]any
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

const docURL = "openapi.json"

func newSchemas(t testing.TB, a *api.API) *schemas {
	t.Helper()
	raw, err := json.Marshal(a.OpenAPI())
	if err != nil {
		t.Fatalf("openapi: %v", err)
	}
	s, err := readSchemas(raw)
	if err != nil {
		t.Fatalf("openapi: %v", err)
	}
	return s
}

func readSchemas(raw []byte) (*schemas, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	s := &schemas{compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	s.doc, _ = doc.(map[string]any)
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	return s, s.compiler.AddResource(docURL, doc)
}

// Conform returns a judge of answers by an OpenAPI document: it says what is
// wrong with one whose status, content type or body the document does not have.
func Conform(document []byte) (func(method, path string, status int, header http.Header, body []byte) error, error) {
	s, err := readSchemas(document)
	if err != nil {
		return nil, err
	}
	return func(method, path string, status int, header http.Header, body []byte) error {
		kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
		if len(body) == 0 {
			return nil
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		pointer := s.find(method, path, status, kind)
		if pointer == "" {
			if status >= 400 && kind == "application/problem+json" {
				return s.validate("/components/schemas/Problem", body)
			}
			return fmt.Errorf("the document has no %d with %q here", status, kind)
		}
		if kind != "application/json" && kind != "application/problem+json" {
			return nil
		}
		return s.validate(pointer, body)
	}, nil
}

// check fails the test when the answer of an operation is not in its schema.
func (s *schemas) check(t testing.TB, method, path string, r *Response) {
	t.Helper()
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if len(r.Body) == 0 || kind != "application/json" && kind != "application/problem+json" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	pointer := s.find(method, path, r.Status, kind)
	if pointer == "" {
		return
	}
	if err := s.validate(pointer, r.Body); err != nil {
		t.Errorf("%s: the answer is not what the OpenAPI document says: %v\n%s", r.Asked, err, r.Body)
	}
}

// validate holds a body against the schema at a pointer. The caller holds mu.
func (s *schemas) validate(pointer string, text []byte) error {
	schema := s.compiled[pointer]
	if schema == nil {
		var err error
		if schema, err = s.compiler.Compile(docURL + "#" + pointer); err != nil {
			return fmt.Errorf("schema: %w", err)
		}
		s.compiled[pointer] = schema
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return schema.Validate(body)
}

// find is the JSON pointer to the schema of an answer, or empty.
func (s *schemas) find(method, path string, status int, kind string) string {
	path, _, _ = strings.Cut(path, "?")
	paths, _ := s.doc["paths"].(map[string]any)
	best := ""
	for template, item := range paths {
		if _, ok := dig(item, []string{strings.ToLower(method)}); !ok || !matches(template, path) {
			continue
		}
		// /leads/bulk beats /leads/{id}.
		if best == "" || strings.Count(template, "{") < strings.Count(best, "{") {
			best = template
		}
	}
	for _, answer := range []string{strconv.Itoa(status), "default"} {
		steps := []string{"paths", best, strings.ToLower(method), "responses", answer, "content", kind, "schema"}
		if _, ok := dig(s.doc, steps); ok {
			return pointer(steps)
		}
	}
	return ""
}

func dig(v any, steps []string) (any, bool) {
	for _, step := range steps {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[step]; !ok {
			return nil, false
		}
	}
	return v, true
}

func pointer(steps []string) string {
	var out strings.Builder
	for _, step := range steps {
		out.WriteByte('/')
		step = strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
		out.WriteString(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(step))
	}
	return out.String()
}

// matches reports whether a path is of a template.
func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.HasPrefix(want[i], "{") && want[i] != got[i] {
			return false
		}
	}
	return true
}
