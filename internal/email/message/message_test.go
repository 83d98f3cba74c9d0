package message_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

var update = flag.Bool("update", false, "rewrite the golden mails in testdata")

func parse(t testing.TB, text string) *message.Template {
	t.Helper()
	tpl, err := message.Parse("body", text)
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return tpl
}

func fixedID(t testing.TB, s string) id.ID {
	t.Helper()
	v, err := id.Parse("id", s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// draft is an ordinary campaign step.
func draft(t testing.TB, subject, body string) message.Draft {
	t.Helper()
	return message.Draft{
		Subject: parse(t, subject), Body: parse(t, body),
		FromName: "Ada Lovelace", FromAddress: "ada@mail.example.com", ReplyTo: "ada@example.com",
		OrganizationName: "Engines & Sons Ltd", PostalAddress: []string{"1 Analytical Way", "London NW1 5LR", "United Kingdom"},
		Org:      fixedID(t, "01900000-0000-7000-8000-0000000000aa"),
		Campaign: fixedID(t, "01900000-0000-7000-8000-0000000000cc"),
	}
}

func compile(t testing.TB, d message.Draft) *message.Message {
	t.Helper()
	m, err := message.Compile(d)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return m
}

func fields(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func recipient(t testing.TB, values map[string]string) *message.Recipient {
	t.Helper()
	return &message.Recipient{
		Action: fixedID(t, "01900000-0000-7000-8000-000000000001"),
		Name:   "Grace Hopper", Address: "grace@navy.example",
		Date:           time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		Fields:         fields(values),
		UnsubscribeURL: "https://rm.example.com/u/" + strings.Repeat("Tk", 33),
	}
}

func compose(t testing.TB, m *message.Message, r *message.Recipient) []byte {
	t.Helper()
	raw, err := m.Compose(nil, r)
	if err != nil {
		t.Fatalf("compose: %v", err)
	}
	checkWire(t, raw)
	return raw
}

// checkWire holds what every mail must satisfy on the wire.
func checkWire(t testing.TB, raw []byte) {
	t.Helper()
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		t.Errorf("mail does not end in CRLF")
	}
	stripped := bytes.ReplaceAll(raw, []byte("\r\n"), nil)
	if i := bytes.IndexAny(stripped, "\r\n\x00"); i >= 0 {
		t.Errorf("bare CR, LF or NUL near %q", stripped[max(0, i-20):min(len(stripped), i+20)])
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("line of %d octets: %.60q...", len(line), line)
		}
	}
	for i, c := range raw {
		if c >= 0x80 {
			t.Errorf("8-bit octet at %d: %q", i, raw[max(0, i-20):min(len(raw), i+20)])
			break
		}
	}
}

type parsed struct {
	header     mail.Header
	text, html string
	encodings  []string
}

// read parses a mail with the standard library, as a stranger would.
func read(t testing.TB, raw []byte) parsed {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("not a mail: %v\n%s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q: %v", msg.Header.Get("Content-Type"), err)
	}
	p := parsed{header: msg.Header}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for i := 0; ; i++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			if i != 2 {
				t.Fatalf("%d parts", i)
			}
			return p
		}
		if err != nil {
			t.Fatalf("part: %v", err)
		}
		encoding := part.Header.Get("Content-Transfer-Encoding")
		var body io.Reader = part
		if encoding == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		} else if encoding != "7bit" {
			t.Fatalf("encoding %q", encoding)
		}
		content, err := io.ReadAll(body)
		if err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
		if !utf8.Valid(content) {
			t.Errorf("part %d is not UTF-8", i)
		}
		p.encodings = append(p.encodings, encoding)
		switch got := part.Header.Get("Content-Type"); {
		case i == 0 && strings.HasPrefix(got, "text/plain"):
			p.text = string(content)
		case i == 1 && strings.HasPrefix(got, "text/html"):
			p.html = string(content)
		default:
			t.Fatalf("part %d is %q", i, got)
		}
	}
}

func (p parsed) get(t testing.TB, name string) string {
	t.Helper()
	if n := len(p.header[textproto.CanonicalMIMEHeaderKey(name)]); n != 1 {
		t.Errorf("%d headers %s", n, name)
	}
	v, err := new(mime.WordDecoder).DecodeHeader(p.header.Get(name))
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return v
}

