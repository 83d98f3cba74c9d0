// Package mailview shows a mail to the person who writes it: as a page for a
// frame that can run and load nothing, and with hints at what makes filters
// suspicious. It is pure.
//
// Files: mailview.go (the page), hint.go (the rules).
package mailview

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// styled matches the style attributes of our own mail templates. What people
// write is escaped in them (a quote is &#34;), so it cannot look like one.
var styled = regexp.MustCompile(` style="([^"]*)"`)

// darkRules is how mail programs that darken mails show one: a dark ground, light
// text, links that stay legible on it.
const darkRules = "html,body{background:#1f1f1f!important;color:#e8eaed!important}" +
	"div,p,li{color:#e8eaed!important;border-color:#3c4043!important}a{color:#8ab4f8!important}"

// Page turns the HTML part of a mail into a page whose styles stand in one
// element with a nonce, so that its policy needs no 'unsafe-inline'.
func Page(mail, nonce string, dark bool) string {
	var rules strings.Builder
	n := 0
	body := styled.ReplaceAllStringFunc(mail, func(attribute string) string {
		n++
		fmt.Fprintf(&rules, ".s%d{%s}", n, html.UnescapeString(styled.FindStringSubmatch(attribute)[1]))
		return fmt.Sprintf(` class="s%d"`, n)
	})
	if dark {
		rules.WriteString(darkRules)
	}
	style := `<title>Preview of the mail</title><style nonce="` + html.EscapeString(nonce) + `">` + rules.String() + "</style>"
	body = strings.Replace(body, "<html>", `<html lang="en">`, 1)
	return strings.Replace(body, "</head>", style+"</head>", 1)
}

// TextPage shows the text part as it is.
func TextPage(text, nonce string) string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Preview of the text part</title><style nonce="` + html.EscapeString(nonce) +
		`">body{margin:0;padding:16px;background:#fff;color:#1f2328}pre{margin:0;font:13px/1.5 monospace;white-space:pre-wrap;overflow-wrap:anywhere}</style></head><body><pre>` +
		html.EscapeString(text) + "</pre></body></html>"
}

// Policy is the Content-Security-Policy of such a page: no script, no form, no
// picture from anywhere, styles by nonce only, and nobody but the app frames it.
func Policy(nonce string) string {
	return "sandbox; default-src 'none'; style-src 'nonce-" + nonce + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}
