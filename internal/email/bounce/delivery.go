package bounce

import (
	"bytes"
	"strings"

	"rainmaker/internal/email/part"
)

// delivery reads a delivery report of RFC 3464, or one that only looks like it:
// its fields are believed wherever they stand, in their own part or in prose.
func (m *mail) delivery() (Report, bool) {
	var groups []part.Header
	for _, l := range m.leaves {
		switch {
		case l.Type == "message/delivery-status", l.Type == "message/global-delivery-status":
			groups = append(groups, fieldGroups(l.Body)...)
		case l.Type == "message/disposition-notification":
			groups = append(groups, fieldGroups(l.Body)...)
		}
	}
	if recipients(groups) == 0 {
		before, _ := m.noticeText()
		groups = append(groups, embeddedGroups(before)...)
	}
	if recipients(groups) == 0 {
		return Report{}, false
	}
	var r Report
	original := m.original()
	original.fill(&r)
	prose, _ := m.noticeText()
	total := recipients(groups)
	for _, g := range groups {
		if !reportsRecipient(g) {
			continue
		}
		r.Recipients = append(r.Recipients, deliveryRecipient(g, prose, total))
	}
	if sharesNothing(r.Recipients) {
		r.Recipients[0].Address = firstOf(m.failedHeader(), r.OriginalTo)
	}
	r.Kind = kindOf(r.Recipients)
	return r, true
}

// fieldGroups cuts the blocks of fields of a report part (RFC 3464 2.1). Some
// servers wrap the part in another transfer encoding or indent it; both are seen
// through.
func fieldGroups(body []byte) []part.Header {
	var groups []part.Header
	for _, block := range bytes.Split(body, []byte("\n\n")) {
		block = bytes.Trim(block, "\n")
		if h, _ := part.Split(append(block, '\n')); len(h) > 0 {
			groups = append(groups, h)
		}
		if len(groups) > maxRecipients {
			break
		}
	}
	return groups
}

// embeddedGroups finds the fields of a delivery report within prose.
func embeddedGroups(text string) []part.Header {
	if !strings.Contains(strings.ToLower(text), "final-recipient:") && !strings.Contains(strings.ToLower(text), "original-recipient:") {
		return nil
	}
	var groups []part.Header
	var h part.Header
	flush := func() {
		if reportsRecipient(h) {
			groups = append(groups, h)
		}
		h = nil
	}
	for _, line := range strings.Split(text, "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case ok && reportFields[name]:
			if h.Has(name) && (name == "final-recipient" || name == "action" && h.Has("status")) {
				flush()
			}
			h = append(h, part.Field{Name: name, Value: strings.TrimSpace(value)})
		case strings.TrimSpace(line) == "":
			flush()
		case len(h) > 0:
			h[len(h)-1].Value += " " + strings.TrimSpace(line)
		}
		if len(groups) > maxRecipients {
			break
		}
	}
	flush()
	return groups
}

// reportFields are the per-recipient fields of RFC 3464 2.3, lower case.
var reportFields = map[string]bool{
	"original-recipient": true, "final-recipient": true, "action": true, "status": true,
	"remote-mta": true, "diagnostic-code": true, "last-attempt-date": true, "will-retry-until": true,
}

// reportsRecipient reports fields that speak of one recipient rather than of the
// whole message.
func reportsRecipient(h part.Header) bool {
	return h.Has("Final-Recipient") || h.Has("Original-Recipient") && (h.Has("Action") || h.Has("Status")) ||
		h.Has("Action") && (h.Has("Status") || h.Has("Diagnostic-Code"))
}

// recipients counts the groups that report a recipient.
func recipients(groups []part.Header) int {
	n := 0
	for _, g := range groups {
		if reportsRecipient(g) {
			n++
		}
	}
	return n
}

// deliveryRecipient turns one group into a recipient. The prose around the
// report says at which command the refusal came, and often more than the
// diagnostic does.
func deliveryRecipient(h part.Header, prose string, total int) Recipient {
	var r Recipient
	r.Address = typedAddress(h.Text("Final-Recipient"))
	r.Original = typedAddress(h.Text("Original-Recipient"))
	if !strings.Contains(r.Address, "@") && r.Original != "" {
		r.Address = r.Original
	}
	if strings.EqualFold(r.Address, r.Original) {
		r.Original = ""
	}
	r.Action = strings.ToLower(firstWord(h.Get("Action")))
	own := h.Text("Diagnostic-Code")
	kind, words, ok := strings.Cut(own, ";")
	if ok && len(kind) < 24 && !strings.ContainsAny(strings.TrimSpace(kind), " ") {
		own = strings.TrimSpace(words)
	}
	mine := own
	about := prose
	if total > 1 && total <= fewRecipients {
		about = segmentOf(prose, r.Address)
	}
	if total > fewRecipients { // every one has fields of its own; see notice.go
		about, prose = "", ""
	}
	if h.Has("Status") {
		mine += "\n" + parenthesis.FindString(h.Text("Status")) // "5.0.0 (remote server rejected address)"
	}
	v := evidence{Action: r.Action, Status: statusIn(h.Get("Status")), Own: mine, Local: strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), "x-unix"), Near: about, All: prose}
	v.judge(&r)
	if own != "" {
		r.Diagnostic = oneLine(own)
	}
	return r
}

// typedAddress reads "rfc822; user@example.com" (RFC 3464 2.1.2).
func typedAddress(v string) string {
	if kind, rest, ok := strings.Cut(v, ";"); ok && !strings.Contains(kind, "@") {
		v = rest
	}
	if all := addresses(v); len(all) > 0 {
		return all[0]
	}
	return strings.Trim(strings.TrimSpace(v), "<>")
}

// sharesNothing reports a single recipient without an address.
func sharesNothing(all []Recipient) bool {
	return len(all) == 1 && !strings.Contains(all[0].Address, "@")
}

// firstOf returns the first address of the lists.
func firstOf(lists ...[]string) string {
	for _, l := range lists {
		if len(l) > 0 {
			return l[0]
		}
	}
	return ""
}

// firstWord cuts at the first blank.
func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}
