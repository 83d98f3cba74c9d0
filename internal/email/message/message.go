// Package message builds one e-mail: merge fields, text and HTML parts, headers,
// footer, tracking and opt-out tokens, DKIM. It is pure: no database, no
// network, no clock.
//
// A step of a campaign is compiled once (Compile) and composed for each
// recipient (Message.Compose); composing copies prepared bytes and encodes only
// what differs, a few microseconds a mail.
//
// Invariants
//   - Nobody's text becomes structure. Users write plain text with light markup
//     and every tag of the HTML part is ours; values of leads are escaped for
//     where they land; no value can end a header line, start a MIME part or
//     choose where a link leads.
//   - A mail that is not transactional carries the organisation's postal
//     address and a visible opt-out link in both parts (CAN-SPAM 15 USC
//     7704(a)(5)) and the one-click headers of RFC 8058. The body cannot remove
//     or hide them.
//   - Lines end in CRLF and are at most 998 octets; all of it is ASCII, except
//     the headers of a mail to an address with a non-ASCII local part, which
//     needs SMTPUTF8 (RFC 6532). Doubling leading dots is the SMTP client's job.
//
// Files: template.go merge fields; markup.go the light markup; part.go and
// render.go the two parts; encode.go quoted-printable and RFC 2047; address.go
// mail addresses; clean.go what text may hold; token.go the signed links and
// the bounce address; dkim.go.
package message

import (
	"slices"
	"strings"
	"time"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	maxName        = 200
	maxSubject     = 900 // bytes; RFC 5322 2.1.1 allows a line of 998
	maxFooterLines = 8
	maxFooterLine  = 200
	maxURL         = 2000
	maxReferences  = 20
	optOutDefault  = "Unsubscribe"
)

// Draft is what all recipients of one step variant share.
type Draft struct {
	Subject *Template
	Body    *Template

	FromName    string
	FromAddress string
	ReplyTo     string // empty: replies go to From

	// OrganizationName and PostalAddress stand in the footer; PostalAddress has
	// a line an element. Both are required unless Transactional.
	OrganizationName string
	PostalAddress    []string
	// OptOutText is the text of the opt-out link, "Unsubscribe" when empty.
	OptOutText string
	// Transactional leaves out the footer and the list headers. Only for mail
	// that its reader asked for a moment ago, such as a password reset.
	Transactional bool

	// Org and Campaign go into Feedback-ID, Campaign into X-Rainmaker-Campaign
	// also; Nil leaves the headers out.
	Org      id.ID
	Campaign id.ID

	// DKIM signs each mail when set.
	DKIM *DKIM
}

// Message is a compiled draft. It is immutable: any number of goroutines may
// compose from it.
type Message struct {
	subject, body *Template
	text, html    part
	from          string // address in wire form
	fromName      string
	organization  string
	domain        string // of Message-ID
	transactional bool
	sender        []byte // From and Reply-To lines
	trailer       []byte // X-Rainmaker-Campaign and Feedback-ID lines
	dkim          *DKIM
}

// Recipient is what differs from mail to mail.
type Recipient struct {
	// Action becomes the Message-ID `<action@domain>`, which is how a mailbox
	// search, a bounce or a reply finds its way back to the action.
	Action  id.ID
	Name    string
	Address string
	Date    time.Time
	// Fields gives the lead's merge fields, by name; unknown or empty is "".
	// The sender's own fields never reach it.
	Fields func(name string) string

	// UnsubscribeURL is the one-click address (POST unsubscribes, GET shows a
	// page); required unless transactional. UnsubscribeMailto is optional.
	UnsubscribeURL    string
	UnsubscribeMailto string

	// TrackLink gives the address that stands in for a fixed link of the HTML
	// part; nil leaves links alone. The text part shows the true addresses
	// always.
	TrackLink func(url string) string
	// OpenPixelURL adds an invisible image to the HTML part when not empty.
	OpenPixelURL string

	// InReplyTo and References continue a thread, with angle brackets.
	InReplyTo  string
	References []string
}

