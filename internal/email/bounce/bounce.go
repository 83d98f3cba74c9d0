// Package bounce says what an incoming mail is: the news that a mail was not
// delivered, a complaint, an automatic answer, or none of these.
//
// It reads RFC 3464 delivery reports, RFC 5965 feedback reports, RFC 8098
// disposition notices and RFC 3834 automatic answers, and what the world sends
// instead of them: the prose of qmail, Exim, Postfix, sendmail, Exchange, Notes,
// Gmail, Yahoo and many more. Prose is read by general means (which addresses
// stand where, which SMTP reply belongs to them, at which command it came), never
// by who wrote it; what a reply means is data, in reasons.txt.
//
// Everything read is hostile. Parse never panics and its work is bounded by the
// bounds of package part; FuzzParse holds that. A report is only a claim: anyone
// can write one. Whoever acts on it must match OriginalMessageID or the tokenised
// return path with a mail we sent.
//
// Files: bounce.go (types, Parse), delivery.go (RFC 3464), complaint.go (ARF),
// automatic.go (vacations), notice.go (prose), reply.go (SMTP replies in text),
// reason.go and reasons.txt (what a reply means), status.go (RFC 3463),
// original.go (the mail that came back), refusal.go (what a server said at once).
package bounce

import (
	"strings"
	"time"

	"rainmaker/internal/email/part"
)

// Kind is what a mail is.
type Kind string

// The kinds. A report about several recipients has the gravest: hard before
// soft.
const (
	None        Kind = "none"        // a person wrote it, or a delivery succeeded
	Hard        Kind = "bounce_hard" // the address is dead: never write again
	Soft        Kind = "bounce_soft" // not delivered, but the address may live
	Complaint   Kind = "complaint"   // the recipient called it spam, or wants out (RFC 5965)
	AutoReply   Kind = "auto_reply"  // a machine answered (RFC 3834)
	OutOfOffice Kind = "out_of_office"
)

// Recipient is what became of one address.
type Recipient struct {
	Address    string // as reported, lower case domain; empty when nobody says
	Original   string // Original-Recipient of RFC 3464, if it differs
	Action     string // RFC 3464 2.3.3: failed, delayed, delivered, relayed, expanded
	Status     string // RFC 3463, such as 5.1.1
	ReplyCode  string // RFC 5321, such as 550
	Command    string // the SMTP command refused: CONN, EHLO, MAIL, RCPT, DATA; empty when unknown
	Diagnostic string // the words of the other server; one line, bounded
	Reason     Reason
	Hard       bool
}

// Report is what a mail says about mails of ours.
type Report struct {
	Kind       Kind
	Recipients []Recipient

	// OriginalMessageID, OriginalFrom and OriginalReturnPath are of the mail
	// reported on, when it or its header came back; without angle brackets.
	OriginalMessageID  string
	OriginalFrom       string
	OriginalReturnPath string
	OriginalTo         []string
	// SentTo is the addresses this report was sent to: where a tokenised return
	// path (VERP) shows.
	SentTo []string

	FeedbackType     string     // RFC 5965 3.1: abuse, fraud, opt-out, ...
	OutOfOfficeUntil *time.Time // the stated day of return, at midnight UTC
}

// maxRecipients bounds what one report can claim.
const maxRecipients = 100

// Parse says what the mail is. It fails only on a mail that is too large.
func Parse(raw []byte) (Report, error) {
	root, err := part.Read(raw)
	if err != nil {
		return Report{}, err
	}
	m := &mail{root: root, leaves: root.Leaves()}
	r := m.report()
	r.SentTo = m.sentTo()
	if len(r.Recipients) > maxRecipients {
		r.Recipients = r.Recipients[:maxRecipients]
	}
	return r, nil
}

// mail is a mail being read.
type mail struct {
	root   *part.Part
	leaves []*part.Part
}

// report tries what a machine would have written first, prose last.
func (m *mail) report() Report {
	if r, ok := m.complaint(); ok {
		return r
	}
	if r, ok := m.delivery(); ok {
		return r
	}
	bounce := m.looksLikeBounce()
	if !bounce {
		if r, ok := m.automatic(); ok {
			return r
		}
	}
	if r, ok := m.notice(bounce); ok {
		return r
	}
	return Report{Kind: None}
}

// kindOf is the gravest kind of the recipients.
func kindOf(all []Recipient) Kind {
	kind := None
	for _, r := range all {
		switch {
		case r.Hard:
			return Hard
		case r.Reason != Delivered:
			kind = Soft
		}
	}
	return kind
}

// sentTo lists the addresses the mail was delivered to.
func (m *mail) sentTo() []string {
	var all []string
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To"} {
		for _, v := range m.root.Header.Values(name) {
			all = addNew(all, addresses(v)...)
		}
	}
	return all
}

// header returns a field of the mail, decoded.
func (m *mail) header(name string) string { return m.root.Header.Text(name) }

// addNew appends the addresses that are not yet there.
func addNew(all []string, more ...string) []string {
next:
	for _, a := range more {
		for _, have := range all {
			if strings.EqualFold(have, a) {
				continue next
			}
		}
		if len(all) < maxRecipients {
			all = append(all, a)
		}
	}
	return all
}
