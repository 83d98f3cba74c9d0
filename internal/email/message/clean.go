package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Merge fields inside a body travel through the markup scanner as single
// characters of private use plane 15: mark+i is segment i. cleanText removes
// the whole plane from everything a person or a lead wrote, so a mark cannot be
// forged.
const (
	markFirst = 0xF0000
	markLast  = 0xFFFFD
)

func isMark(r rune) bool { return r >= markFirst && r <= markLast }

func hasMark(s string) bool { return strings.ContainsFunc(s, isMark) }

// unwanted reports characters that have no place in text written for people:
// controls, private use plane 15, and the marks that reverse or re-embed
// writing direction, which could hide the footer or spoof a link.
func unwanted(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return isMark(r)
}

// cleanText makes line ends "\n" (CR, CRLF, NEL, U+2028, U+2029 included) and
// drops unwanted characters and broken UTF-8. Clean text is returned as is.
func cleanText(s string) string {
	if printableASCII(s) {
		return s
	}
	clean := utf8.ValidString(s)
	for _, r := range s {
		if !clean {
			break
		}
		clean = !unwanted(r) && r != 0x2028 && r != 0x2029
	}
	if clean {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r', r == '\u0085', r == 0x2028, r == 0x2029:
			return '\n'
		case unwanted(r):
			return -1
		}
		return r
	}, s)
}

// cleanLine is cleanText for a single line such as a subject or a display name:
// every run of white space, line ends included, becomes one space.
func cleanLine(s string) string {
	if printableASCII(s) && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.FieldsFunc(cleanText(s), unicode.IsSpace), " ")
}

// printableASCII reports whether s is only space to tilde.
func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// hasControl reports whether s holds anything that could end or corrupt a
// header line: controls, Unicode line ends, or bytes that are not UTF-8.
func hasControl(s string) bool {
	if printableASCII(s) {
		return false
	}
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unwanted(r) || r == 0x2028 || r == 0x2029
	})
}