// Compile checks a draft and prepares it. Errors name the field of the draft.
func Compile(d Draft) (*Message, error) {
	if d.Subject == nil || strings.TrimSpace(d.Subject.source()) == "" {
		return nil, errs.InvalidField("subject", "is required")
	}
	if d.Body == nil || strings.TrimSpace(d.Body.source()) == "" {
		return nil, errs.InvalidField("body", "is required")
	}
	m := &Message{
		subject: d.Subject, body: d.Body, fromName: d.FromName, organization: d.OrganizationName,
		transactional: d.Transactional, dkim: d.DKIM,
	}
	var err error
	if m.from, err = Address("from_address", d.FromAddress); err != nil {
		return nil, err
	}
	m.domain = m.from[strings.LastIndexByte(m.from, '@')+1:]
	if err := checkName("from_name", d.FromName); err != nil {
		return nil, err
	}
	m.sender = append(appendMailbox([]byte("From: "), 6, cleanLine(d.FromName), m.from), "\r\n"...)
	if d.ReplyTo != "" {
		reply, err := Address("reply_to", d.ReplyTo)
		if err != nil {
			return nil, err
		}
		m.sender = append(m.sender, "Reply-To: "+reply+"\r\n"...)
	}
	if d.Campaign != id.Nil {
		m.trailer = append(m.trailer, "X-Rainmaker-Campaign: "+d.Campaign.String()+"\r\n"...)
		// Gmail's feedback loop: campaign, customer, mail type, sender.
		m.trailer = append(m.trailer, "Feedback-ID: "+d.Campaign.String()+":"+d.Org.String()+":campaign:rainmaker\r\n"...)
	}
	foot, err := newFooter(d)
	if err != nil {
		return nil, err
	}
	m.text = compileText(d.Body, foot)
	m.html = compileHTML(d.Body, foot)
	return m, nil
}

func newFooter(d Draft) (*footer, error) {
	if d.Transactional {
		return nil, nil
	}
	if err := checkName("organization_name", d.OrganizationName); err != nil {
		return nil, err
	}
	foot := &footer{organization: cleanLine(d.OrganizationName), optOut: cleanLine(d.OptOutText)}
	for _, line := range d.PostalAddress {
		if line = cleanLine(line); line == "" {
			continue
		}
		if len(line) > maxFooterLine || len(foot.address) == maxFooterLines {
			return nil, errs.InvalidField("postal_address", "is too long")
		}
		foot.address = append(foot.address, line)
	}
	if foot.organization == "" {
		return nil, errs.InvalidField("organization_name", "is required in the footer of each mail")
	}
	if len(foot.address) == 0 {
		return nil, errs.InvalidField("postal_address", "is required in the footer of each mail")
	}
	if foot.optOut == "" {
		foot.optOut = optOutDefault
	}
	if len(foot.optOut) > maxFooterLine {
		return nil, errs.InvalidField("opt_out_text", "is too long")
	}
	return foot, nil
}

// checkName refuses what a person cannot have meant in a name that all mails
// carry. Names of leads are cleaned instead: imports are what they are.
func checkName(location, name string) error {
	if hasControl(name) {
		return errs.InvalidField(location, "holds a line break or a control character")
	}
	if len(name) > maxName {
		return errs.InvalidField(location, "is longer than %d bytes", maxName)
	}
	return nil
}

// MessageID returns the Message-ID that Compose gives the action's mail.
func (m *Message) MessageID(action id.ID) string {
	return "<" + action.String() + "@" + m.domain + ">"
}

// FromAddress returns the sender's address as it goes on the wire.
func (m *Message) FromAddress() string { return m.from }

// Links returns the links that TrackLink will be asked for.
func (m *Message) Links() []string { return m.body.Links() }

// fields answers the sender's own merge fields and leaves the rest to the lead.
func (m *Message) fields(r *Recipient) func(name string) string {
	return func(name string) string {
		switch name {
		case FieldUnsubscribeURL:
			return r.UnsubscribeURL
		case "sender_name":
			return m.fromName
		case "sender_address":
			return m.from
		case "organization_name":
			return m.organization
		}
		if r.Fields == nil {
			return ""
		}
		return r.Fields(name)
	}
}

// Missing returns the fields of subject and body that would come out empty.
func (m *Message) Missing(r *Recipient) []string {
	fields := m.fields(r)
	names := m.subject.Missing(fields)
	for _, name := range m.body.Missing(fields) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Preview is a mail as its reader will see it, without transfer encoding.
type Preview struct {
	Subject string
	Text    string
	HTML    string
	// Missing names the merge fields that came out empty.
	Missing []string
}

// Preview shows what Compose would write, with "\n" line ends. It asks for no
// address, and tracks and signs nothing.
func (m *Message) Preview(r *Recipient) Preview {
	plain := *r
	plain.TrackLink, plain.OpenPixelURL = nil, ""
	w := writer{fields: m.fields(&plain), recipient: &plain, display: true}
	w.part(&m.text)
	text := string(w.dst)
	w.dst = nil
	w.part(&m.html)
	return Preview{
		Subject: m.renderSubject(w.fields),
		Text:    strings.ReplaceAll(text, "\r\n", "\n"),
		HTML:    strings.ReplaceAll(string(w.dst), "\r\n", "\n"),
		Missing: m.Missing(r),
	}
}
