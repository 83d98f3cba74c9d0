package smtp

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxMailLine is RFC 5321 4.5.3.1.6 without its CRLF.
const maxMailLine = 998

// shape is what the client must know of a mail before it sends it.
type shape struct {
	eightBit   bool // somewhere: needs 8BITMIME
	utf8Header bool // in the header: needs SMTPUTF8
	dots       bool // some line begins with a dot
}

// inspect refuses mails that a server could read as more than one, or as none:
// bare CR and LF are how commands are smuggled past a server that takes them
// for line ends (CVE-2023-51764 and its like).
func inspect(body []byte) (shape, *Error) {
	var s shape
	bad := func(what string) (shape, *Error) {
		return s, refused(PhaseMail, 554, "5.6.0", "the mail is malformed: %s", what)
	}
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		return bad("it does not end in CRLF")
	}
	header := true
	for rest := body; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		line := rest[:end] // there is one: the body ends in CRLF
		rest = rest[end+1:]
		if end == 0 || line[end-1] != '\r' {
			return bad("a line feed without carriage return")
		}
		line = line[:end-1]
		if len(line) == 0 {
			header = false
			continue
		}
		if len(line) > maxMailLine {
			return bad("a line longer than 998 octets")
		}
		s.dots = s.dots || line[0] == '.'
		if class := classify(line); class != 0 {
			if class&classBad != 0 {
				return bad("a carriage return without line feed, or NUL")
			}
			s.eightBit = true
			s.utf8Header = s.utf8Header || header
		}
	}
	return s, nil
}

const (
	classHigh = 1 << iota
	classBad
)

// classify looks for octets that are not plain text.
func classify(line []byte) (class int) {
	var or byte
	for _, c := range line {
		or |= c
	}
	if or >= utf8.RuneSelf {
		class = classHigh
	}
	if bytes.IndexByte(line, '\r') >= 0 || bytes.IndexByte(line, 0) >= 0 {
		class |= classBad
	}
	return class
}

// appendStuffed appends body with leading dots doubled (RFC 5321 4.5.2).
func appendStuffed(dst, body []byte) []byte {
	if len(body) > 0 && body[0] == '.' {
		dst = append(dst, '.')
	}
	for {
		i := bytes.Index(body, []byte("\n."))
		if i < 0 {
			return append(dst, body...)
		}
		dst = append(dst, body[:i+1]...)
		dst = append(dst, '.')
		body = body[i+1:]
	}
}

// validPath reports an address that can stand between the angle brackets of
// MAIL and RCPT. Empty is the null sender.
func validPath(address string) bool {
	if len(address) > 254 || !utf8.ValidString(address) {
		return false
	}
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c == 0x7f || c == '<' || c == '>' {
			return false
		}
	}
	// NEL and the other C1 controls, and Unicode's own line ends.
	return !strings.ContainsFunc(address, func(r rune) bool { return r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 })
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
