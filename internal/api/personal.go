package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth/privacy"
	"rainmaker/internal/platform/id"
)

// Personal data in answers. A field of an answer's type that holds some has the
// struct tag personal with its kind: email, phone, address (either), text (which
// may name either), fields (values of a map). The tag is all there is to do: the
// answer is then masked for roles that do not see personal data, and noted in
// the access log for the others, before it is sent.

// personalTag is the name of the struct tag.
const personalTag = "personal"

// personalTypes remembers which types hold personal fields; types are few and
// never change.
var personalTypes sync.Map // reflect.Type -> bool

// holdsPersonal reports whether values of t can hold personal fields.
func holdsPersonal(t reflect.Type) bool {
	if known, ok := personalTypes.Load(t); ok {
		return known.(bool)
	}
	holds := look(t, map[reflect.Type]bool{})
	personalTypes.Store(t, holds)
	return holds
}

func look(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return look(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Tag.Get(personalTag) != "" || f.IsExported() && look(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// showing is what one answer shows.
type showing struct {
	mask     bool
	self     id.ID // one's own data is no access
	fields   []string
	subjects []id.ID
	seen     map[id.ID]bool
	count    int
}

// disclose masks the personal data in v, a pointer, or notes who sees it.
func (a *API) disclose(ctx context.Context, operation string, v any) error {
	info := requestOf(ctx)
	if info.identity.Org == id.Nil {
		return nil // signing in: people see themselves
	}
	s := &showing{mask: !privacy.SeesPersonal(info.identity.Role), self: info.identity.User, seen: map[id.ID]bool{}}
	var about id.ID
	if info.http != nil {
		// Entries of a person's own lists do not repeat whose they are. Elsewhere the
		// thing of the path (an action, a campaign) is what is known.
		about, _ = id.Parse("path.id", info.http.PathValue("id"))
	}
	s.walk(reflect.ValueOf(v), about)
	if s.mask || s.count == 0 {
		return nil
	}
	return a.Access.Record(ctx, info.identity.Org, privacy.Access{
		Actor: info.identity.Actor(), Role: info.identity.Role, Operation: operation, RequestID: info.id,
		Fields: s.fields, Subjects: s.subjects, Count: s.count,
	})
}

// discloseRaw notes that a file with personal data, which is never masked, is
// given away as a whole.
func (a *API) discloseRaw(ctx context.Context, operation, field string, about id.ID) error {
	info := requestOf(ctx)
	return a.Access.Record(ctx, info.identity.Org, privacy.Access{
		Actor: info.identity.Actor(), Role: info.identity.Role, Operation: operation, RequestID: info.id,
		Fields: []string{field}, Subjects: []id.ID{about}, Count: 1,
	})
}

// walk finds personal fields in v. about is whose they are unless a struct says
// it itself.
func (s *showing) walk(v reflect.Value, about id.ID) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			s.walk(v.Elem(), about)
		}
	case reflect.Slice, reflect.Array:
		if holdsPersonal(v.Type().Elem()) {
			for i := range v.Len() {
				s.walk(v.Index(i), about)
			}
		}
	case reflect.Struct:
		about = subjectOf(v, about)
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			if kind := f.Tag.Get(personalTag); kind != "" {
				s.field(v.Field(i), f, kind, about)
			} else if f.IsExported() && holdsPersonal(f.Type) {
				s.walk(v.Field(i), about)
			}
		}
	}
}

// subjectOf is the lead that a struct belongs to, else the struct's own id.
func subjectOf(v reflect.Value, about id.ID) id.ID {
	for _, name := range []string{"LeadID", "ID"} {
		f := v.FieldByName(name)
		if !f.IsValid() {
			continue
		}
		switch value := f.Interface().(type) {
		case id.ID:
			if name == "LeadID" || about == id.Nil {
				return value
			}
		case *id.ID:
			if value != nil {
				return *value
			}
		}
	}
	return about
}

// field masks or counts one field.
func (s *showing) field(v reflect.Value, f reflect.StructField, kind string, about id.ID) {
	if v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0 || about != id.Nil && about == s.self {
		return
	}
	if s.mask {
		maskField(v, kind)
		return
	}
	s.count++
	name := jsonName(f)
	if !slices.Contains(s.fields, name) {
		s.fields = append(s.fields, name)
	}
	if about != id.Nil && !s.seen[about] {
		s.seen[about] = true
		s.subjects = append(s.subjects, about)
	}
}

func jsonName(f reflect.StructField) string {
	name := f.Tag.Get("json")
	for i := range name {
		if name[i] == ',' {
			return name[:i]
		}
	}
	return name
}

func maskField(v reflect.Value, kind string) {
	switch {
	case v.Kind() == reflect.Map:
		masked := reflect.MakeMapWithSize(v.Type(), v.Len())
		for entry := v.MapRange(); entry.Next(); {
			masked.SetMapIndex(entry.Key(), reflect.ValueOf("•••").Convert(reflect.TypeFor[string]()))
		}
		v.Set(masked)
	case kind == "email":
		v.SetString(privacy.MaskEmail(v.String()))
	case kind == "phone":
		v.SetString(privacy.MaskPhone(v.String()))
	case kind == "address":
		v.SetString(privacy.MaskAddress(v.String()))
	default:
		v.SetString(privacy.MaskText(v.String()))
	}
}

// accessLog registers who saw personal data.
func (a *API) accessLog() {
	register(a, huma.Operation{
		OperationID: "list-access-log", Method: http.MethodGet, Path: "/access-log",
		Summary: "Who saw personal data, the newest first", Tags: []string{"Audit"},
		Description: "Every answer that showed personal data in clear is here, with whose and which fields. Kept for 13 months.",
	}, a.listAccessLog)
}

type accessQuery struct {
	PageQuery
	Actor     string    `query:"actor" maxLength:"100" doc:"Such as user:<id>."`
	Operation string    `query:"operation" maxLength:"100" doc:"Such as list-leads."`
	LeadID    id.ID     `query:"lead_id" doc:"Whose data."`
	From      time.Time `query:"from" doc:"Not before."`
	To        time.Time `query:"to" doc:"Before."`
}

type accessMark struct {
	ID id.ID `json:"i"`
}

func (a *API) listAccessLog(ctx context.Context, in *accessQuery) (*bodyOf[Page[privacy.Access]], error) {
	var mark accessMark
	if err := decodeCursor(in.Cursor, &mark); err != nil {
		return nil, err
	}
	list, err := a.Access.List(ctx, From(ctx).Org, privacy.Query{
		Actor: in.Actor, Operation: in.Operation, Subject: in.LeadID, From: in.From, To: in.To, Before: mark.ID, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = encodeCursor(accessMark{list[in.Limit-1].ID})
	}
	return page(list, next), nil
}