func TestGoldenMails(t *testing.T) {
	track := func(url string) string {
		return "https://rm.example.com/t/c/" + strings.Repeat("Cl", 20) + map[bool]string{true: "1", false: "2"}[strings.Contains(url, "pricing")]
	}
	body := "Hi {{first_name | there}},\n\nwe build **engines** for {{company}}. See https://example.com/pricing?a=1&b=2, or\n" +
		"[book a slot](https://example.com/book?email={{email}}).\n\n- fast\n- exact\n\n\n\n\nBest\n{{sender_name}}\n\nNot for you? {{unsubscribe_url}}"
	cases := map[string]func(d *message.Draft, r *message.Recipient){
		"plain": func(*message.Draft, *message.Recipient) {},
		"tracked": func(_ *message.Draft, r *message.Recipient) {
			r.TrackLink = track
			r.OpenPixelURL = "https://rm.example.com/t/o/Op"
		},
		"transactional": func(d *message.Draft, _ *message.Recipient) { d.Transactional = true },
		"reply": func(d *message.Draft, r *message.Recipient) {
			d.Subject, d.Body = message.Literal("Re: {{braces}} stay"), message.Literal("Sure, {{first_name}} stays as typed.")
			r.InReplyTo, r.References = "<a@b.example>", []string{"<root@b.example>", "<a@b.example>"}
		},
		"international": func(d *message.Draft, r *message.Recipient) {
			d.Subject = parse(t, "Grüße an {{company}} – ein längerer Betreff, der gefaltet werden muss, bitte")
			d.Body = parse(t, "Grüß dich {{first_name}} 👋,\n\n"+strings.Repeat("Straße für Straße fährt die Müllabfuhr. ", 6))
			d.FromName, d.FromAddress = "Jürgen Müller", "juergen@bücher.example"
			r.Name, r.Address = "山田 太郎", "taro@例え.テスト"
			r.Fields = fields(map[string]string{"first_name": "太郎", "company": "日本電気株式会社"})
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			d := draft(t, "Engines for {{company}}", body)
			r := recipient(t, map[string]string{"company": "Navy & Co", "email": "grace+a@navy.example"})
			change(&d, r)
			raw := compose(t, compile(t, d), r)
			read(t, raw)
			file := filepath.Join("testdata", name+".eml")
			if *update {
				if err := os.WriteFile(file, raw, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(raw)); diff != "" {
				t.Errorf("mail differs from %s (-want +got):\n%s", file, diff)
			}
		})
	}
}

