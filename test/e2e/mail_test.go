package e2e

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	"rainmaker/internal/provider/smtp/smtptest"
)

// letter is a mail that arrived, read as a mail program reads it.
type letter struct {
	returnPath string
	to         string
	messageID  string // with brackets
	header     mail.Header
	subject    string
	text, html string
	raw        []byte

	optOut string   // of List-Unsubscribe
	pixel  string   // address of the image
	links  []string // of the HTML part, without opting out
}

var (
	imageAddress = regexp.MustCompile(`<img[^>]+src="([^"]+)"`)
	linkAddress  = regexp.MustCompile(`<a[^>]+href="([^"]+)"`)
)

// open reads a mail.
func open(t *testing.T, got smtptest.Mail) letter {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("mail to %v: %s\n%s", got.To, fmt.Sprintf(format, args...), got.Raw)
	}
	message, err := mail.ReadMessage(bytes.NewReader(got.Raw))
	if err != nil {
		fail("%v", err)
	}
	if len(got.To) != 1 {
		fail("%d recipients", len(got.To))
	}
	l := letter{returnPath: got.From, to: got.To[0], messageID: message.Header.Get("Message-ID"), header: message.Header, raw: got.Raw}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		fail("subject: %v", err)
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		fail("content type: %v", err)
	}
	if kind != "multipart/alternative" {
		l.text = decoded(t, message.Header.Get("Content-Transfer-Encoding"), message.Body)
		return l
	}
	for parts := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			fail("parts: %v", err)
		}
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case "text/plain":
			l.text = decoded(t, "", part)
		case "text/html":
			l.html = decoded(t, "", part)
		default:
			fail("a part of type %q", kind)
		}
	}
	l.addresses()
	return l
}

// addresses finds what a reader could follow.
func (l *letter) addresses() {
	for value := range strings.SplitSeq(l.header.Get("List-Unsubscribe"), ",") {
		if value = strings.Trim(strings.TrimSpace(value), "<>"); strings.HasPrefix(value, "http") {
			l.optOut = value
		}
	}
	for _, found := range imageAddress.FindAllStringSubmatch(l.html, -1) {
		l.pixel = html.UnescapeString(found[1])
	}
	for _, found := range linkAddress.FindAllStringSubmatch(l.html, -1) {
		if address := html.UnescapeString(found[1]); address != l.optOut {
			l.links = append(l.links, address)
		}
	}
}

// decoded reads a body; multipart has undone quoted-printable already.
func decoded(t *testing.T, encoding string, r io.Reader) string {
	t.Helper()
	if strings.EqualFold(encoding, "quoted-printable") {
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	return string(text)
}

// letters reads what a server has got of a campaign, by recipient; each in order
// of arrival.
func letters(t *testing.T, sink *smtptest.Server, campaign string) map[string][]letter {
	t.Helper()
	out := map[string][]letter{}
	for _, got := range sink.Mails() {
		if l := open(t, got); l.header.Get("X-Rainmaker-Campaign") == campaign {
			out[l.to] = append(out[l.to], l)
		}
	}
	return out
}
