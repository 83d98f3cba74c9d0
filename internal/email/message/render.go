package message

import (
	"encoding/hex"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// maxValue bounds one merged value in a body: more is an import gone wrong.
const maxValue = 4 << 10

// writer renders one mail into dst.
type writer struct {
	dst       []byte
	col       int // quoted-printable column
	qp        bool
	display   bool // for people: values may be UTF-8 without encoding
	eightBit  bool // a value was not ASCII, so 7bit will not do
	fields    func(name string) string
	recipient *Recipient
	scratch   []byte
}

// Compose appends the mail for r to dst. What it appends is complete, CRLF
// throughout, and signed when the draft has a DKIM key. The error names the
// field of the recipient that cannot be mailed; dst is then unchanged.
func (m *Message) Compose(dst []byte, r *Recipient) ([]byte, error) {
	to, err := Address("to", r.Address)
	if err != nil {
		return dst, err
	}
	if err := m.check(r); err != nil {
		return dst, err
	}
	begin := len(dst)
	w := writer{dst: dst, fields: m.fields(r), recipient: r}
	m.header(&w, to)
	w.multipart(m, r.Action)
	if m.dkim == nil {
		return w.dst, nil
	}
	signature, err := m.dkim.sign(w.dst[begin:])
	if err != nil {
		return dst, err
	}
	signed := append(w.dst, signature...)
	copy(signed[begin+len(signature):], signed[begin:len(signed)-len(signature)])
	copy(signed[begin:], signature)
	return signed, nil
}

// check refuses what would break or forge a header.
func (m *Message) check(r *Recipient) error {
	if r.Action == id.Nil {
		return errs.InvalidField("action", "is missing")
	}
	if r.Date.IsZero() {
		return errs.InvalidField("date", "is missing")
	}
	if !m.transactional && r.UnsubscribeURL == "" {
		return errs.InvalidField("unsubscribe_url", "is missing")
	}
	if r.UnsubscribeURL != "" && !headerURL(r.UnsubscribeURL, "https://", "http://") {
		return errs.InvalidField("unsubscribe_url", "is not an http(s) address")
	}
	if r.OpenPixelURL != "" && !headerURL(r.OpenPixelURL, "https://", "http://") {
		return errs.InvalidField("open_pixel_url", "is not an http(s) address")
	}
	if r.UnsubscribeMailto != "" && !headerURL(r.UnsubscribeMailto, "mailto:") {
		return errs.InvalidField("unsubscribe_mailto", "is not a mailto address")
	}
	if r.InReplyTo != "" && !headerMessageID(r.InReplyTo) {
		return errs.InvalidField("in_reply_to", "is not a message id")
	}
	for _, ref := range r.References {
		if !headerMessageID(ref) {
			return errs.InvalidField("references", "holds something that is not a message id")
		}
	}
	return nil
}

// headerURL reports an address of one of the schemes that can stand between
// angle brackets in a header and between quotes in HTML.
func headerURL(s string, schemes ...string) bool {
	if len(s) > maxURL || !printableASCII(s) || strings.ContainsAny(s, " <>\"',\\") {
		return false
	}
	for _, scheme := range schemes {
		if strings.HasPrefix(s, scheme) && len(s) > len(scheme) {
			return true
		}
	}
	return false
}

// headerMessageID reports `<left@right>` of printable ASCII.
func headerMessageID(s string) bool {
	return len(s) > 4 && len(s) < 900 && s[0] == '<' && s[len(s)-1] == '>' && printableASCII(s) &&
		!strings.ContainsAny(s[1:len(s)-1], "<> ") && strings.IndexByte(s, '@') > 1
}

func (m *Message) renderSubject(fields func(string) string) string {
	var buf [256]byte
	s := cleanLine(string(m.subject.Append(buf[:0], fields)))
	if len(s) > maxSubject {
		cut := maxSubject
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	return s
}

// header writes all fields but those of the MIME structure.
func (m *Message) header(w *writer, to string) {
	r := w.recipient
	dst := append(w.dst, "Date: "...)
	dst = appendDate(dst, r.Date)
	dst = append(dst, "\r\nMessage-ID: <"...)
	dst = appendID(dst, r.Action)
	dst = append(dst, '@')
	dst = append(dst, m.domain...)
	dst = append(dst, ">\r\n"...)
	dst = append(dst, m.sender...)
	dst = append(dst, "To: "...)
	dst = appendMailbox(dst, 4, shorten(cleanLine(r.Name), maxName), to)
	dst = append(dst, "\r\nSubject: "...)
	dst = appendUnstructured(dst, 9, m.renderSubject(w.fields))
	dst = append(dst, "\r\n"...)
	if r.InReplyTo != "" {
		dst = append(dst, "In-Reply-To: "+r.InReplyTo+"\r\n"...)
	}
	if n := len(r.References); n > 0 {
		// RFC 5322 3.6.4; of a long thread the first and the newest stay.
		dst = append(dst, "References: "+r.References[0]...)
		for _, ref := range r.References[max(1, n-maxReferences+1):] {
			dst = append(dst, "\r\n "+ref...)
		}
		dst = append(dst, "\r\n"...)
	}
	if !m.transactional {
		dst = append(dst, "List-Unsubscribe: <"...)
		dst = append(dst, r.UnsubscribeURL...)
		if r.UnsubscribeMailto != "" {
			dst = append(dst, ">,\r\n <"...)
			dst = append(dst, r.UnsubscribeMailto...)
		}
		// RFC 8058 3.1.
		dst = append(dst, ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"...)
	}
	w.dst = append(dst, m.trailer...)
}

func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}

// appendDate writes RFC 5322 3.3.
func appendDate(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 -0700")
}

func appendID(dst []byte, v id.ID) []byte {
	var buf [36]byte
	hex.Encode(buf[0:8], v[0:4])
	hex.Encode(buf[9:13], v[4:6])
	hex.Encode(buf[14:18], v[6:8])
	hex.Encode(buf[19:23], v[8:10])
	hex.Encode(buf[24:36], v[10:16])
	buf[8], buf[13], buf[18], buf[23] = '-', '-', '-', '-'
	return append(dst, buf[:]...)
}

const (
	mimeHead  = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\""
	plainHead = "Content-Type: text/plain; charset=utf-8\r\n"
	htmlType  = "Content-Type: text/html; charset=utf-8\r\n"
	asIs      = "Content-Transfer-Encoding: 7bit\r\n\r\n"
	asQP      = "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)

// multipart writes the MIME headers and both parts. The boundary holds "=_",
// which quoted-printable cannot produce, and the action's id, which nobody
// knew when the text was written: no text can end its part.
func (w *writer) multipart(m *Message, action id.ID) {
	var buf [48]byte
	boundary := append(buf[:0], "=_rm_"...)
	boundary = hex.AppendEncode(boundary, action[:])
	w.dst = append(append(append(w.dst, mimeHead...), boundary...), "\"\r\n\r\n"...)
	for _, p := range []struct {
		head string
		part *part
	}{{plainHead, &m.text}, {htmlType, &m.html}} {
		w.dst = append(append(append(w.dst, "--"...), boundary...), "\r\n"...)
		w.dst = append(w.dst, p.head...)
		w.encodedPart(p.part)
		w.dst = append(w.dst, "\r\n"...)
	}
	w.dst = append(append(append(w.dst, "--"...), boundary...), "--\r\n"...)
}

// encodedPart writes the part as 7bit when it can, else as quoted-printable.
func (w *writer) encodedPart(p *part) {
	begin := len(w.dst)
	if p.sevenBit {
		w.dst = append(w.dst, asIs...)
		w.qp, w.eightBit = false, false
		body := len(w.dst)
		w.part(p)
		if !w.eightBit && sevenBitLines(w.dst[body:]) {
			return
		}
		w.dst = w.dst[:begin]
	}
	w.dst = append(w.dst, asQP...)
	w.qp, w.col = true, 0
	w.part(p)
}

// part writes all ops in the encoding that w is set to.
func (w *writer) part(p *part) {
	for i := range p.ops {
		o := &p.ops[i]
		switch o.kind {
		case opFixed:
			if w.qp {
				w.dst, w.col = appendFixedQP(w.dst, w.col, &o.fixed)
			} else {
				w.dst = append(w.dst, o.fixed.raw...)
			}
		case opValue:
			v, _ := o.seg.value(w.fields)
			w.value(v, o.escape)
		case opTracked:
			address := o.url
			if w.recipient.TrackLink != nil {
				address = w.recipient.TrackLink(address)
			}
			w.value(address, escapeHTML)
		case opUnsubscribe:
			w.value(w.recipient.UnsubscribeURL, o.escape)
		case opPixel:
			if pixel := w.recipient.OpenPixelURL; pixel != "" {
				w.emit("<img src=\"")
				w.value(pixel, escapeHTML)
				w.emit("\" width=\"1\" height=\"1\" alt=\"\">\r\n")
			}
		}
	}
}

// value writes a value of the lead or the sender, escaped for its place.
func (w *writer) value(v string, esc escape) {
	if esc != escapeURL && plainValue(v, esc) {
		w.emit(v)
		return
	}
	v = shorten(cleanText(v), maxValue)
	if esc == escapeURL {
		// QueryEscape's "+" means a space only in queries; %20 everywhere.
		w.emit(strings.ReplaceAll(url.QueryEscape(v), "+", "%20"))
		return
	}
	b := w.scratch[:0]
	for i := range len(v) {
		c := v[i]
		switch {
		case c == '\n' && esc == escapeHTML:
			b = append(b, "<br>\r\n"...)
		case c == '\n':
			b = append(b, '\r', '\n')
		case esc != escapeHTML:
			b = append(b, c)
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"':
			b = append(b, "&#34;"...)
		case c == '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, c)
		}
	}
	w.scratch = b
	w.bytes(b)
}

// plainValue reports printable ASCII that needs no escaping.
func plainValue(v string, esc escape) bool {
	if len(v) > maxValue {
		return false
	}
	for i := range len(v) {
		switch c := v[i]; {
		case c < ' ' || c > '~':
			return false
		case esc == escapeHTML && (c == '&' || c == '<' || c == '>' || c == '"' || c == '\''):
			return false
		}
	}
	return true
}

// emit writes ASCII.
func (w *writer) emit(s string) {
	if w.qp {
		w.scratch = append(w.scratch[:0], s...)
		w.bytes(w.scratch)
		return
	}
	w.dst = append(w.dst, s...)
}

func (w *writer) bytes(b []byte) {
	switch {
	case w.qp:
		w.dst, w.col = appendQP(w.dst, w.col, b)
	default:
		w.eightBit = w.eightBit || !w.display && !isASCII(b)
		w.dst = append(w.dst, b...)
	}
}
