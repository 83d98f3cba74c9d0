package part

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxMarkupDepth bounds the recursion over a document.
const maxMarkupDepth = 500

// Plain renders HTML as the text a person sees. Block quotes are marked with
// "> " like in plain mail; scripts, styles and hidden text are left out.
func Plain(markup string) string {
	doc, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		return markup // html.Parse fails only on its reader, and on depth
	}
	return Render(doc, func(*html.Node) bool { return false })
}

// Render is Plain for a parsed document; nodes for which skip reports true are
// left out with all they hold.
func Render(n *html.Node, skip func(*html.Node) bool) string {
	r := renderer{skip: skip}
	r.node(n, 0)
	text := trailing.ReplaceAllString(r.b.String(), "\n")
	return strings.Trim(manyLines.ReplaceAllString(text, "\n\n"), "\n")
}

var (
	manyLines = regexp.MustCompile(`\n{3,}`)
	trailing  = regexp.MustCompile(`[ \t]+\n`)
	blanks    = regexp.MustCompile(`[ \t\r\n\f]+`)
	hidden    = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all`)
)

// renderer writes one document.
type renderer struct {
	b     strings.Builder
	skip  func(*html.Node) bool
	quote int  // depth of blockquotes
	pre   bool // inside <pre>
	inRow bool // something stands on the current line
}

// node writes n and what it holds.
func (r *renderer) node(n *html.Node, depth int) {
	if depth > maxMarkupDepth || r.skip(n) {
		return
	}
	switch n.Type {
	case html.TextNode:
		r.text(n.Data)
		return
	case html.ElementNode:
		if r.element(n, depth) {
			return
		}
	case html.CommentNode, html.DoctypeNode:
		return
	}
	r.children(n, depth)
}

// children writes what n holds.
func (r *renderer) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.node(c, depth+1)
	}
}

// element writes an element that is more than its content, and reports whether
// it has done so.
func (r *renderer) element(n *html.Node, depth int) bool {
	if hidden.MatchString(Attr(n, "style")) {
		return true
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript:
		return true
	case atom.Br:
		r.newline()
		return true
	case atom.Hr:
		r.breakLine()
		r.text("________________")
		r.breakLine()
		return true
	case atom.Blockquote:
		r.breakLine()
		r.quote++
		r.children(n, depth)
		r.breakLine()
		r.quote--
		return true
	case atom.Pre:
		r.breakLine()
		r.pre = true
		r.children(n, depth)
		r.pre = false
		r.breakLine()
		return true
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.Table, atom.Ul, atom.Ol:
		r.breakLine()
		r.children(n, depth)
		r.breakLine()
		r.newline()
		return true
	case atom.Div, atom.Tr, atom.Li, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dd, atom.Dt, atom.Center, atom.Address:
		r.breakLine()
		if n.DataAtom == atom.Li {
			r.text("- ")
		}
		r.children(n, depth)
		r.breakLine()
		return true
	case atom.Td, atom.Th:
		r.children(n, depth)
		r.space()
		return true
	}
	return false
}

// text writes characters, runs of blanks as one unless inside <pre>.
func (r *renderer) text(s string) {
	s = printable(s)
	if r.pre {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				r.newline()
			}
			r.write(line)
		}
		return
	}
	s = blanks.ReplaceAllString(s, " ")
	if !r.inRow {
		s = strings.TrimLeft(s, " ")
	}
	r.write(s)
}

// write puts s on the current line, opening it with its quote marks.
func (r *renderer) write(s string) {
	if s == "" {
		return
	}
	if !r.inRow && r.quote > 0 {
		r.b.WriteString(strings.Repeat(">", min(r.quote, 20)) + " ")
	}
	r.inRow = true
	r.b.WriteString(s)
}

// space parts two cells.
func (r *renderer) space() {
	if r.inRow {
		r.b.WriteByte(' ')
	}
}

// newline ends the current line, an empty one too.
func (r *renderer) newline() {
	if !r.inRow && r.quote > 0 {
		r.b.WriteString(strings.Repeat(">", min(r.quote, 20)))
	}
	r.b.WriteByte('\n')
	r.inRow = false
}

// breakLine ends the current line if something stands on it.
func (r *renderer) breakLine() {
	if r.inRow {
		r.newline()
	}
}

// Attr returns the value of an attribute, or "".
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
