package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"rainmaker/internal/platform/errs"
)

// RFC 5321 4.5.3.1: 64 octets of local part, 255 of domain, 254 of path.
const (
	maxLocal   = 64
	maxDomain  = 253
	maxAddress = 254
)

// Address checks an e-mail address and returns it as it goes on the wire: the
// local part untouched, the domain in lower case and, when international, in
// its punycode form. Quoted local parts ("john doe"@...) and address literals
// are refused: nobody has one, and every injection starts with one. location
// names the field in the error.
func Address(location, address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return "", errs.InvalidField(location, "is not an e-mail address")
	}
	local, domain := address[:at], address[at+1:]
	if !validLocal(local) {
		return "", errs.InvalidField(location, "is not an e-mail address: wrong part before the @")
	}
	domain, err := asciiDomain(domain)
	if err != nil {
		return "", errs.InvalidField(location, "is not an e-mail address: wrong domain")
	}
	if at+1+len(domain) > maxAddress {
		return "", errs.InvalidField(location, "is longer than %d characters", maxAddress)
	}
	if domain == address[at+1:] {
		return address, nil
	}
	return local + "@" + domain, nil
}

// validLocal reports a dot-atom (RFC 5321 4.1.2), with UTF-8 allowed by
// RFC 6531.
func validLocal(s string) bool {
	if s == "" || len(s) > maxLocal || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < utf8.RuneSelf && c != '.' && !atext(c) {
			return false
		}
	}
	return !hasControl(s)
}

// atext is RFC 5322 3.2.3.
func atext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// asciiDomain returns the domain in lower-case ASCII. Plain names, nearly all
// of them, take no table look-ups.
func asciiDomain(s string) (string, error) {
	if len(s) <= maxDomain && plainDomain(s) {
		return s, nil
	}
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil {
		return "", err
	}
	if len(ascii) > maxDomain || !plainDomain(ascii) {
		return "", errs.New(errs.Invalid, "not a domain")
	}
	return ascii, nil
}

// plainDomain reports labels of lower-case letters, digits and inner hyphens.
// A single label such as "localhost" passes: private networks have them.
func plainDomain(s string) bool {
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
			continue
		}
		if n := i - start; n == 0 || n > 63 || s[start] == '-' || s[i-1] == '-' {
			return false
		}
		start = i + 1
	}
	// "xn--" labels are punycode already, but only idna knows whether valid.
	return true
}

// appendMailbox appends `Name <address>` starting in column col. name is one
// clean line and may be empty; address has passed Address.
func appendMailbox(dst []byte, col int, name, address string) []byte {
	if name == "" {
		return append(dst, address...)
	}
	begin := len(dst)
	switch phraseKind(name) {
	case phraseAtoms:
		dst = append(dst, name...)
		col += len(dst) - begin
	case phraseQuoted:
		dst = append(dst, '"')
		for i := range len(name) {
			if name[i] == '"' || name[i] == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, name[i])
		}
		dst = append(dst, '"')
		col += len(dst) - begin
	default:
		dst, col = appendWords(dst, col, name)
	}
	if col+len(address)+3 > headerLine {
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, " <"...)
	dst = append(dst, address...)
	return append(dst, '>')
}

type phrase int

const (
	phraseAtoms phrase = iota
	phraseQuoted
	phraseEncoded
)

// phraseKind says how a display name must be written.
func phraseKind(s string) phrase {
	if !plainHeader(s) || len(s) > maxName {
		return phraseEncoded
	}
	for i := range len(s) {
		if c := s[i]; c != ' ' && !atext(c) {
			return phraseQuoted
		}
	}
	return phraseAtoms
}
