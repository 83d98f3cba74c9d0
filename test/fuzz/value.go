package fuzz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"rainmaker/internal/api/apitest"
	"rainmaker/internal/platform/id"
)

// raw is text in the place of JSON, good or not.
type raw string

// encode writes JSON, and raw as it is.
func encode(out *bytes.Buffer, v any) {
	switch v := v.(type) {
	case raw:
		out.WriteString(string(v))
	case map[string]any:
		out.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				out.WriteByte(',')
			}
			encode(out, name)
			out.WriteByte(':')
			encode(out, v[name])
		}
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			encode(out, item)
		}
		out.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("null") // no number JSON has
		}
		out.Write(text)
	}
}

// strange are values of every type at their edges, and texts that have broken
// programs before.
func strange() []any {
	return []any{
		nil, true, false, 0, -1, 1, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64, 1e308, -1e308, 5e-324, 0.1, 1.5,
		"", " ", "a", "null", "0", "-1", "true", "NaN", "Infinity", "\n", "\r\nX-Injected: 1", "\t", "a\tb", "\x7f",
		"\U0001F600", "\U0010FFFF", "é", "é", "\u202e\u200b\ufeff", "ﷺ", "İ", "ß", strings.Repeat("a", 256), strings.Repeat("é", 4096),
		strings.Repeat("\U0001F600", 70000), "'; drop table leads; --", "%00", "%s%n%x", "{{first_name}}", "{{", "${7*7}", "<script>alert(1)</script>",
		"../../etc/passwd", "=HYPERLINK(\"x\")", "user@example.com", "a@b", "@", "http://127.0.0.1:1/", "file:///etc/passwd", "127.0.0.1",
		"2027-02-30T00:00:00Z", "2027-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2027-01-02", "-5m", "9999999h", "72h", "3d",
		"00000000-0000-0000-0000-000000000000", id.New().String(), "America/New_York", "Mars/Base", "USD", "en-US", "+12025550123", "1e999",
		[]any{},
		[]any{nil},
		[]any{[]any{}},
		[]any{1, "a", nil, apitest.M{}},
		apitest.M{},
		apitest.M{"": ""},
		apitest.M{"a": nil},
		apitest.M{"id": 1},
		raw("1e999"), raw("-0"), raw("123456789012345678901234567890"), raw("0.1e-999"), raw(`"\ud800"`), raw(`"\ud83d\ude00"`), raw(`"\udc00\ud800"`),
		raw(`"a\u0000b"`), raw("\"\xff\xfe\""), raw("\"\xc0\xaf\""), raw("01"), raw("'a'"), raw("undefined"), raw("NaN"), raw("[1,]"), raw(`{"a":1,"a":2}`),
		raw(`{"constructor":{"prototype":{}},"__proto__":{"a":1}}`), raw(strings.Repeat("[", 31) + strings.Repeat("]", 31)),
		raw(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), raw(strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)),
	}
}

// foreign are properties that no body has, and that would be worth having.
func foreign() []string {
	return []string{"org_id", "role", "is_admin", "id", "credits", "owner_id", "email_verified", "plan", "version", "created_at", "ID", "Name", "__proto__", "", "a\x00b", "é"}
}

func pick[T any](f *Fuzzer, list []T) T { return list[f.rng.IntN(len(list))] }

// chance is true p times in a hundred.
func (f *Fuzzer) chance(p int) bool { return f.rng.IntN(100) < p }

// value makes one of a schema: mostly good, at the edges sometimes.
func (f *Fuzzer) value(name string, s apitest.Schema, depth int) any {
	s = f.doc.Resolve(s)
	if s == nil || depth > 6 {
		return pick(f, strange())
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return pick(f, list)
	}
	switch apitest.TypeOf(s) {
	case "object":
		return f.object(s, depth)
	case "array":
		items, _ := s["items"].(map[string]any)
		out := []any{}
		for range f.rng.IntN(4) {
			out = append(out, f.value(name, items, depth+1))
		}
		return out
	case "integer":
		low, high := bound(s, "minimum", -5), bound(s, "maximum", 1e6)
		return pick(f, []any{low, high, low - 1, high + 1, low + float64(f.rng.IntN(100)), math.MaxInt64, 0})
	case "number":
		return pick(f, []any{0, 1.5, -1, 1e308, bound(s, "minimum", 0), bound(s, "maximum", 1)})
	case "boolean":
		return f.chance(50)
	case "string":
		return f.text(name, s)
	}
	return pick(f, strange())
}

