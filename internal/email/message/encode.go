package message

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

const (
	// qpLine is the longest encoded line: 76 with its soft break (RFC 2045
	// 6.7(5)).
	qpLine = 75
	// maxLine keeps 7bit lines below the 998 octets of RFC 5322 2.1.1.
	maxLine = 990
	hexUp   = "0123456789ABCDEF"
)

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendQP appends s, whose line ends are CRLF, as quoted-printable. col is the
// column it starts in; the column it ends in is returned. Characters are never
// cut in the middle, so that a careless decoder shows no broken ones.
func appendQP(dst []byte, col int, s []byte) ([]byte, int) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\r' && i+1 < len(s) && s[i+1] == '\n':
			dst = hardBreak(dst)
			col = 0
			i += 2
			continue
		case c >= utf8.RuneSelf:
			_, size := utf8.DecodeRune(s[i:])
			if col+3*size > qpLine {
				dst, col = append(dst, "=\r\n"...), 0
			}
			for _, o := range s[i : i+size] {
				dst = append(dst, '=', hexUp[o>>4], hexUp[o&15])
			}
			col += 3 * size
			i += size
			continue
		}
		// "From " at the start of a line is mangled by mailboxes of old.
		plain := c >= ' ' && c <= '~' && c != '=' || c == '\t'
		plain = plain && (c != 'F' || col > 0 || !bytes.HasPrefix(s[i:], []byte("From ")))
		width := 1
		if !plain {
			width = 3
		}
		if col+width > qpLine {
			dst, col = append(dst, "=\r\n"...), 0
		}
		if plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', hexUp[c>>4], hexUp[c&15])
		}
		col += width
		i++
	}
	return dst, col
}

// hardBreak ends the line; a space or tab before the end is encoded, for
// transports strip it.
func hardBreak(dst []byte) []byte {
	if n := len(dst); n > 0 && (dst[n-1] == ' ' || dst[n-1] == '\t') {
		c := dst[n-1]
		dst = append(dst[:n-1], '=', hexUp[c>>4], hexUp[c&15])
	}
	return append(dst, '\r', '\n')
}

// encodeFixed prepares fixed text for both encodings.
func encodeFixed(s string) encoded {
	e := encoded{raw: []byte(s)}
	e.qp, e.last = appendQP(nil, 0, e.raw)
	e.first = bytes.Index(e.qp, []byte("\r\n"))
	if e.lines = e.first >= 0; !e.lines {
		e.first = len(e.qp)
	}
	return e
}

// appendFixedQP appends prepared text, breaking the line first when its first
// line would not fit.
func appendFixedQP(dst []byte, col int, e *encoded) ([]byte, int) {
	if col > 0 && col+e.first > qpLine {
		dst, col = append(dst, "=\r\n"...), 0
	}
	if e.lines && e.first == 0 {
		dst = hardBreak(dst)
		dst = append(dst, e.qp[2:]...)
	} else {
		dst = append(dst, e.qp...)
	}
	if e.lines {
		return dst, e.last
	}
	return dst, col + e.last
}

// sevenBitLines reports whether text of ASCII may travel as it is: no line too
// long, none that begins with "From ".
func sevenBitLines(b []byte) bool {
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n')
		if n < 0 {
			n = len(b) - 1
		}
		if n > maxLine || b[0] == 'F' && bytes.HasPrefix(b, []byte("From ")) {
			return false
		}
		b = b[n+1:]
	}
	return true
}

// wordSafe are the characters that may stand for themselves in an encoded word
// anywhere, phrases included (RFC 2047 5(3)).
func wordSafe(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '!' || c == '*' || c == '+' || c == '/'
}

const (
	wordOpenQ = "=?utf-8?q?"
	wordOpenB = "=?utf-8?b?"
	// headerLine is where header lines fold (RFC 5322 2.1.1: 78 at most).
	headerLine = 76
	wordMax    = 75 // RFC 2047 2
)

// appendWords appends s as RFC 2047 encoded words, folded, and returns the
// column it ends in. It picks the shorter of the two encodings.
func appendWords(dst []byte, col int, s string) ([]byte, int) {
	special := 0
	for i := range len(s) {
		if !wordSafe(s[i]) && s[i] != ' ' {
			special++
		}
	}
	encode := appendWordsQ
	if len(s)+2*special > len(s)*4/3 {
		encode = appendWordsB
	}
	return encode(dst, col, s)
}

func appendWordsQ(dst []byte, col int, s string) ([]byte, int) {
	dst = append(dst, wordOpenQ...)
	width, col := len(wordOpenQ), col+len(wordOpenQ)
	for i := 0; i < len(s); {
		size, need := 1, 1
		if c := s[i]; c >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(s[i:])
			need = 3 * size
		} else if !wordSafe(c) && c != ' ' {
			need = 3
		}
		if width+need+2 > wordMax || col+need+2 > headerLine {
			dst = append(dst, "?=\r\n "+wordOpenQ...)
			width, col = len(wordOpenQ), 1+len(wordOpenQ)
		}
		switch {
		case s[i] == ' ':
			dst = append(dst, '_')
		case need == 1:
			dst = append(dst, s[i])
		default:
			for j := i; j < i+size; j++ {
				dst = append(dst, '=', hexUp[s[j]>>4], hexUp[s[j]&15])
			}
		}
		width, col = width+need, col+need
		i += size
	}
	return append(dst, "?="...), col + 2
}

func appendWordsB(dst []byte, col int, s string) ([]byte, int) {
	for first := true; s != ""; first = false {
		if !first {
			dst, col = append(dst, "\r\n "...), 1
		}
		room := (min(wordMax, headerLine-col) - len(wordOpenB) - 2) / 4 * 3
		n := 0
		for n < len(s) {
			_, size := utf8.DecodeRuneInString(s[n:])
			if n > 0 && n+size > room {
				break
			}
			n += size
		}
		dst = append(dst, wordOpenB...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(s[:n]))
		dst = append(dst, "?="...)
		col += len(wordOpenB) + (n+2)/3*4 + 2
		s = s[n:]
	}
	return dst, col
}

// appendUnstructured appends the value of a header such as Subject, which
// starts in column col. s is one clean line.
func appendUnstructured(dst []byte, col int, s string) []byte {
	if !plainHeader(s) {
		dst, _ = appendWords(dst, col, s)
		return dst
	}
	if col+len(s) <= headerLine {
		return append(dst, s...)
	}
	for i := 0; s != ""; i++ {
		n := 1 // the white space before a word belongs to it
		for n < len(s) && s[n] != ' ' {
			n++
		}
		if i > 0 && col+n > headerLine {
			dst, col = append(dst, "\r\n"...), 0
		}
		dst = append(dst, s[:n]...)
		col += n
		s = s[n:]
	}
	return dst
}

// plainHeader reports whether s may stand unencoded: printable ASCII, nothing
// that a reader could take for an encoded word, and no word too long to fold.
func plainHeader(s string) bool {
	word := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~', c == '=' && i+1 < len(s) && s[i+1] == '?':
			return false
		case c == ' ':
			word = 0
		default:
			if word++; word > 900 {
				return false
			}
		}
	}
	return true
}
