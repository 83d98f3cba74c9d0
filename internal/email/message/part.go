package message

import (
	"html"
	"strings"
	"unicode/utf8"
)

// A body is compiled once into two parts, text and HTML. Each part is a list
// of ops whose fixed bytes are ready in both transfer encodings, so that
// rendering a mail is copying, plus encoding the few values that differ.

type opKind uint8

const (
	opFixed opKind = iota
	opValue
	opTracked     // a fixed link that click tracking may replace
	opUnsubscribe // the recipient's opt-out page
	opPixel       // the open-tracking image, when there is one
)

// escape says how a value must be written so that it stays a value.
type escape uint8

const (
	escapeNone escape = iota
	escapeHTML
	escapeURL // percent-encoding, safe in text and in an HTML attribute
)

type op struct {
	kind   opKind
	escape escape
	fixed  encoded
	seg    segment
	url    string
}

// encoded is fixed text in both encodings. first and last are the lengths of
// the first and last line of qp.
type encoded struct {
	raw         []byte
	qp          []byte
	first, last int
	lines       bool // qp has more than one line
}

type part struct {
	ops []op
	// sevenBit reports that no fixed byte needs an encoding.
	sevenBit bool
	size     int
}

// partBuilder collects ops, joining fixed text that follows fixed text.
type partBuilder struct {
	part    part
	pending strings.Builder
}

func (b *partBuilder) fixed(s string) { b.pending.WriteString(s) }

func (b *partBuilder) op(o op) {
	b.flush()
	b.part.ops = append(b.part.ops, o)
	b.part.size += 80
}

func (b *partBuilder) flush() {
	if b.pending.Len() == 0 {
		return
	}
	raw := b.pending.String()
	b.pending.Reset()
	b.part.ops = append(b.part.ops, op{kind: opFixed, fixed: encodeFixed(raw)})
	b.part.size += len(raw)
}

func (b *partBuilder) build() part {
	b.flush()
	b.part.sevenBit = true
	for _, o := range b.part.ops {
		b.part.sevenBit = b.part.sevenBit && isASCII(o.fixed.raw)
	}
	return b.part
}

