// Package reply finds what a person newly wrote in an answer: without the mail
// quoted below, above or between, and without the signature.
//
// Only what Strip calls visible may decide anything about a person (an opt-out
// most of all: our own mail says "unsubscribe", and comes back quoted). In doubt
// a line is visible: a signature too much is harmless, a lost "please stop" is
// not.
//
// Files: reply.go (Message), strip.go (lines), quote.go (where quotes begin),
// signature.go, markup.go (quotes in HTML).
package reply

import (
	"net/mail"
	"strings"
	"time"

	"rainmaker/internal/email/part"
)

// Message is an incoming mail, read. Everything in it is a stranger's claim.
type Message struct {
	From       string // address, lower case domain; empty when there is none
	FromName   string
	ReplyTo    string   // address, or empty
	To         []string // To and Cc
	Delivered  []string // Delivered-To, X-Original-To: where a tokenised address shows
	Subject    string
	MessageID  string   // without angle brackets, like the next two
	InReplyTo  string   // the first, if several
	References []string // oldest first
	Date       time.Time

	Visible   string // what the person newly wrote
	Quoted    string
	Signature string
	HTML      bool // the text came from an HTML part: there was no plain one

	Header part.Header // all of it, for rules that need more
}

// maxReferences bounds the thread a mail may claim.
const maxReferences = 100

// FromMessage reads a raw mail. It fails only on a mail that is too large.
func FromMessage(raw []byte) (Message, error) {
	root, err := part.Read(raw)
	if err != nil {
		return Message{}, err
	}
	m := Message{Header: root.Header, Subject: root.Header.Text("Subject")}
	m.From, m.FromName = person(root.Header.Get("From"))
	m.ReplyTo, _ = person(root.Header.Get("Reply-To"))
	for _, name := range []string{"To", "Cc"} {
		for _, v := range root.Header.Values(name) {
			m.To = append(m.To, people(v)...)
		}
	}
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To"} {
		for _, v := range root.Header.Values(name) {
			m.Delivered = append(m.Delivered, people(v)...)
		}
	}
	m.MessageID = first(ids(root.Header.Get("Message-ID")))
	m.InReplyTo = first(ids(root.Header.Get("In-Reply-To")))
	m.References = ids(root.Header.Get("References"))
	if at, err := mail.ParseDate(root.Header.Get("Date")); err == nil {
		m.Date = at.UTC()
	}
	m.read(root)
	return m, nil
}

// read finds the text of the mail and takes it apart.
func (m *Message) read(root *part.Part) {
	var plain, markup string
	for _, l := range root.Leaves() {
		if l.Filename != "" || len(plain) > maxText || len(markup) > maxText {
			continue
		}
		switch l.Type {
		case "text/plain":
			plain += l.Text() + "\n"
		case "text/html":
			markup += part.UTF8(l.Body, l.Params["charset"]) + "\n"
		}
	}
	if strings.TrimSpace(plain) != "" {
		m.Visible, m.Quoted, m.Signature = Strip(plain)
	}
	if m.Visible == "" && strings.TrimSpace(markup) != "" {
		visible, quoted, signature := StripHTML(markup)
		if visible != "" || m.Quoted == "" {
			m.Visible, m.Quoted, m.Signature, m.HTML = visible, quoted, signature, true
		}
	}
}

// person returns address and name of the first person of an address list.
func person(v string) (address, name string) {
	v = part.Decode(v)
	if a, err := mail.ParseAddress(v); err == nil {
		return lowerDomain(a.Address), strings.TrimSpace(a.Name)
	}
	if all := people(v); len(all) > 0 {
		name, _, _ := strings.Cut(v, "<")
		return all[0], strings.Trim(name, `"' `)
	}
	return "", ""
}

// people returns the addresses of a list, however broken.
func people(v string) []string {
	var all []string
	if list, err := mail.ParseAddressList(v); err == nil {
		for _, a := range list {
			all = append(all, lowerDomain(a.Address))
		}
		return all
	}
	for _, w := range strings.FieldsFunc(part.Decode(v), func(r rune) bool { return strings.ContainsRune(` ,;<>"'()`, r) }) {
		if at := strings.LastIndexByte(w, '@'); at > 0 && at < len(w)-1 && len(all) < 200 {
			all = append(all, lowerDomain(w))
		}
	}
	return all
}

// lowerDomain lowers the part of an address that has no case.
func lowerDomain(a string) string {
	at := strings.LastIndexByte(a, '@')
	if at < 0 {
		return a
	}
	return a[:at] + strings.ToLower(a[at:])
}

// ids returns the message ids of a field, without angle brackets.
func ids(v string) []string {
	var all []string
	for _, w := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '\t' || r == '<' || r == '>' || r == ',' }) {
		if strings.Contains(w, "@") && len(all) < maxReferences && len(w) <= 998 {
			all = append(all, w)
		}
	}
	return all
}

// first returns the first string, or "".
func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
