// Package custom knows the custom fields of a lead: what may be in them, which
// are private, and their stored form.
//
// Invariant: a field is private, and then sealed, when its key or its value says
// so. Nothing else counts, so that every way in decides alike.
package custom

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/errs"
)

// Limits of the custom fields of one lead.
const (
	MaxKey    = 100       // bytes of a key
	MaxSize   = 256 << 10 // bytes of all as JSON
	maxFields = 200
)

// privateWord marks custom fields that hold personal data beyond the name: a
// field is private when its key has one of these words.
func privateWord(word string) bool {
	switch word {
	case "email", "mail", "phone", "telephone", "tel", "mobile", "cell", "fax", "address", "street", "zip", "postcode",
		"birth", "birthday", "birthdate", "dob", "ssn", "passport", "iban", "salary", "income", "private":
		return true
	}
	return false
}

func privateKey(key string) bool {
	for word := range strings.SplitSeq(plain.Snake(key), "_") {
		if privateWord(word) {
			return true
		}
	}
	return false
}

func privateValue(text string) bool {
	if !strings.Contains(text, "@") {
		return false
	}
	_, err := compliance.NormalEmail(text)
	return err == nil
}

// Splitter takes the fields of many leads apart. It remembers which keys are
// private, for imports ask a million times. It is used by one goroutine.
type Splitter map[string]bool

// Split returns the fields that may stay in clear and those that must be
// sealed, as JSON objects; hidden is nil when there are none.
func (s Splitter) Split(fields map[string]any) (open, hidden []byte, err error) {
	for name, value := range fields {
		private, known := s[name]
		if !known {
			private = privateKey(name)
			s[name] = private
		}
		words, isText := value.(string)
		target := &open
		if private || privateValue(words) {
			target = &hidden
		}
		if len(*target) == 0 {
			*target = append(*target, '{')
		} else {
			*target = append(*target, ',')
		}
		*target = append(appendJSON(*target, name), ':')
		if isText {
			*target = appendJSON(*target, words)
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, nil, fmt.Errorf("custom fields: %w", err)
		}
		*target = append(*target, raw...)
	}
	if len(open) == 0 {
		open = append(open, '{')
	}
	if len(hidden) > 0 {
		hidden = append(hidden, '}')
	}
	return append(open, '}'), hidden, nil
}

// appendJSON appends s as a JSON string.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			raw, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string always marshals
			}
			return append(b, raw...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// Join joins what Split took apart.
func Join(open []byte, hidden string) (map[string]any, error) {
	fields := map[string]any{}
	if len(open) > 2 { // more than {}
		if err := json.Unmarshal(open, &fields); err != nil {
			return nil, fmt.Errorf("custom fields: %w", err)
		}
	}
	if hidden != "" {
		if err := json.Unmarshal([]byte(hidden), &fields); err != nil {
			return nil, fmt.Errorf("private custom fields: %w", err)
		}
	}
	return fields, nil
}

// Check refuses keys and values that no table, template or export can
// carry.
func Check(fields map[string]any) error {
	if len(fields) > maxFields {
		return errs.InvalidField("body.custom", "more than %d fields", maxFields)
	}
	for key, value := range fields {
		if key == "" || len(key) > MaxKey || key != plain.Line(key) {
			return errs.InvalidField("body.custom", "the key %q is not one line of 1 to %d bytes", plain.Cut(key, MaxKey), MaxKey)
		}
		if text, ok := value.(string); ok {
			fields[key] = plain.Text(text)
		} else if holdsNUL(value) {
			return errs.InvalidField("body.custom."+key, "holds a NUL character")
		}
	}
	return nil
}

// holdsNUL looks for what jsonb cannot store, at any depth.
func holdsNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.IndexByte(v, 0) >= 0
	case []any:
		for _, item := range v {
			if holdsNUL(item) {
				return true
			}
		}
	case map[string]any:
		for key, item := range v {
			if strings.IndexByte(key, 0) >= 0 || holdsNUL(item) {
				return true
			}
		}
	}
	return false
}
