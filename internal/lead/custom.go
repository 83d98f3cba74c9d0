package lead

import (
	"encoding/json"
	"fmt"
	"strings"

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

// private reports whether a custom field is sealed. The rule looks at key and
// value only, so that every way in decides alike.
func private(key string, value any) bool {
	text, _ := value.(string) // other types have keys only
	return privateKey(key) || privateValue(text)
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

// encodeCustom splits custom fields into JSON that may stay in clear and JSON
// that must be sealed ("" when there is none).
func encodeCustom(custom map[string]any) (clear, sealed string, err error) {
	if len(custom) == 0 {
		return "{}", "", nil
	}
	var secret map[string]any
	open := custom
	for key, value := range custom {
		if !private(key, value) {
			continue
		}
		if secret == nil {
			secret, open = map[string]any{}, make(map[string]any, len(custom))
		}
		secret[key] = value
	}
	if secret != nil {
		for key, value := range custom {
			if _, hidden := secret[key]; !hidden {
				open[key] = value
			}
		}
		raw, err := json.Marshal(secret)
		if err != nil {
			return "", "", fmt.Errorf("custom fields: %w", err)
		}
		sealed = string(raw)
	}
	raw, err := json.Marshal(open)
	if err != nil {
		return "", "", fmt.Errorf("custom fields: %w", err)
	}
	if len(raw)+len(sealed) > customSize {
		return "", "", errs.InvalidField("body.custom", "more than %d KiB", customSize>>10)
	}
	return string(raw), sealed, nil
}

// decodeCustom joins what encodeCustom split.
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
		if key == "" || len(key) > maxKey || key != plain.Line(key) {
			return errs.InvalidField("body.custom", "the key %q is not one line of 1 to %d bytes", plain.Cut(key, maxKey), maxKey)
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
