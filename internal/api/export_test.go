package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rainmaker/internal/platform/id"
)

// The pieces that tests look at from outside.
var (
	CheckJSON  = checkJSON
	SchemaName = schemaName
)

// ClientAddress of a request.
func (a *API) ClientAddress(r *http.Request) string { return a.clientAddress(r) }

type echo struct {
	Body struct {
		Text string `json:"text" maxLength:"1000"`
	}
}

// TestOperations adds operations for tests: one that echoes and one that
// panics. They have the rights of list-roles.
func (a *API) TestOperations() {
	register(a, huma.Operation{OperationID: "list-roles", Method: http.MethodPost, Path: "/test/echo", Hidden: true},
		func(_ context.Context, in *echo) (*echo, error) { return in, nil })
	register(a, huma.Operation{OperationID: "list-roles", Method: http.MethodPost, Path: "/test/panic", Hidden: true},
		func(context.Context, *empty) (*empty, error) { panic("ann@example.com") })
}

// BareEcho is the same echo with nothing around it, to compare.
func BareEcho() http.Handler {
	configureHuma()
	mux := http.NewServeMux()
	bare := humago.New(mux, humaConfig("test"))
	huma.Register(bare, huma.Operation{OperationID: "echo", Method: http.MethodPost, Path: Prefix + "/test/echo"},
		func(_ context.Context, in *echo) (*echo, error) { return in, nil })
	return mux
}

// Mask masks v, a pointer, as for a role that sees no personal data.
func Mask(v any) {
	s := &showing{mask: true, seen: map[id.ID]bool{}}
	s.walk(reflect.ValueOf(v), id.Nil)
}

// Answers are the types that operations answer.
func (a *API) Answers() map[string]reflect.Type { return a.answers }
