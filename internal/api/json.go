package api

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// maxDepth of JSON in a request.
const maxDepth = 32

// What JSON we refuse although it parses: readers would disagree about it, or
// the database would refuse it later.
var (
	errDuplicate = errors.New("the same key stands twice in one object")
	errDepth     = errors.New("nested too deeply")
	errNUL       = errors.New("contains the character U+0000")
	errUTF8      = errors.New("is not valid UTF-8")
	errNumber    = errors.New("has a number of too many digits")
	errArray     = errors.New("has a list of too many entries")
)

func isStrictMessage(s string) bool {
	return slices.Contains([]string{errDuplicate.Error(), errDepth.Error(), errNUL.Error(), errUTF8.Error(), errNumber.Error(), errArray.Error()}, s)
}

// strictJSON is huma's JSON with checkJSON in front. huma unmarshals a body
// twice, first into any: that is where it is checked.
func strictJSON() huma.Format {
	return huma.Format{
		Marshal: huma.DefaultJSONFormat.Marshal,
		Unmarshal: func(data []byte, v any) error {
			if _, first := v.(*any); first {
				if err := checkJSON(data); err != nil {
					return err
				}
			}
			err := json.Unmarshal(data, v)
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				return errors.New(syntax.Error())
			}
			return err
		},
	}
}

// checkJSON walks over JSON without building anything. It need not notice
// wrong syntax: the parser does.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errUTF8
	}
	type level struct {
		object bool
		key    bool // the next string is a key
		commas int
		seen   []string
	}
	var stack []level
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '{', '[':
			if len(stack) == maxDepth {
				return errDepth
			}
			stack = append(stack, level{object: c == '{', key: c == '{'})
		case '}', ']':
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		case ',':
			if len(stack) > 0 {
				top := &stack[len(stack)-1]
				top.key = top.object
				if top.commas++; top.commas >= maxEntries {
					return errArray
				}
			}
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			start := i
			for i+1 < len(data) && strings.IndexByte("+-.0123456789eE", data[i+1]) >= 0 {
				i++
			}
			if i-start >= maxDigits {
				return errNumber
			}
		case '"':
			end := stringEnd(data, i)
			text := data[i:end]
			if hasNUL(text) {
				return errNUL
			}
			if loneSurrogate(text) {
				return errUTF8
			}
			i = end - 1
			if len(stack) == 0 || !stack[len(stack)-1].key {
				continue
			}
			top := &stack[len(stack)-1]
			top.key = false
			name := keyText(text)
			if slices.Contains(top.seen, name) && len(top.seen) < maxKeys {
				return errDuplicate
			}
			if top.seen = append(top.seen, name); len(top.seen) > maxKeys {
				return errDepth
			}
		}
	}
	return nil
}

// maxEntries of one list or object. A body of 1 MiB holds no more ids than that.
const maxEntries = 30_000

// maxDigits of one number, with sign, point and exponent: what a float64 needs
// is 24, and readers take time that grows with the square.
const maxDigits = 64

// maxKeys of one object: the search for duplicates is quadratic.
const maxKeys = 2000

// stringEnd is the index behind the closing quote of the string at i.
func stringEnd(data []byte, i int) int {
	for j := i + 1; j < len(data); j++ {
		switch data[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return len(data)
}

// hasNUL finds U+0000, which only the escape can write.
func hasNUL(text []byte) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i+6 <= len(text) && string(text[i+1:i+6]) == "u0000" {
			return true
		}
		i++
	}
	return false
}

// loneSurrogate finds \ud800 to \udfff without its other half: no text at all,
// which PostgreSQL refuses and others read as they like.
func loneSurrogate(text []byte) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		switch first, ok := escaped(text[i:]); {
		case !ok:
			i++
		case utf16.IsSurrogate(first):
			second, ok := escaped(text[i+6:])
			if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
				return true
			}
			i += 11
		}
	}
	return false
}

// escaped reads a \uXXXX at the beginning of text.
func escaped(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// keyText resolves escapes, so that "a" and "\u0061" are the same key.
func keyText(quoted []byte) string {
	if !strings.Contains(string(quoted), `\`) {
		return string(quoted)
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return string(quoted)
	}
	return `"` + s + `"`
}
