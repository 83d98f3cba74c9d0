package message

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rainmaker/internal/platform/errs"
)

// Limits of what a user may write. They keep one mail far below what mail
// servers refuse (10-25 MB) and a template cheap to compile.
const (
	maxTemplateBytes = 256 << 10
	maxFieldName     = 80
	maxFallbackBytes = 500
)

// FieldUnsubscribeURL is the merge field that stands for the recipient's own
// opt-out page. The sender fills it in; leads have no say in it.
const FieldUnsubscribeURL = "unsubscribe_url"

const customPrefix = "custom."

// fieldNames are the merge fields besides custom.<key>: columns of the lead,
// facts about the sender, and the opt-out page.
func fieldNames() []string {
	return []string{
		"first_name", "last_name", "full_name", "email", "phone", "company", "title", "region", "timezone",
		"sender_name", "sender_address", "organization_name", FieldUnsubscribeURL,
	}
}

// segment is a piece of a template: fixed text, or a field (when name is set).
type segment struct {
	text        string
	name        string
	fallback    string
	hasFallback bool
}

// Template is text with merge fields, checked and cut into pieces once. It is
// immutable: any number of goroutines may render it.
type Template struct {
	segments []segment
}

// Literal returns a template that is exactly text: nothing in it is a merge
// field. It is for text that a model or a person wrote for one recipient.
func Literal(text string) *Template {
	return &Template{segments: []segment{{text: cleanText(text)}}}
}

// Parse reads text with merge fields `{{field}}` or `{{field | fallback}}`.
// There is no other syntax: no conditions, no loops, no functions. A field that
// does not exist, or braces that do not pair, are an errs.Invalid error at
// location that says where in the text they stand.
func Parse(location, text string) (*Template, error) {
	if len(text) > maxTemplateBytes {
		return nil, errs.InvalidField(location, "is longer than %d bytes", maxTemplateBytes)
	}
	if !utf8.ValidString(text) {
		return nil, errs.InvalidField(location, "is not valid UTF-8")
	}
	t := &Template{}
	for at := 0; at < len(text); {
		open := strings.Index(text[at:], "{{")
		fixed := text[at:]
		if open >= 0 {
			fixed = text[at : at+open]
		}
		if stray := strings.Index(fixed, "}}"); stray >= 0 {
			return nil, malformed(location, text, at+stray, "}} has no {{ before it")
		}
		if fixed = cleanText(fixed); fixed != "" {
			t.segments = append(t.segments, segment{text: fixed})
		}
		if open < 0 {
			break
		}
		start := at + open
		end := strings.Index(text[start:], "}}")
		if end < 0 {
			return nil, malformed(location, text, start, "{{ is never closed")
		}
		seg, reason := parseField(text[start+2 : start+end])
		if reason != "" {
			return nil, malformed(location, text, start, reason)
		}
		t.segments = append(t.segments, seg)
		at = start + end + 2
	}
	return t, nil
}

// parseField reads what stands between the braces. The reason is empty when it
// is well formed.
func parseField(inner string) (seg segment, reason string) {
	if strings.ContainsAny(inner, "{}\n\r") {
		return seg, "a merge field holds only a name and a fallback, on one line"
	}
	name, fallback, hasFallback := strings.Cut(inner, "|")
	name, fallback = strings.TrimSpace(name), strings.TrimSpace(cleanText(fallback))
	switch {
	case name == "":
		return seg, "the merge field has no name"
	case len(name) > maxFieldName:
		return seg, "the name of the merge field is too long"
	case !knownField(name):
		return seg, "unknown field " + quote(name)
	case len(fallback) > maxFallbackBytes:
		return seg, "the fallback is too long"
	}
	return segment{name: name, fallback: fallback, hasFallback: hasFallback}, ""
}

// knownField reports whether name is on the list, or custom.<key> with a key of
// letters, digits, "_" and "-".
func knownField(name string) bool {
	key, custom := strings.CutPrefix(name, customPrefix)
	if !custom {
		return slices.Contains(fieldNames(), name)
	}
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
	})
}

// malformed names the place by line and column, both counted from one in
// characters, as an editor shows them.
func malformed(location, text string, offset int, reason string) error {
	before := text[:offset]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return errs.InvalidField(location, "%s (line %d, column %d)", reason, line, column)
}

// quote shows user input in a message without letting it run away.
func quote(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		s = string([]rune(s)[:40]) + "…"
	}
	return `"` + s + `"`
}

// value returns what the segment's field stands for: the lead's value, else the
// fallback. missing reports that there is neither.
func (s segment) value(fields func(name string) string) (v string, missing bool) {
	if v = fields(s.name); strings.TrimSpace(v) != "" {
		return v, false
	}
	return s.fallback, !s.hasFallback
}

// Append appends the rendered plain text to dst. Values are taken as they are
// except for control characters, and never read as template text again.
func (t *Template) Append(dst []byte, fields func(name string) string) []byte {
	for _, s := range t.segments {
		if s.name == "" {
			dst = append(dst, s.text...)
			continue
		}
		v, _ := s.value(fields)
		dst = append(dst, cleanText(v)...)
	}
	return dst
}

// Render writes the rendered plain text to w.
func (t *Template) Render(w io.Writer, fields func(name string) string) error {
	_, err := w.Write(t.Append(nil, fields))
	return err
}

// Fields returns the names of the merge fields in use, each once, in order of
// appearance.
func (t *Template) Fields() []string {
	var names []string
	for _, s := range t.segments {
		if s.name != "" && !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	return names
}

// Field is a use of a merge field.
type Field struct {
	Name        string
	Fallback    string
	HasFallback bool
}

// LeadFields returns the uses of fields that a lead fills, in order of
// appearance; those that the sender fills always have a value.
func (t *Template) LeadFields() []Field {
	var used []Field
	for _, s := range t.segments {
		switch s.name {
		case "", "sender_name", "sender_address", "organization_name", FieldUnsubscribeURL:
		default:
			used = append(used, Field{s.name, s.fallback, s.hasFallback})
		}
	}
	return used
}

// Missing returns the fields that would come out empty for this lead: no value
// and no fallback. An empty fallback (`{{title | }}`) is a decision, not a
// hole.
func (t *Template) Missing(fields func(name string) string) []string {
	var names []string
	for _, s := range t.segments {
		if s.name == "" || slices.Contains(names, s.name) {
			continue
		}
		if _, missing := s.value(fields); missing {
			names = append(names, s.name)
		}
	}
	return names
}

// Links returns the fixed http(s) addresses in the template, each once, in
// order: what click tracking rewrites. Addresses that contain a merge field are
// personal and never rewritten.
func (t *Template) Links() []string {
	var links []string
	for _, block := range parseBlocks(t) {
		for _, line := range block.lines {
			scanInline(line, func(tok inline) {
				if tok.kind == inlineLink && !hasMark(tok.url) && !slices.Contains(links, tok.url) {
					links = append(links, tok.url)
				}
			})
		}
	}
	return links
}

// Links returns the http(s) addresses in text, each once, in order.
func Links(text string) []string { return Literal(text).Links() }
