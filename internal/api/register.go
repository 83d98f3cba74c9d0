package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
	"rainmaker/internal/platform/id"
)

const (
	defaultMaxBody     = 1 << 20
	defaultBodyTimeout = 30 * time.Second
	defaultTimeout     = 60 * time.Second
	timeoutKey         = "timeout"
)

// timeout is the Metadata of an operation that may take longer than a minute.
func timeout(d time.Duration) map[string]any { return map[string]any{timeoutKey: d} }

func timeoutOf(op *huma.Operation) time.Duration {
	if d, ok := op.Metadata[timeoutKey].(time.Duration); ok {
		return d
	}
	return defaultTimeout
}

// register adds an operation. Errors of the handler become problem documents.
func register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[I]()) {
		if field.Anonymous && !field.IsExported() {
			// huma would skip it without a word.
			panic(op.OperationID + ": the embedded input " + field.Name + " must be exported")
		}
	}
	op.Path = Prefix + op.Path
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = defaultMaxBody
	}
	if op.BodyReadTimeout == 0 {
		op.BodyReadTimeout = defaultBodyTimeout
	}
	if !auth.Public(op.OperationID) {
		op.Security = []map[string][]string{{"bearer": {}}, {"api_key": {}}, {"cookie": {}}}
	}
	switch op.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: headerIdempotency, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: new(maxIdempotencyKey)},
			Description: "The same key and body within a day get the first answer again.",
		})
	}
	a.ops = append(a.ops, op)
	personal := holdsPersonal(reflect.TypeFor[O]())
	a.answers[op.OperationID] = reflect.TypeFor[O]()
	account := accountIn[I](&op)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		if account != nil {
			if err := a.limitAccount(ctx, account(in)); err != nil {
				return nil, a.problem(ctx, err)
			}
		}
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		if personal && out != nil {
			if err := a.disclose(ctx, op.OperationID, out); err != nil {
				return nil, a.problem(ctx, err)
			}
		}
		return out, nil
	})
}

// bodyOf is an answer that is only a body.
type bodyOf[T any] struct{ Body T }

func answer[T any](v T) *bodyOf[T] { return &bodyOf[T]{Body: v} }

// empty is an answer or a question without content.
type empty struct{}

// IDPath names one object; embed it, or take it as the whole input.
type IDPath struct {
	ID id.ID `path:"id"`
}

// configureHuma sets the library's global switches, once. huma has no other
// way.
var configureHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true // "Email" is not "email"
	huma.NewError = newError
	huma.NewErrorWithContext = newErrorWithContext
})

func humaConfig(version string) huma.Config {
	c := huma.DefaultConfig("Rainmaker", version)
	c.CreateHooks = nil // no $schema in every body
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": strictJSON(), "json": strictJSON()}
	c.Components = &huma.Components{
		Schemas: newRegistry(),
		SecuritySchemes: map[string]*huma.SecurityScheme{
			"bearer":  {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "Access token of POST /auth/login."},
			"api_key": {Type: "apiKey", In: "header", Name: "Authorization", Description: "ApiKey <key_id>:<secret>"},
			"cookie":  {Type: "apiKey", In: "cookie", Name: auth.CookieName(true), Description: "Session of a browser."},
		},
	}
	c.Info.Description = "The revenue loop over HTTP. Errors are RFC 9457 problem documents."
	return c
}

// schemaName names a type in the OpenAPI document: lead.Lead is Lead,
// campaign.Step is CampaignStep, Page[lead.Lead] is PageLead. Names of
// different packages cannot meet.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	if base, args, generic := strings.Cut(name, "["); generic {
		var out strings.Builder
		out.WriteString(title(base))
		for arg := range strings.SplitSeq(strings.TrimSuffix(args, "]"), ",") {
			arg = strings.TrimLeft(arg, "[]*")
			path, typ := "", arg
			if dot := strings.LastIndexByte(arg, '.'); dot >= 0 {
				path, typ = arg[:dot], arg[dot+1:]
			}
			out.WriteString(qualified(path, typ))
		}
		return out.String()
	}
	return qualified(t.PkgPath(), name)
}

func qualified(path, name string) string {
	pkg := path[strings.LastIndexByte(path, '/')+1:]
	switch pkg {
	case "intake", "score":
		pkg = "lead" // how lead is divided inside is nobody's business outside
	case "when", "mailview", "enrolment":
		pkg = "campaign"
	}
	if pkg == "" || pkg == "api" || strings.HasPrefix(strings.ToLower(name), pkg) {
		return title(name)
	}
	return title(pkg) + title(name)
}

func title(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// area is the first part of an operation's path: what scopes name.
func area(op *huma.Operation) string {
	rest := strings.TrimPrefix(op.Path, Prefix+"/")
	name, _, _ := strings.Cut(rest, "/")
	name, _, _ = strings.Cut(name, ".")
	return name
}

// reading reports whether an operation changes nothing.
func reading(op *huma.Operation) bool {
	return op.Method == http.MethodGet || op.Method == http.MethodHead
}