func TestMailHasWhatTheContractPromises(t *testing.T) {
	d := draft(t, "Hello {{first_name}}", "Hi {{first_name}}")
	r := recipient(t, map[string]string{"first_name": "Grace"})
	r.UnsubscribeMailto = "mailto:u-1@mail.example.com"
	p := read(t, compose(t, compile(t, d), r))
	for name, want := range map[string]string{
		"Message-ID":            "<01900000-0000-7000-8000-000000000001@mail.example.com>",
		"From":                  "Ada Lovelace <ada@mail.example.com>",
		"To":                    "Grace Hopper <grace@navy.example>",
		"Reply-To":              "ada@example.com",
		"Subject":               "Hello Grace",
		"Date":                  "Wed, 04 Mar 2026 05:06:07 +0000",
		"List-Unsubscribe":      "<" + r.UnsubscribeURL + ">, <mailto:u-1@mail.example.com>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"X-Rainmaker-Campaign":  "01900000-0000-7000-8000-0000000000cc",
		"Feedback-ID":           "01900000-0000-7000-8000-0000000000cc:01900000-0000-7000-8000-0000000000aa:campaign:rainmaker",
		"MIME-Version":          "1.0",
	} {
		if got := p.get(t, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, part := range map[string]string{"text": p.text, "html": p.html} {
		for _, want := range []string{"1 Analytical Way", "London NW1 5LR", "Unsubscribe", r.UnsubscribeURL} {
			if !strings.Contains(part, want) {
				t.Errorf("%s part lacks %q", name, want)
			}
		}
	}
	if diff := cmp.Diff([]string{"7bit", "7bit"}, p.encodings); diff != "" {
		t.Errorf("encodings: %s", diff)
	}
}

// hostile are the values that trust.md T10 sends through every field.
func hostile() []string {
	return []string{
		"x\r\nBcc: evil@evil.example", "x\nBcc: evil@evil.example", "x\rBcc: evil@evil.example", "x\x00y",
		"x\u2028Bcc: evil@evil.example", "x\u2029Bcc: e@e.example", "x\u0085Bcc: e@e.example", "x\r\n\r\n<b>body</b>",
		"x\r\n.\r\nMAIL FROM:<e@e.example>", "x\n.\n", "x\r.\r", "=?utf-8?q?a=0d=0aBcc:_e@e.example?=", "\"><script>alert(1)</script>",
		"<!--", "</div></body>", "--=_rm_01900000000070008000000000000001--", "\xff\xfe\xc3", "\u202egnp.exe", "{{email}}",
		strings.Repeat("A", 5000), strings.Repeat("é", 3000), "<a@b.example>, evil@evil.example", "a,b;c:d<e>@f\\g\"h",
		string(rune(0xF0000)) + string(rune(0xFFFFD)), "https://evil.example/", "**bold** [x](https://evil.example)",
	}
}

func TestHostileValuesStayValues(t *testing.T) {
	body := "Hi {{first_name}}\n\nSee https://example.com/?q={{company}} and [{{title}}](https://example.com/{{region}}).\n- {{custom.note}}"
	clean := read(t, compose(t, compile(t, draft(t, "About {{company}} {{first_name}}", body)), recipient(t, nil)))
	tags := strings.Count(clean.html, "<")
	for _, v := range hostile() {
		d := draft(t, "About {{company}} {{first_name}}", body)
		r := recipient(t, nil)
		r.Fields = func(string) string { return v }
		r.Name = v
		m := compile(t, d)
		raw := compose(t, m, r)
		p := read(t, raw)
		if len(p.header) != len(clean.header) {
			t.Errorf("%q: headers %v", v, p.header)
		}
		for name, values := range p.header {
			if len(values) != 1 || len(clean.header[name]) != 1 {
				t.Errorf("%q: header %s: %q", v, name, values)
			}
		}
		if list, err := p.header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != "grace@navy.example" {
			t.Errorf("%q: To is %v, %v: %q", v, list, err, p.header.Get("To"))
		}
		// Line breaks in a value become <br>: at most a few per place.
		if got := strings.Count(strings.ReplaceAll(p.html, "<br>", ""), "<") - tags + strings.Count(clean.html, "<br>"); got != 0 {
			t.Errorf("%q: %d tags more than the clean mail:\n%s", v, got, p.html)
		}
		for name, part := range map[string]string{"text": p.text, "html": p.html} {
			if i := strings.LastIndex(part, "1 Analytical Way"); i < 0 || !strings.Contains(part[i:], r.UnsubscribeURL) {
				t.Errorf("%q: %s part lost its footer", v, name)
			}
		}
		if strings.Contains(p.html, "href=\"https://evil.example") {
			t.Errorf("%q: a value became a link", v)
		}
		if strings.ContainsAny(p.get(t, "Subject"), "\r\n\x00\u2028\u2029\u202e") {
			t.Errorf("%q: subject %q", v, p.get(t, "Subject"))
		}
	}
}

func TestHostileSenderIsRefused(t *testing.T) {
	for _, v := range hostile()[:9] {
		changes := map[string]func(*message.Draft){
			"from_name":         func(d *message.Draft) { d.FromName = v },
			"from_address":      func(d *message.Draft) { d.FromAddress = v + "@example.com" },
			"reply_to":          func(d *message.Draft) { d.ReplyTo = "a@" + v },
			"organization_name": func(d *message.Draft) { d.OrganizationName = v },
		}
		for location, change := range changes {
			d := draft(t, "s", "b")
			change(&d)
			wantInvalid(t, location+" "+v, location, func() error { _, err := message.Compile(d); return err }())
		}
		m := compile(t, draft(t, "s", "b"))
		for location, change := range map[string]func(*message.Recipient){
			"to":                 func(r *message.Recipient) { r.Address = v + "@example.com" },
			"unsubscribe_url":    func(r *message.Recipient) { r.UnsubscribeURL = "https://x/" + v },
			"unsubscribe_mailto": func(r *message.Recipient) { r.UnsubscribeMailto = "mailto:" + v },
			"open_pixel_url":     func(r *message.Recipient) { r.OpenPixelURL = "https://x/" + v },
			"in_reply_to":        func(r *message.Recipient) { r.InReplyTo = "<" + v + "@x>" },
			"references":         func(r *message.Recipient) { r.References = []string{"<" + v + "@x>"} },
		} {
			r := recipient(t, nil)
			change(r)
			raw, err := m.Compose([]byte("kept"), r)
			wantInvalid(t, location+" "+v, location, err)
			if string(raw) != "kept" {
				t.Errorf("%s: a refused mail left bytes behind", location)
			}
		}
	}
}

func wantInvalid(t testing.TB, what, location string, err error) {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != location {
		t.Errorf("%q: error %v, want an invalid field %s", what, err, location)
	}
}

func TestBodyCannotHideTheFooter(t *testing.T) {
	for _, body := range []string{
		"<!-- ", "<style>*{display:none}</style>", "<div style=\"display:none\">", "<!-- -->", "<![CDATA[", "<textarea>", "<plaintext>",
		"<script>", "**never closed", "x" + strings.Repeat("\n", 3000) + "y", "a \u202e b", "[x](javascript:alert(1))", "<title>", "&lt;&#60;!--",
	} {
		raw := compose(t, compile(t, draft(t, "s", body)), recipient(t, nil))
		p := read(t, raw)
		i := strings.Index(p.html, "1 Analytical Way")
		if i < 0 || !strings.Contains(p.html[i:], "<a href=\"https://rm.example.com/u/") {
			t.Fatalf("%q: no footer", body)
		}
		for _, bad := range []string{"<!--", "<style", "<script", "<textarea", "<plaintext", "<title", "<![", "javascript:alert(1)\"", "display:none\""} {
			if strings.Contains(p.html, bad) {
				t.Errorf("%q: %q reached the HTML part", body, bad)
			}
		}
		if strings.Count(p.text, "\n") > 20 {
			t.Errorf("%q: the footer is pushed %d lines down", body, strings.Count(p.text, "\n"))
		}
		if strings.Count(p.html, "<strong>") != strings.Count(p.html, "</strong>") {
			t.Errorf("%q: bold stays open", body)
		}
	}
}

func TestEncodingsDecodeToTheSameText(t *testing.T) {
	bodies := []string{
		"plain", "Ünï", strings.Repeat("word ", 400), strings.Repeat("x", 3000), "From me\nFrom you", "ends in space \nnext", "tab\there",
		"a=b==c", ".\n..\n.dot", "{{first_name}} {{company}}\n{{title}}", "{{first_name|}}\n\n{{first_name|}} x", strings.Repeat("é", 500),
		strings.Repeat("{{first_name}}", 60), "x" + strings.Repeat("a{{company}}é", 40),
	}
	values := []map[string]string{
		{},
		{"first_name": "Grace", "company": "Navy", "title": "Dr"},
		{"first_name": "Zoë", "company": strings.Repeat("long ", 100), "title": "From nobody"},
		{"first_name": strings.Repeat("界", 50), "company": "=", "title": "."},
	}
	for _, body := range bodies {
		m := compile(t, draft(t, "s", body))
		for _, v := range values {
			r := recipient(t, v)
			raw := compose(t, m, r)
			p := read(t, raw)
			want := m.Preview(r)
			// Decoders may strip white space before a line end in 7bit; quoted-printable keeps it.
			if diff := cmp.Diff(want.Text, strings.ReplaceAll(p.text, "\r\n", "\n")); diff != "" {
				t.Errorf("text of %.40q with %v (-want +got):\n%s", body, v, diff)
			}
			if diff := cmp.Diff(want.HTML, strings.ReplaceAll(p.html, "\r\n", "\n")); diff != "" {
				t.Errorf("html of %.40q with %v (-want +got):\n%s", body, v, diff)
			}
			for line := range strings.SplitSeq(string(raw), "\r\n") {
				if p.encodings[0] == "quoted-printable" && p.encodings[1] == "quoted-printable" && len(line) > 76 && !strings.HasPrefix(line, "List-") && !strings.HasPrefix(line, " <http") && !strings.HasPrefix(line, "Feedback") {
					t.Errorf("line of %d: %q", len(line), line)
				}
			}
		}
	}
}

func TestHeadersSurviveAnyName(t *testing.T) {
	for _, name := range append(hostile(),
		"", "Grace", "Hopper, Grace", `The "Admiral" \o/`, "Zoë", "山田太郎", "O'Brien", "a@b", "(comment)", strings.Repeat("Ann ", 60), strings.Repeat("ö", 150), "=?x?=") {
		d := draft(t, "{{full_name | nobody}}", "b")
		r := recipient(t, map[string]string{"full_name": name})
		r.Name = name
		p := read(t, compose(t, compile(t, d), r))
		list, err := p.header.AddressList("To")
		if err != nil || len(list) != 1 {
			t.Errorf("%q: To %q: %v", name, p.header.Get("To"), err)
			continue
		}
		if printable := len(name) < 150 && !strings.ContainsAny(name, "\r\n\x00\u2028\u2029\u0085\u202e\U000F0000") && utf8.ValidString(name); printable && list[0].Name != strings.TrimSpace(name) {
			t.Errorf("%q: name came out as %q", name, list[0].Name)
		} else if printable && name != "" && p.get(t, "Subject") != strings.TrimSpace(name) {
			t.Errorf("%q: subject came out as %q", name, p.get(t, "Subject"))
		}
	}
}

func TestLongSubjectsFold(t *testing.T) {
	for _, subject := range []string{strings.Repeat("word ", 80), strings.Repeat("größe ", 60), strings.Repeat("x", 895), strings.Repeat("界", 250), strings.Repeat("a ", 200) + "é"} {
		p := read(t, compose(t, compile(t, draft(t, subject, "b")), recipient(t, nil)))
		if got := p.get(t, "Subject"); got != strings.TrimSpace(subject) {
			t.Errorf("subject %q came out as %q", subject, got)
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.example": "a@b.example", "A.b+c@B.Example": "A.b+c@b.example", "x@bücher.example": "x@xn--bcher-kva.example", "me@localhost": "me@localhost",
		"ünï@b.example": "ünï@b.example",
		"":              "", "a": "", "@b.example": "", "a@": "", "a b@c.example": "", "a@b c.example": "", "a..b@c.example": "", ".a@c.example": "", "a@-b.example": "",
		"a@b..example": "", "\"a b\"@c.example": "", "a@[127.0.0.1]": "", "a@b.example\r\nX: y": "", "a\r\nb@c.example": "", "a@b@c.example": "", "a,b@c.example": "",
		"<a@b.example>": "", "a\u2028@b.example": "", strings.Repeat("a", 65) + "@b.example": "", "a@" + strings.Repeat("b.", 130) + "example": "",
	} {
		got, err := message.Address("to", in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("Address(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestComposeIsSafeForConcurrentUse(t *testing.T) {
	m := compile(t, draft(t, "Hi {{first_name}}", "Hi {{first_name}} ü"))
	want := compose(t, m, recipient(t, map[string]string{"first_name": "Zoë"}))
	done := make(chan []byte)
	for range 8 {
		go func() {
			var out []byte
			for range 200 {
				out, _ = m.Compose(out[:0], recipient(t, map[string]string{"first_name": "Zoë"}))
			}
			done <- out
		}()
	}
	for range 8 {
		if got := <-done; !bytes.Equal(got, want) {
			t.Errorf("got %s", got)
		}
	}
}

func TestInternationalLocalPartStaysUTF8(t *testing.T) {
	r := recipient(t, nil)
	r.Address = "ünï@bücher.example"
	raw, err := compile(t, draft(t, "s", "b")).Compose(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte("\r\nTo: Grace Hopper <ünï@xn--bcher-kva.example>\r\n")) {
		t.Errorf("%s", raw)
	}
}

func TestTrackingAsksForTheFixedLinksOnly(t *testing.T) {
	d := draft(t, "s", "https://a.example/?x=1&y=2 [b](https://b.example) https://c.example/{{email}} {{unsubscribe_url}} https://a.example/?x=1&y=2")
	m := compile(t, d)
	r := recipient(t, map[string]string{"email": "https://evil.example"})
	var asked []string
	r.TrackLink = func(url string) string {
		asked = append(asked, url)
		return "https://rm.example.com/t/c/" + strings.Repeat("x", len(asked))
	}
	p := read(t, compose(t, m, r))
	if diff := cmp.Diff([]string{"https://a.example/?x=1&y=2", "https://b.example", "https://a.example/?x=1&y=2"}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"https://a.example/?x=1&y=2", "https://b.example"}, m.Links()); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if strings.Count(p.html, "href=\"https://rm.example.com/t/c/x") != 3 || strings.Contains(p.text, "/t/c/") || strings.Contains(p.html, "href=\"https://a.example") {
		t.Errorf("text:\n%s\nhtml:\n%s", p.text, p.html)
	}
}
