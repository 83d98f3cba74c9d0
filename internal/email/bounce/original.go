package bounce

import (
	"regexp"
	"strings"

	"rainmaker/internal/email/part"
)

// original is the header of the mail that came back.
type original struct{ header part.Header }

// fill copies what identifies the original mail.
func (o original) fill(r *Report) {
	r.OriginalMessageID = messageID(o.header.Get("Message-ID"))
	r.OriginalFrom = firstOf(addresses(o.header.Text("From")))
	r.OriginalReturnPath = firstOf(addresses(o.header.Get("Return-Path")), addresses(o.header.Get("X-Envelope-From")))
	for _, name := range []string{"To", "Cc", "X-Envelope-To"} {
		r.OriginalTo = addNew(r.OriginalTo, addresses(o.header.Text(name))...)
	}
}

// original finds the header of the mail reported on, attached or in prose.
func (m *mail) original() original {
	for _, l := range m.leaves {
		switch l.Type {
		case "message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "text/rfc822", "message/rfc822-headers", "message/partial", "message/global-headers":
			if h, _ := part.Split([]byte(strings.TrimLeft(string(l.Body), "\n "))); len(h) > 1 {
				return original{h}
			}
		}
	}
	for _, l := range m.leaves[min(1, len(m.leaves)):] {
		if h, _ := part.Split([]byte(strings.TrimLeft(l.Text(), "\n "))); len(h) > 3 && h.Has("Message-ID") {
			return original{h} // the header, attached as a text file
		}
	}
	_, after := m.noticeText()
	return original{looseHeader(after)}
}

// knownField is a field that begins or identifies a returned mail.
var knownField = regexp.MustCompile(`(?i)^\s{0,4}(return-path|received|message-id|from|to|cc|subject|date|x-envelope-from|x-envelope-to|in-reply-to|references)\s*:\s*(.*)$`)

// looseHeader collects the fields that matter from text after a marker.
func looseHeader(text string) part.Header {
	var h part.Header
	for i, line := range strings.Split(text, "\n") {
		if i > 400 || len(h) > 100 {
			break
		}
		if m := knownField.FindStringSubmatch(line); m != nil {
			h = append(h, part.Field{Name: m[1], Value: m[2]})
		} else if len(h) > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && h[len(h)-1].Value == "" {
			h[len(h)-1].Value = strings.TrimSpace(line)
		}
	}
	return h
}

// messageID strips the angle brackets.
func messageID(v string) string {
	v = strings.TrimSpace(v)
	if i := strings.IndexByte(v, '<'); i >= 0 {
		v = v[i+1:]
		if j := strings.IndexByte(v, '>'); j >= 0 {
			v = v[:j]
		}
	}
	if len(v) > 998 { // RFC 5322 2.1.1
		return ""
	}
	return v
}
