package plain

import "strings"

// Cell disarms what Excel, LibreOffice and Google Sheets would run as a
// formula (OWASP ASVS 1.2.10): cells that begin with = + - @, a tab or a
// carriage return, also after spaces or in their full-width forms.
func Cell(s string) string {
	trimmed := strings.TrimLeft(s, " \u00a0")
	if trimmed == "" {
		return s
	}
	switch trimmed[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + s
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(trimmed, wide) {
			return "'" + s
		}
	}
	return s
}

// Uncell takes the apostrophe of Cell away again, so that our own
// export can be imported.
func Uncell(s string) string {
	if len(s) > 1 && s[0] == '\'' && Cell(s[1:]) != s[1:] {
		return s[1:]
	}
	return s
}
