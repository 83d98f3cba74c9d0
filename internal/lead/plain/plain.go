// Package plain makes what people and files say about a lead fit to be stored,
// searched, sorted and exported: it knows text, not leads.
//
// Files: plain.go (clean text, search keys, names), cell.go (cells of a
// spreadsheet).
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Line returns text as one line: valid UTF-8, composed, without control
// characters, with single spaces. Names go into mail headers: a line break that
// gets in here would be a header injection there.
func Line(s string) string {
	plain, spaces := true, 0
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f {
			plain = false
			break
		}
		if c == ' ' {
			spaces++
		}
	}
	if plain {
		s = strings.TrimSpace(s)
		if spaces == 0 || !strings.Contains(s, "  ") {
			return s
		}
	}
	s = Text(s)
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
}

// Text returns text that PostgreSQL and people can read: valid UTF-8,
// composed (NFC), no control characters but line feeds and tabs, trimmed.
func Text(s string) string {
	dirty := false
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			dirty = true
			break
		}
	}
	if dirty {
		s = strings.ToValidUTF8(s, "\uFFFD")
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\r':
				return '\n'
			case r == '\n', r == '\t':
				return r
			case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\uFEFF', r == '\u200B':
				return -1
			case unicode.Is(unicode.Bidi_Control, r):
				return -1 // would show a name or address as another one
			}
			return r
		}, s)
		s = norm.NFC.String(s)
	}
	return strings.TrimSpace(s)
}

// Fold returns the form in which names are searched and sorted: lower case
// without accents.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			// A transformer has state: one a call.
			t := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
			if folded, _, err := transform.String(t, s); err == nil {
				s = folded
			}
			break
		}
	}
	return strings.ToLower(s)
}

// maxKeyText keeps the keys far below the size a B-tree page can hold.
const maxKeyText = 200

// Key is Fold cut to a size that an index can hold.
func Key(s string) string {
	s = Fold(s)
	if len(s) > maxKeyText {
		s = strings.ToValidUTF8(s[:maxKeyText], "")
	}
	return s
}

// NameKey joins first and last name.
func NameKey(first, last string) string {
	switch {
	case first == "":
		return Key(last)
	case last == "":
		return Key(first)
	}
	return Key(first + " " + last)
}

// Snake returns a name as snake_case: letters and digits of any script, in
// lower case, joined by single underscores.
func Snake(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	return b.String()
}

// Cut shortens text to at most n bytes at a rune's border.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Digits counts the digits in a text.
func Digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}
