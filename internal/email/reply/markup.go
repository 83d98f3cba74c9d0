package reply

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"rainmaker/internal/email/part"
)

// StripHTML is Strip for an HTML reply. The marks that mail programs put on the
// quotes they make are turned into the marks of plain text, then Strip decides;
// so an answer between two quotes is found in HTML too.
func StripHTML(markup string) (visible, quoted, signature string) {
	if len(markup) > 4*maxText {
		markup = markup[:4*maxText]
	}
	doc, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		return Strip(part.Plain(markup))
	}
	var own []*html.Node
	collect(doc, 0, &own)
	for _, n := range own {
		rewrite(n)
	}
	return Strip(part.Render(doc, func(*html.Node) bool { return false }))
}

// maxDepth bounds the recursion over a document.
const maxDepth = 500

// collect lists the elements that a mail program marked.
func collect(n *html.Node, depth int, all *[]*html.Node) {
	if depth > maxDepth {
		return
	}
	if n.Type == html.ElementNode && markOf(n) != "" {
		*all = append(*all, n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collect(c, depth+1, all)
	}
}

// markOf says what a mail program's mark means: "quote" for an element that is
// quoted, "break" for one that everything after is quoted, "signature", "lead"
// for Gmail's wrapper of introduction and quote.
func markOf(n *html.Node) string {
	id, class := part.Attr(n, "id"), " "+part.Attr(n, "class")+" "
	has := func(name string) bool { return strings.Contains(class, " "+name+" ") }
	switch {
	case strings.HasSuffix(id, "divRplyFwdMsg"), strings.HasSuffix(id, "appendonsend"), id == "stopSpelling", id == "zwchr",
		strings.HasSuffix(id, "mail-editor-reference-message-container"), has("OutlookMessageHeader"), id == "OLK_SRC_BODY_SECTION",
		n.DataAtom == atom.Div && outlookRule(n):
		return "break"
	case has("moz-cite-prefix"), has("gmail_attr"), has("yahoo_quoted"), has("protonmail_quote"), has("zmail_extra"),
		has("tutanota_quote"), has("front-blockquote"), strings.HasPrefix(id, "yahoo_quoted"), has("yahoo-quoted-begin"), has("yiv-quoted"):
		return "quote"
	case has("moz-signature"), has("gmail_signature"), id == "Signature" || id == "signature" || id == "ms-outlook-mobile-signature", has("protonmail_signature_block"),
		part.Attr(n, "data-signatureblock") != "":
		return "signature"
	case has("gmail_quote") && n.DataAtom == atom.Div:
		return "lead"
	}
	return ""
}

// outlookRule reports the box with a line above that Outlook draws around the
// header of the quoted mail.
func outlookRule(n *html.Node) bool {
	style := strings.ToLower(strings.ReplaceAll(part.Attr(n, "style"), " ", ""))
	if !strings.Contains(style, "border-top:") && !strings.Contains(style, "border-top-style:solid") || !strings.Contains(style, "solid") || strings.Contains(style, "border-left:") {
		return false
	}
	text := part.Render(n, func(*html.Node) bool { return false })
	return fieldLine.MatchString(strings.SplitN(strings.TrimSpace(text), "\n", 2)[0])
}

// rewrite turns a mark into what Strip knows.
func rewrite(n *html.Node) {
	switch markOf(n) {
	case "quote":
		n.Data, n.DataAtom = "blockquote", atom.Blockquote
		n.Attr = nil
	case "break":
		insertBefore(n, "-----Original Message-----")
	case "signature":
		if n.FirstChild != nil && strings.TrimSpace(part.Render(n, func(*html.Node) bool { return false })) != "" {
			insertBefore(n, "-- ")
		}
	case "lead":
		leadIntoQuote(n)
	}
}

// insertBefore puts a line of text before an element.
func insertBefore(n *html.Node, text string) {
	if n.Parent == nil {
		return
	}
	p := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	p.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	n.Parent.InsertBefore(p, n)
}

// leadIntoQuote makes what stands before the first quote of Gmail's wrapper a
// quote as well: it is the introduction, in whatever language.
func leadIntoQuote(n *html.Node) {
	var lead []*html.Node
	found := false
	for c := n.FirstChild; c != nil && !found; c = c.NextSibling {
		if c.DataAtom == atom.Blockquote {
			found = true
		} else {
			lead = append(lead, c)
		}
	}
	if !found || len(lead) == 0 {
		return
	}
	q := &html.Node{Type: html.ElementNode, Data: "blockquote", DataAtom: atom.Blockquote}
	n.InsertBefore(q, lead[0])
	for _, c := range lead {
		n.RemoveChild(c)
		q.AppendChild(c)
	}
}
