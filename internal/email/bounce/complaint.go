package bounce

import (
	"strings"

	"rainmaker/internal/email/part"
)

// complaint reads a feedback report (RFC 5965), and the older forms that some
// providers still send without its machine-readable part.
func (m *mail) complaint() (Report, bool) {
	var fields part.Header
	for _, l := range m.leaves {
		if l.Type == "message/feedback-report" {
			fields, _ = part.Split(l.Body)
			break
		}
	}
	subject := strings.ToLower(m.header("Subject"))
	from := strings.ToLower(m.header("From"))
	kind := strings.ToLower(fields.Get("Feedback-Type"))
	switch {
	case kind != "":
	case strings.Contains(subject, "complaint about message from"), // Hotmail's JMRP
		m.root.Header.Has("X-HmXmrOriginalRecipient"),
		strings.HasPrefix(from, "staff@hotmail."), strings.Contains(from, "feedback@arf."),
		strings.Contains(from, "fbl@") || strings.Contains(from, "feedbackloop@") || strings.Contains(from, "scomp@"):
		kind = "abuse"
	default:
		return Report{}, false
	}
	if kind == "auth-failure" { // RFC 6591: about a forged or broken mail, nobody complained
		r := Report{Kind: None, FeedbackType: kind}
		m.original().fill(&r)
		return r, true
	}
	r := Report{Kind: Complaint, FeedbackType: kind}
	m.original().fill(&r)
	var who []string
	for _, name := range []string{"Original-Rcpt-To", "Removal-Recipient"} {
		for _, v := range fields.Values(name) {
			who = addNew(who, addresses(v)...)
		}
	}
	if len(who) == 0 {
		who = addNew(who, addresses(m.root.Header.Get("X-HmXmrOriginalRecipient"))...)
	}
	if len(who) == 0 {
		who = r.OriginalTo
	}
	if r.OriginalReturnPath == "" {
		r.OriginalReturnPath = firstOf(addresses(fields.Get("Original-Mail-From")))
	}
	if len(who) == 0 {
		who = []string{""} // somebody complained; the token in the return path knows who
	}
	for _, a := range who {
		r.Recipients = append(r.Recipients, Recipient{Address: a, Action: "complained", Reason: Feedback, Diagnostic: oneLine(subject)})
	}
	return r, true
}
