// Package part reads a mail that a stranger wrote: headers, MIME parts, text.
//
// It never fails on what is merely wrong (a missing boundary, a charset nobody
// knows, lines without CR): real bounces and replies are wrong in every way, and
// the reader wants what can be had. It fails only on what is too large. Nothing
// here panics, whatever the bytes; FuzzRead holds that.
//
// Files: part.go (tree), header.go (fields), charset.go (text to UTF-8),
// markup.go (HTML to plain text).
package part

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"regexp"
	"strings"

	"rainmaker/internal/platform/errs"
)

// Bounds of a mail. What is above MaxSize is refused; what is above the other
// bounds is read up to them.
const (
	MaxSize   = 32 << 20 // bytes; a mailbox provider's usual 25 MB and its encoding
	MaxHeader = 256 << 10
	maxFields = 2000
	maxDepth  = 8
	maxParts  = 100
	maxBody   = 2 << 20 // decoded bytes kept of one part; no reply or bounce is longer
)

// Part is a mail or one part of it.
type Part struct {
	Header   Header
	Type     string            // lower case, such as "text/plain"; never empty
	Params   map[string]string // of Content-Type, names in lower case
	Filename string            // of an attachment, or empty
	Body     []byte            // transfer encoding undone, LF line ends; empty for multiparts
	Parts    []*Part           // of a multipart

	preamble []byte
}

// Read parses a whole mail. Line ends may be CRLF, LF or CR.
func Read(raw []byte) (*Part, error) {
	if len(raw) > MaxSize {
		return nil, errs.New(errs.TooLarge, "the mail is larger than %d bytes", MaxSize)
	}
	left := maxParts
	return read(unixLines(raw), 0, &left), nil
}

// unixLines turns CRLF and lone CR into LF.
func unixLines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

// read parses one entity. left counts the parts that may still be made, over
// the whole mail.
func read(b []byte, depth int, left *int) *Part {
	*left--
	head, body := Split(b)
	p := &Part{Header: head}
	p.Type, p.Params = contentType(head.Get("Content-Type"))
	p.Filename = filename(head, p.Params)
	if strings.HasPrefix(p.Type, "multipart/") && depth < maxDepth {
		if sections, preamble, ok := sections(body, p.Params["boundary"]); ok {
			p.preamble = preamble
			for _, s := range sections {
				if *left <= 0 {
					break
				}
				p.Parts = append(p.Parts, read(s, depth+1, left))
			}
			return p
		}
		p.Type = "text/plain" // a multipart without its boundary is only text
	}
	p.Body = undo(body, head.Get("Content-Transfer-Encoding"))
	return p
}

// sections cuts a multipart body at its boundary lines. It reports false when
// there is no boundary line at all.
func sections(body []byte, boundary string) (parts [][]byte, preamble []byte, ok bool) {
	if boundary == "" {
		return nil, nil, false
	}
	mark := []byte("--" + boundary)
	start := -1 // of the open section
	for pos := 0; pos < len(body); {
		end := bytes.IndexByte(body[pos:], '\n')
		next := len(body)
		if end >= 0 {
			next = pos + end + 1
		}
		line := body[pos:next]
		if bytes.HasPrefix(line, mark) {
			rest := bytes.TrimSpace(line[len(mark):])
			if len(rest) == 0 || bytes.Equal(rest, []byte("--")) {
				if start >= 0 {
					parts = append(parts, body[start:pos])
				} else {
					preamble = body[:pos]
				}
				start = next
				if len(rest) > 0 {
					return parts, preamble, true
				}
				if len(parts) >= maxParts {
					return parts, preamble, true
				}
			}
		}
		pos = next
	}
	if start < 0 {
		return nil, nil, false
	}
	return append(parts, body[start:]), preamble, true // closing line missing
}

// undo reverses a transfer encoding, keeping what decodes when the rest is
// damaged.
func undo(body []byte, encoding string) []byte {
	if len(body) > 2*maxBody {
		body = body[:2*maxBody]
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		if err == nil || len(out) > len(body)/2 {
			body = out
		}
	case "base64":
		clean := make([]byte, 0, len(body))
		for _, c := range body {
			if c == '+' || c == '/' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
				clean = append(clean, c)
			} else if c == '=' {
				break
			}
		}
		out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
		n, _ := base64.RawStdEncoding.Decode(out, clean) // what came before the damage counts
		body = out[:n]
	}
	body = unixLines(body)
	if len(body) > maxBody {
		body = body[:maxBody]
	}
	return body
}

var (
	looseType  = regexp.MustCompile(`^\s*([a-zA-Z0-9.+-]+/[a-zA-Z0-9.+-]+)`)
	looseParam = regexp.MustCompile(`(?i)(boundary|charset|report-type|name|format|delsp)\s*=\s*(?:"([^"]*)"|([^\s;"]+))`)
)

// contentType reads a Content-Type value, however broken.
func contentType(v string) (string, map[string]string) {
	if v == "" {
		return "text/plain", map[string]string{}
	}
	if t, params, err := mime.ParseMediaType(v); err == nil && strings.Contains(t, "/") {
		return t, params
	}
	params := map[string]string{}
	for _, m := range looseParam.FindAllStringSubmatch(v, 16) {
		params[strings.ToLower(m[1])] = m[2] + m[3]
	}
	if m := looseType.FindStringSubmatch(v); m != nil {
		return strings.ToLower(m[1]), params
	}
	return "text/plain", params
}

// filename returns the name of an attachment.
func filename(h Header, params map[string]string) string {
	disposition := h.Get("Content-Disposition")
	if _, p, err := mime.ParseMediaType(disposition); err == nil && p["filename"] != "" {
		return Decode(p["filename"])
	}
	if name := params["name"]; name != "" {
		return Decode(name)
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(disposition)), "attachment") {
		return "attachment"
	}
	return ""
}

// Leaves returns the parts that hold content, in the order of the mail.
func (p *Part) Leaves() []*Part {
	if !strings.HasPrefix(p.Type, "multipart/") {
		return []*Part{p}
	}
	var all []*Part
	for _, c := range p.Parts {
		all = append(all, c.Leaves()...)
	}
	return all
}

// Preamble is the text of a multipart before its first boundary: where some
// senders of bounces hide what they have to say.
func (p *Part) Preamble() string { return string(bytes.TrimSpace(p.preamble)) }
