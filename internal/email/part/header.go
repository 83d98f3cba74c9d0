package part

import (
	"bytes"
	"mime"
	"strings"
)

// Field is one header field, unfolded, its value as it stood.
type Field struct{ Name, Value string }

// Header is the fields of a mail or part in their order.
type Header []Field

// Get returns the value of the first field of the name, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Has reports whether there is a field of the name.
func (h Header) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// Values returns the values of all fields of the name.
func (h Header) Values(name string) []string {
	var all []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return all
}

// Text returns the first value with its encoded words (RFC 2047) decoded.
func (h Header) Text(name string) string { return Decode(h.Get(name)) }

// Split cuts an entity (LF line ends) into its header fields and its body. What
// does not look like a header ends the header: a mail that begins with text is
// all body.
func Split(b []byte) (Header, []byte) {
	var h Header
	size := 0
	for first := true; len(b) > 0; first = false {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		size += len(line)
		switch {
		case len(bytes.TrimRight(line, " \t")) == 0:
			if first && len(h) == 0 {
				return h, rest // no header at all
			}
			return h, rest
		case size > MaxHeader || len(h) >= maxFields:
			return h, skipHeader(b)
		case line[0] == ' ' || line[0] == '\t':
			if len(h) == 0 {
				return h, b
			}
			h[len(h)-1].Value += " " + string(bytes.TrimSpace(line))
		case first && bytes.HasPrefix(line, []byte("From ")), bytes.HasPrefix(line, []byte(">From ")):
			// the separator of an mbox
		default:
			name, value, ok := bytes.Cut(line, []byte(":"))
			name = bytes.TrimRight(name, " \t")
			if !ok || !validName(name) {
				return h, b
			}
			h = append(h, Field{Name: string(name), Value: string(bytes.TrimSpace(value))})
		}
		b = rest
	}
	return h, nil
}

// skipHeader returns what follows the first empty line.
func skipHeader(b []byte) []byte {
	if _, rest, ok := bytes.Cut(b, []byte("\n\n")); ok {
		return rest
	}
	return nil
}

// validName reports an RFC 5322 field name: printable ASCII without a colon.
func validName(name []byte) bool {
	if len(name) == 0 || len(name) > 100 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// Decode undoes the encoded words of RFC 2047 in a header value and makes the
// rest valid UTF-8.
func Decode(v string) string {
	d := mime.WordDecoder{CharsetReader: charsetReader}
	if out, err := d.DecodeHeader(v); err == nil {
		v = out
	}
	return UTF8([]byte(v), "")
}
