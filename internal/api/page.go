package api

import (
	"encoding/base64"
	"encoding/json"

	"rainmaker/internal/platform/errs"
)

// maxCursor bounds a cursor, in characters.
const maxCursor = 1024

// Page is one part of a list.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Null on the last page."`
	Total      *int64  `json:"total,omitempty" doc:"Only with count=true."`
}

// PageQuery is the question of every list; embed it.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before."`
}

// page makes the answer of a list; an empty cursor is the last page.
func page[T any](items []T, next string) *bodyOf[Page[T]] {
	if items == nil {
		items = []T{}
	}
	p := Page[T]{Items: items}
	if next != "" {
		p.NextCursor = &next
	}
	return answer(p)
}

// mapPage converts the items of a page.
func mapPage[S, T any](items []S, next string, f func(S) T) *bodyOf[Page[T]] {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return page(out, next)
}

// encodeCursor writes the place after the last item. Cursors are opaque to
// clients but not secret: they hold only what the list shows.
func encodeCursor(place any) string {
	raw, err := json.Marshal(place)
	if err != nil {
		return "" // places are structs of strings, times and ids
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeCursor reads what encodeCursor wrote into place; an empty cursor leaves
// it as it is.
func decodeCursor(cursor string, place any) error {
	if cursor == "" {
		return nil
	}
	if len(cursor) > maxCursor {
		return errs.InvalidField("query.cursor", "not a cursor of this list")
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, place) != nil {
		return errs.InvalidField("query.cursor", "not a cursor of this list")
	}
	return nil
}
