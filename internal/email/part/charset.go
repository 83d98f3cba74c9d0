package part

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// UTF8 turns text of the named charset into valid UTF-8 without control
// characters. What nobody can name is taken for UTF-8 if it is that, else for
// Windows-1252, which decodes anything.
func UTF8(b []byte, charset string) string {
	charset = strings.ToLower(strings.Trim(charset, `"' `))
	if bytes.Contains(b, []byte("\x1b$")) {
		charset = "iso-2022-jp" // its escapes appear nowhere else
	}
	switch charset {
	case "", "us-ascii", "utf-8", "utf8", "unknown-8bit", "x-unknown":
	default:
		if enc, err := htmlindex.Get(charset); err == nil {
			if out, err := enc.NewDecoder().Bytes(b); err == nil {
				return printable(string(out))
			}
		}
	}
	if utf8.Valid(b) {
		return printable(string(b))
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return printable(strings.ToValidUTF8(string(b), "?"))
	}
	return printable(string(out))
}

// printable drops control characters and the marks that only reorder or hide
// text, so that "unsub\u200bscribe" reads as it looks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r == 0x7f, r >= 0x80 && r < 0xa0:
			return -1
		case r == 0xa0, r == 0x202f, r == 0x2007:
			return ' '
		case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff, r == 0xad:
			return -1
		case r == utf8.RuneError:
			return '?'
		}
		return r
	}, s)
}

// charsetReader serves mime.WordDecoder.
func charsetReader(charset string, r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxHeader))
	if err != nil {
		return nil, fmt.Errorf("encoded word: %w", err)
	}
	return strings.NewReader(UTF8(b, charset)), nil
}

// Text returns the part's content as UTF-8 plain text; HTML is rendered.
func (p *Part) Text() string {
	if p.Type == "text/html" {
		return Plain(UTF8(p.Body, p.Params["charset"]))
	}
	text := UTF8(p.Body, p.Params["charset"])
	if strings.EqualFold(p.Params["format"], "flowed") {
		return unflow(text, strings.EqualFold(p.Params["delsp"], "yes"))
	}
	return text
}

// unflow joins the soft line breaks of RFC 3676. Quoted lines stay apart: their
// marks say more than their flow.
func unflow(text string, delsp bool) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for i, line := range lines {
		if !strings.HasPrefix(line, ">") {
			line = strings.TrimPrefix(line, " ") // space-stuffing, section 4.4
		}
		last := i == len(lines)-1
		soft := !last && strings.HasSuffix(line, " ") && line != "-- " && !strings.HasPrefix(line, ">") &&
			!strings.HasPrefix(lines[i+1], ">") && strings.TrimSpace(lines[i+1]) != "" && strings.TrimSpace(line) != "" && lines[i+1] != "-- "
		if soft && delsp {
			line = line[:len(line)-1]
		}
		b.WriteString(line)
		if !soft && !last {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
