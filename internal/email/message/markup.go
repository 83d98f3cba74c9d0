package message

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The light markup of a body: blank lines part paragraphs, "- " makes a list,
// **bold**, [label](https://...) and bare http(s) addresses. There is no HTML
// for users: what they type comes out as text, and every tag of the HTML part
// is ours, so nothing they write can swallow or hide the footer.

// block is a paragraph or a list.
type block struct {
	lines []string
	list  bool
	tight bool // no blank line stands before it
}

// markUnsubscribe is the mark of every {{unsubscribe_url}}.
const markUnsubscribe = markLast

// source writes the template as one string with marks in the place of fields.
func (t *Template) source() string {
	var b strings.Builder
	for i, s := range t.segments {
		switch s.name {
		case "":
			b.WriteString(s.text)
		case FieldUnsubscribeURL:
			b.WriteRune(markUnsubscribe)
		default:
			b.WriteRune(rune(markFirst + i))
		}
	}
	return b.String()
}

// parseBlocks cuts the body into paragraphs and lists. Runs of blank lines
// count as one, so nobody can push the footer out of sight.
func parseBlocks(t *Template) []block {
	var blocks []block
	gap := true
	for line := range strings.SplitSeq(t.source(), "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" {
			gap = true
			continue
		}
		item, list := listItem(line)
		if last := len(blocks) - 1; !gap && blocks[last].list == list {
			blocks[last].lines = append(blocks[last].lines, item)
			continue
		}
		blocks = append(blocks, block{lines: []string{item}, list: list, tight: !gap})
		gap = false
	}
	return blocks
}

// listItem strips the bullet of a list line.
func listItem(line string) (item string, list bool) {
	for _, bullet := range []string{"- ", "* ", "• "} {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), bullet); ok {
			return strings.TrimLeft(rest, " \t"), true
		}
	}
	return line, false
}

type inlineKind int

const (
	inlineText inlineKind = iota
	inlineLink
	inlineBold // toggles
)

// inline is a piece of a line. A link without label shows its address.
type inline struct {
	kind inlineKind
	text string
	url  string
}

// scanInline cuts one line into text, links and bold marks.
func scanInline(line string, emit func(inline)) {
	bolds := strings.Count(line, "**")
	bold := false
	start := 0 // of the text not yet emitted
	text := func(end int) {
		if end > start {
			emit(inline{kind: inlineText, text: line[start:end]})
		}
	}
	for i := 0; i < len(line); {
		tok, n := inline{}, 0
		switch c := line[i]; {
		case c == '[':
			tok, n = labelledLink(line[i:])
		case c == 'h' || c == 'H':
			if !wordBefore(line[:i]) {
				tok, n = bareLink(line[i:])
			}
		case c == '*' && strings.HasPrefix(line[i:], "**") && (bold || bolds >= 2):
			tok, n = inline{kind: inlineBold}, 2
			bold = !bold
			bolds--
		case c >= utf8.RuneSelf:
			if r, size := utf8.DecodeRuneInString(line[i:]); r == markUnsubscribe {
				tok, n = inline{kind: inlineLink, url: line[i : i+size]}, size
			}
		}
		if n == 0 {
			i++
			continue
		}
		text(i)
		emit(tok)
		i += n
		start = i
	}
	text(len(line))
}

func wordBefore(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// labelledLink reads [label](address) at the start of s. n is zero when there
// is none.
func labelledLink(s string) (tok inline, n int) {
	label, rest, ok := strings.Cut(s[1:], "](")
	if !ok || strings.ContainsAny(label, "[]") || strings.TrimSpace(label) == "" {
		return tok, 0
	}
	address, _, ok := strings.Cut(rest, ")")
	if !ok {
		return tok, 0
	}
	n = 1 + len(label) + 2 + len(address) + 1
	address = strings.TrimSpace(address)
	if address != string(rune(markUnsubscribe)) && !validLink(address) {
		return inline{}, 0
	}
	return inline{kind: inlineLink, text: label, url: address}, n
}

// bareLink reads an http(s) address at the start of s, without the punctuation
// that ends the sentence around it.
func bareLink(s string) (tok inline, n int) {
	scheme, _, ok := strings.Cut(s[:min(len(s), 8)], "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return tok, 0
	}
	n = strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("<>\"`", r)
	})
	if n < 0 {
		n = len(s)
	}
	for n > 0 {
		last := s[n-1]
		closes := last == ')' && strings.Count(s[:n], "(") < strings.Count(s[:n], ")") ||
			last == ']' && strings.Count(s[:n], "[") < strings.Count(s[:n], "]")
		if !closes && !strings.ContainsRune(".,;:!?'*_~", rune(last)) {
			break
		}
		n--
	}
	if !validLink(s[:n]) {
		return inline{}, 0
	}
	return inline{kind: inlineLink, url: s[:n]}, n
}

// validLink reports whether address is an http(s) URL with a host and without
// a password. Merge fields may stand anywhere but in scheme and host: a value
// of the lead may fill a query, never choose where people are sent.
func validLink(address string) bool {
	plain := strings.Map(func(r rune) rune {
		if isMark(r) {
			return 'x'
		}
		return r
	}, address)
	u, err := url.Parse(plain)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	_, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return !hasMark(rest) && !strings.ContainsAny(address, " \t\n<>\"")
}
