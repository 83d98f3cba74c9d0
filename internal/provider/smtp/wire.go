package smtp

import (
	"bytes"
	"encoding/binary"
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
	s.eightBit = high(body)
	header, lines := true, 0
	for rest := body; len(rest) > 0; lines++ {
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
		s.utf8Header = s.utf8Header || header && s.eightBit && high(line)
	}
	// Each line ends in one.
	if bytes.Count(body, []byte{'\r'}) != lines || bytes.IndexByte(body, 0) >= 0 {
		return bad("a carriage return without line feed, or NUL")
	}
	return s, nil
}

// high reports octets beyond ASCII. Eight at a time: every mail is looked through.
func high(text []byte) bool {
	var or uint64
	for ; len(text) >= 8; text = text[8:] {
		or |= binary.LittleEndian.Uint64(text)
	}
	for _, c := range text {
		or |= uint64(c)
	}
	return or&0x8080808080808080 != 0
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