// marked writes s, whose marks stand for fields of t.
func (b *partBuilder) marked(t *Template, s string, esc escape) {
	for s != "" {
		i := strings.IndexFunc(s, isMark)
		if i < 0 {
			i = len(s)
		}
		switch fixed := s[:i]; esc {
		case escapeHTML:
			b.fixed(html.EscapeString(fixed))
		default:
			b.fixed(fixed)
		}
		if s = s[i:]; s == "" {
			return
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if r == markUnsubscribe {
			b.op(op{kind: opValue, escape: esc, seg: segment{name: FieldUnsubscribeURL}})
		} else {
			b.op(op{kind: opValue, escape: esc, seg: t.segments[r-markFirst]})
		}
	}
}

// address writes the target of a link, without tracking.
func (b *partBuilder) address(t *Template, address string, esc escape) {
	if address == string(rune(markUnsubscribe)) {
		b.op(op{kind: opUnsubscribe, escape: esc})
		return
	}
	for i, piece := range splitMarks(address) {
		if i%2 == 1 {
			b.marked(t, piece, escapeURL)
		} else {
			b.marked(t, piece, esc)
		}
	}
}

// splitMarks cuts s so that odd elements are single marks.
func splitMarks(s string) []string {
	pieces := []string{""}
	for _, r := range s {
		if isMark(r) {
			pieces = append(pieces, string(r), "")
		} else {
			pieces[len(pieces)-1] += string(r)
		}
	}
	return pieces
}

// footer is what the sender appends to both parts, whatever the body says.
type footer struct {
	organization string
	address      []string
	optOut       string
}

// compileText makes the text/plain part.
func compileText(t *Template, foot *footer) part {
	var b partBuilder
	for i, block := range parseBlocks(t) {
		if i > 0 && !block.tight {
			b.fixed("\r\n")
		}
		for _, line := range block.lines {
			if block.list {
				b.fixed("- ")
			}
			scanInline(line, func(tok inline) { b.textInline(t, tok) })
			b.fixed("\r\n")
		}
	}
	if foot != nil {
		b.fixed("\r\n\r\n" + foot.organization + "\r\n")
		for _, line := range foot.address {
			b.fixed(line + "\r\n")
		}
		b.fixed(foot.optOut + ": ")
		b.op(op{kind: opUnsubscribe})
		b.fixed("\r\n")
	}
	return b.build()
}

func (b *partBuilder) textInline(t *Template, tok inline) {
	switch {
	case tok.kind == inlineText:
		b.marked(t, tok.text, escapeNone)
	case tok.kind == inlineLink && (tok.text == "" || tok.text == tok.url):
		b.address(t, tok.url, escapeNone)
	case tok.kind == inlineLink:
		b.marked(t, tok.text, escapeNone)
		b.fixed(" <")
		b.address(t, tok.url, escapeNone)
		b.fixed(">")
	}
}

const (
	htmlHead = "<!DOCTYPE html>\r\n<html>\r\n<head>\r\n<meta charset=\"utf-8\">\r\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\r\n</head>\r\n" +
		"<body style=\"margin:0;padding:16px;font:15px/1.5 Arial,Helvetica,sans-serif;color:#1f2328\">\r\n" +
		"<div style=\"max-width:640px\">\r\n"
	htmlFoot = "<div style=\"margin-top:32px;padding-top:12px;border-top:1px solid #d0d7de;" +
		"font-size:12px;color:#59636e\">\r\n"
	htmlEnd = "</body>\r\n</html>\r\n"
)

// compileHTML makes the text/html part. Every tag in it is written here.
func compileHTML(t *Template, foot *footer) part {
	var b partBuilder
	b.fixed(htmlHead)
	for _, block := range parseBlocks(t) {
		open, between, end := "<p>", "<br>\r\n", "</p>\r\n"
		if block.list {
			open, between, end = "<ul>\r\n<li>", "</li>\r\n<li>", "</li>\r\n</ul>\r\n"
		}
		b.fixed(open)
		for i, line := range block.lines {
			if i > 0 {
				b.fixed(between)
			}
			bold := false
			scanInline(line, func(tok inline) { bold = b.htmlInline(t, tok, bold) })
			if bold {
				b.fixed("</strong>")
			}
		}
		b.fixed(end)
	}
	b.fixed("</div>\r\n")
	if foot != nil {
		b.fixed(htmlFoot + html.EscapeString(foot.organization) + "<br>\r\n")
		for _, line := range foot.address {
			b.fixed(html.EscapeString(line) + "<br>\r\n")
		}
		b.fixed("<a href=\"")
		b.op(op{kind: opUnsubscribe, escape: escapeHTML})
		b.fixed("\" style=\"color:#59636e\">" + html.EscapeString(foot.optOut) + "</a>\r\n</div>\r\n")
	}
	b.op(op{kind: opPixel})
	b.fixed(htmlEnd)
	return b.build()
}

// htmlInline writes one token and reports whether bold is open after it.
func (b *partBuilder) htmlInline(t *Template, tok inline, bold bool) bool {
	switch tok.kind {
	case inlineText:
		b.marked(t, tok.text, escapeHTML)
	case inlineLink:
		b.fixed("<a href=\"")
		if hasMark(tok.url) {
			b.address(t, tok.url, escapeHTML)
		} else {
			b.op(op{kind: opTracked, url: tok.url})
		}
		b.fixed("\">")
		if tok.text != "" {
			b.marked(t, tok.text, escapeHTML)
		} else {
			b.address(t, tok.url, escapeHTML)
		}
		b.fixed("</a>")
	case inlineBold:
		if bold {
			b.fixed("</strong>")
		} else {
			b.fixed("<strong>")
		}
		return !bold
	}
	return bold
}
