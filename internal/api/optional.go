package api

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a field of a PATCH body that may be left out, null, or a value.
// Tag it with omitempty.
type Optional[T any] struct {
	Sent  bool // the field stood in the body
	Null  bool // as null
	Value T
}

// UnmarshalJSON is called only for a field that was sent.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	o.Sent = true
	if bytes.Equal(data, []byte("null")) {
		o.Null = true
		return nil
	}
	return json.Unmarshal(data, &o.Value)
}

// Schema is that of T or null.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	nullable := *s
	nullable.Nullable = true
	return &nullable
}
