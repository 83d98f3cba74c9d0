package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
)

//go:embed docs.html.tmpl
var docsTemplate string

//go:embed docs.css
var docsStyle string

// docs serves the description of the API: for programs at /api/openapi.json,
// for people at /api/docs, without a script.
func (a *API) docs() {
	spec := sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.OpenAPI()) })
	a.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		body, err := spec()
		if err != nil {
			a.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // the client may be gone
	})
	html := sync.OnceValues(a.docsPage)
	a.mux.HandleFunc("GET /api/docs", func(w http.ResponseWriter, r *http.Request) {
		body, err := html()
		if err != nil {
			a.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})
	a.mux.HandleFunc("GET /api/docs.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write([]byte(docsStyle))
	})
}

// What the page shows.
type docsData struct {
	Title, Description string
	Groups             []docsGroup
}

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Public                                 bool
	Roles                                  []string
	Parameters                             []docsField
	Body                                   []docsField
	Answers                                []docsAnswer
}

type docsField struct {
	Name, In, Type, Description string
	Required                    bool
}

type docsAnswer struct {
	Status, Description string
	Fields              []docsField
}

func (a *API) docsPage() ([]byte, error) {
	data := docsData{Title: a.OpenAPI().Info.Title, Description: a.OpenAPI().Info.Description}
	index := map[string]int{}
	for i := range a.ops {
		op := a.documented(&a.ops[i])
		if op == nil {
			continue
		}
		group := "Other"
		if len(op.Tags) > 0 {
			group = op.Tags[0]
		}
		at, ok := index[group]
		if !ok {
			at = len(data.Groups)
			index[group] = at
			data.Groups = append(data.Groups, docsGroup{Name: group})
		}
		data.Groups[at].Operations = append(data.Groups[at].Operations, a.docsOperation(op))
	}
	page, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, data)
	return out.Bytes(), err
}

// documented is the operation as huma describes it.
func (a *API) documented(op *huma.Operation) *huma.Operation {
	item := a.OpenAPI().Paths[op.Path]
	if item == nil {
		return nil
	}
	for _, candidate := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if candidate != nil && candidate.Method == op.Method {
			return candidate
		}
	}
	return nil
}

func (a *API) docsOperation(op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description, Public: len(op.Security) == 0}
	for _, role := range auth.RolesOf(op.OperationID) {
		d.Roles = append(d.Roles, string(role))
	}
	for _, p := range op.Parameters {
		d.Parameters = append(d.Parameters, docsField{Name: p.Name, In: p.In, Type: a.typeName(p.Schema), Description: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			d.Body = a.docsFields(media.Schema)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		response := op.Responses[status]
		out := docsAnswer{Status: status, Description: response.Description}
		for _, media := range response.Content {
			out.Fields = a.docsFields(media.Schema)
		}
		d.Answers = append(d.Answers, out)
	}
	return d
}

func (a *API) resolve(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func (a *API) docsFields(s *huma.Schema) []docsField {
	s = a.resolve(s)
	if s == nil {
		return nil
	}
	var out []docsField
	for _, name := range sortedNames(s.Properties) {
		property := s.Properties[name]
		out = append(out, docsField{
			Name: name, Type: a.typeName(property), Description: property.Description, Required: slices.Contains(s.Required, name),
		})
	}
	return out
}

// typeName describes a schema in a few words.
func (a *API) typeName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	if s.Ref != "" {
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	}
	name := s.Type
	switch {
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			if text, ok := v.(string); ok {
				values = append(values, text)
			}
		}
		name = strings.Join(values, " | ")
	case s.Type == "array":
		name = "list of " + a.typeName(s.Items)
	case s.Format != "":
		name = s.Format
	}
	if s.Nullable {
		name += " or null"
	}
	return name
}

func sortedNames(m map[string]*huma.Schema) []string { return slices.Sorted(maps.Keys(m)) }
