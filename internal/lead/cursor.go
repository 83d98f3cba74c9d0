package lead

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// cursor is the place after one row of a sorted list. It names its order, so
// that a cursor of another order is refused instead of skipping rows.
type cursor struct {
	Sort string `json:"s"`
	Key  string `json:"k"`
	ID   id.ID  `json:"i"`
}

func (c cursor) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parseCursor reads what String wrote; nil for the first page.
func parseCursor(s string, sort Sort) (*cursor, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // no cursor is the first page
	}
	bad := errs.InvalidField("query.cursor", "not a cursor of this list")
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, bad
	}
	var c cursor
	if err := json.Unmarshal(raw, &c); err != nil || c.Sort != sort.String() {
		return nil, bad
	}
	if _, err := c.value(sort); err != nil {
		return nil, bad
	}
	return &c, nil
}

// value is the key in the type of the sorted column.
func (c cursor) value(sort Sort) (any, error) {
	switch sort.Column {
	case "score":
		return strconv.Atoi(c.Key)
	case "created_at":
		return time.Parse(time.RFC3339Nano, c.Key)
	default:
		return c.Key, nil
	}
}

// after returns the place behind l.
func after(l Lead, sort Sort) cursor {
	c := cursor{Sort: sort.String(), ID: l.ID}
	switch sort.Column {
	case "score":
		c.Key = strconv.Itoa(l.Score)
	case "created_at":
		c.Key = l.CreatedAt.Format(time.RFC3339Nano)
	case "name":
		c.Key = plain.NameKey(l.FirstName, l.LastName)
	case "company":
		c.Key = plain.Key(l.Company)
	}
	return c
}

// Place is the cursor of lists in the order of time and id.
func Place(at time.Time, i id.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(at.Format(time.RFC3339Nano) + " " + i.String()))
}

// ParsePlace reads what Place wrote; the zero time for the first page.
func ParsePlace(s string) (time.Time, id.ID, error) {
	if s == "" {
		return time.Time{}, id.Nil, nil
	}
	bad := errs.InvalidField("query.cursor", "not a cursor of this list")
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return time.Time{}, id.Nil, bad
	}
	at, which, _ := strings.Cut(string(raw), " ")
	t, err1 := time.Parse(time.RFC3339Nano, at)
	i, err2 := id.Parse("query.cursor", which)
	if err1 != nil || err2 != nil {
		return time.Time{}, id.Nil, bad
	}
	return t, i, nil
}