func (f *Fuzzer) object(s apitest.Schema, depth int) any {
	out, properties := apitest.M{}, apitest.Properties(s)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) { // in order: the seed decides
		if slices.Contains(required, any(name)) || f.chance(40) {
			out[name] = f.value(name, properties[name], depth+1)
		}
	}
	if len(properties) == 0 && f.chance(60) {
		for range f.rng.IntN(3) {
			out[pick(f, []string{"a", "tags", "status", "campaign_id", "q", "min_score", "company", "source", "import_id", "é", "$where"})] = pick(f, strange())
		}
	}
	return out
}

// text is a string that fits its name, at its edges, or anything.
func (f *Fuzzer) text(name string, s apitest.Schema) string {
	switch {
	case s["format"] == "uuid" || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids"):
		if paths := slices.Sorted(maps.Keys(f.IDs)); len(paths) > 0 && f.chance(70) {
			return pick(f, f.IDs[pick(f, paths)])
		}
		return id.New().String()
	case s["format"] == "date-time":
		return pick(f, []string{"2027-01-02T03:04:05Z", "2027-01-02T03:04:05.123456789+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00-12:00"})
	case strings.Contains(name, "email") || name == "from_address" || name == "reply_to":
		return pick(f, []string{apitest.Email(), "UPPER@Example.COM", "a@b.co", "x+y@例え.example.com", "no"})
	case strings.Contains(name, "password"):
		return pick(f, []string{apitest.Password, "short", strings.Repeat("p", 300)})
	case strings.Contains(name, "host"):
		return pick(f, []string{"127.0.0.1", "mail.invalid", "localhost", "::1"})
	case strings.Contains(name, "url") || s["format"] == "uri":
		return pick(f, []string{"http://127.0.0.1:9/x", "https://hooks.invalid/in", "ftp://x", "//x", "https://" + strings.Repeat("a", 300)})
	case strings.Contains(name, "timezone"):
		return pick(f, []string{"America/New_York", "UTC", "lead", "Mars/Base", "../x", "Local"})
	case name == "currency":
		return pick(f, []string{"USD", "EUR", "usd", "XXXX"})
	case name == "delay":
		return pick(f, []string{"0s", "72h", "3d", "-1h", "99999999999h", "1y"})
	}
	if f.chance(30) {
		long := int(bound(s, "maxLength", 200))
		return strings.Repeat(pick(f, []string{"a", "é", "\U0001F600"}), max(0, long+f.rng.IntN(3)-1))
	}
	if f.chance(30) {
		if v, ok := pick(f, strange()).(string); ok {
			return v
		}
	}
	return fmt.Sprintf("text %d", f.rng.IntN(1000))
}

func bound(s apitest.Schema, key string, otherwise float64) float64 {
	if n, ok := s[key].(float64); ok {
		return n
	}
	return otherwise
}

// spoil changes something somewhere in a body.
func (f *Fuzzer) spoil(v any) any {
	switch t := v.(type) {
	case map[string]any:
		if len(t) == 0 || f.chance(25) {
			t[pick(f, foreign())] = pick(f, strange())
			return t
		}
		name := pick(f, slices.Sorted(maps.Keys(t)))
		switch f.rng.IntN(4) {
		case 0:
			delete(t, name)
		case 1:
			t[name] = pick(f, strange())
		default:
			t[name] = f.spoil(t[name])
		}
		return t
	case []any:
		if len(t) > 0 && f.chance(70) {
			i := f.rng.IntN(len(t))
			t[i] = f.spoil(t[i])
			return t
		}
		return append(t, pick(f, strange()))
	}
	return pick(f, strange())
}
