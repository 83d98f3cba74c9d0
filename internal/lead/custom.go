package lead

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/errs"
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

// A custom field is sealed when its key or its value says so: nothing else
// counts, so that every way in decides alike.
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

// customs splits the custom fields of leads. It remembers which keys are
// private, for imports ask a million times. It is used by one goroutine.
type customs map[string]bool

// split returns the fields that may stay in clear and those that must be
// sealed, as JSON objects; hidden is nil when there are none.
func (c customs) split(fields map[string]any) (open, hidden []byte, err error) {
	for name, value := range fields {
		private, known := c[name]
		if !known {
			private = privateKey(name)
			c[name] = private
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

// decodeCustom joins what split took apart.
func decodeCustom(clear []byte, sealed string) (map[string]any, error) {
	custom := map[string]any{}
	if len(clear) > 2 { // more than {}
		if err := json.Unmarshal(clear, &custom); err != nil {
			return nil, fmt.Errorf("custom fields: %w", err)
		}
	}
	if sealed != "" {
		if err := json.Unmarshal([]byte(sealed), &custom); err != nil {
			return nil, fmt.Errorf("private custom fields: %w", err)
		}
	}
	return custom, nil
}

// checkCustom refuses keys and values that no table, template or export can
// carry.
func checkCustom(custom map[string]any) error {
	if len(custom) > maxCustom {
		return errs.InvalidField("body.custom", "more than %d fields", maxCustom)
	}
	for key, value := range custom {
		if key == "" || len(key) > MaxKey || key != plain.Line(key) {
			return errs.InvalidField("body.custom", "the key %q is not one line of 1 to %d bytes", plain.Cut(key, MaxKey), MaxKey)
		}
		if text, ok := value.(string); ok {
			custom[key] = plain.Text(text)
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
