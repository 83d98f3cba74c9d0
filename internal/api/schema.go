package api

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/platform/id"
)

// uuidText is how ids look in the OpenAPI document; huma itself only sees a
// type that reads text.
type uuidText string

// Schema is that of an id.
func (uuidText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid"}
}

func newRegistry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	r.RegisterTypeAlias(reflect.TypeFor[id.ID](), reflect.TypeFor[uuidText]())
	return r
}

// allowNulls adds null to the properties that Go writes as null and huma
// forgets: pointers to structs and to ids. Fields with omitempty are left out
// instead.
func allowNulls(r huma.Registry) {
	for name, schema := range r.Map() {
		t := r.TypeFromRef("#/components/schemas/" + name)
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, field := range reflect.VisibleFields(t) {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := schema.Properties[name]
			if field.Type.Kind() != reflect.Pointer || property == nil || strings.Contains(options, "omitempty") {
				continue
			}
			switch {
			case property.Ref != "":
				// An enum of null, because huma lets anything pass for type null.
				or := &huma.Schema{AnyOf: []*huma.Schema{{Ref: property.Ref}, {Enum: []any{nil}}}, Description: property.Description}
				or.PrecomputeMessages()
				schema.Properties[name] = or
			case property.Type != "":
				property.Nullable = true
			}
		}
	}
}
