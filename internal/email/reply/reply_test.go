package reply

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"rainmaker/internal/platform/sharedset"
)

// TestRealReplies measures on the fixtures of three public libraries. A fixture
// is right when the visible text is exactly what its own project's tests expect,
// blanks at line ends and runs of empty lines aside.
func TestRealReplies(t *testing.T) {
	dir, ok := sharedset.Dir(t, "email-replies")
	if !ok {
		return
	}
	right, all := 0, 0
	check := func(name, got, want string) {
		all++
		if normal(got) == normal(want) {
			right++
			return
		}
		t.Logf("%s: visible\n%s\nwant\n%s", name, got, want)
	}
	read := func(path string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, want := range talonReplies {
		m, err := FromMessage(read("talon/tests/fixtures/standard_replies/" + name + ".eml"))
		if err != nil {
			t.Fatal(err)
		}
		check(name, m.Visible, want)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "talon/tests/fixtures/html_replies/*.html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, p := range pages {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		visible, _, _ := StripHTML(string(raw))
		check(filepath.Base(p), visible, "Hi. I am fine.\n\nThanks,\nAlex")
	}
	want, err := os.ReadFile("testdata/github.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse(want).Files {
		visible, _, _ := Strip(string(read("email_reply_parser/test/emails/" + f.Name)))
		check(f.Name, visible, string(f.Data))
	}
	raw := string(read("sendgrid-inbound/helpers/inbound/sample_data/raw_data.txt"))
	_, mail, _ := strings.Cut(raw, "name=\"email\"\n\n")
	m, err := FromMessage([]byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	check("sendgrid raw_data", m.Visible, "Hello Twilio SendGrid!")

	t.Logf("%d of %d fixtures exactly right", right, all)
	if right*100 < all*90 {
		t.Errorf("below 90 %%")
	}
}

// talonReplies are talon's expectations for its standard replies.
var talonReplies = map[string]string{
	"android": "Hello", "aol": "Hello", "apple_mail": "Hello", "apple_mail_2": "Hello", "comcast": "Hello", "gmail": "Hello",
	"hotmail": "Hello", "iphone": "Hello", "outlook": "Hello", "sparrow": "Hello", "thunderbird": "Hello", "yahoo": "Hello",
}

// normal leaves out what no reader sees.
func normal(s string) string {
	var kept []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			kept = append(kept, strings.Join(strings.Fields(l), " "))
		}
	}
	return strings.Join(kept, "\n")
}

func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse(raw).Files {
		t.Run(f.Name, func(t *testing.T) {
			text, want, ok := strings.Cut("\n"+string(f.Data), "\n== visible\n")
			if !ok {
				t.Fatal("no line == visible")
			}
			visible, quoted, signature := Strip(text)
			if strings.HasSuffix(f.Name, ".html") {
				visible, quoted, signature = StripHTML(text)
			}
			if strings.TrimSpace(visible) != strings.TrimSpace(want) {
				t.Errorf("visible\n%s\nwant\n%s\nquoted\n%s\nsignature\n%s", visible, want, quoted, signature)
			}
			again, _, _ := Strip(strings.ReplaceAll(text, "\n", "\r\n"))
			if !strings.HasSuffix(f.Name, ".html") && again != visible {
				t.Errorf("with CRLF: %q", again)
			}
		})
	}
}

func TestFromMessage(t *testing.T) {
	m, err := FromMessage([]byte(strings.ReplaceAll(`From: =?utf-8?q?Ana_M=C3=BCller?= <ana@Customer.Example>
To: "Rita, Rain" <r+tok@rain.example>, bob@rain.example
Delivered-To: r+tok@rain.example
Subject: =?utf-8?q?Re:_caf=C3=A9?=
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <a@customer.example>
In-Reply-To: <0192-1@rain.example>
References: <0192-0@rain.example>
 <0192-1@rain.example>
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/html

<p>Yes</p>
--x
Content-Type: text/plain; name=notes.txt
Content-Disposition: attachment; filename=notes.txt

unsubscribe
--x--
`, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	m.Header = nil
	want := Message{
		From: "ana@customer.example", FromName: "Ana Müller", To: []string{"r+tok@rain.example", "bob@rain.example"},
		Delivered: []string{"r+tok@rain.example"}, Subject: "Re: café", MessageID: "a@customer.example", InReplyTo: "0192-1@rain.example",
		References: []string{"0192-0@rain.example", "0192-1@rain.example"}, Date: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		Visible: "Yes", HTML: true,
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStripIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"marks":  strings.Repeat("> ", 1<<20),
		"on":     strings.Repeat("On 1 \n", 100_000),
		"fields": strings.Repeat("From: a\n", 100_000),
		"dashes": strings.Repeat("-- \n", 100_000),
		"tags":   strings.Repeat("<div>", 100_000),
		"thanks": strings.Repeat("Thanks,\nx\n", 50_000),
	} {
		began := time.Now()
		Strip(text)
		StripHTML(text)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s took %v", name, took)
		}
	}
}

func FuzzFromMessage(f *testing.F) {
	f.Add([]byte("From: a@b.example\n\nyes\n\nOn Mon, Rita wrote:\n> hi\n"))
	f.Add([]byte("Content-Type: text/html\n\n<div class=gmail_quote>a<blockquote>b</blockquote></div><hr id=zwchr>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := FromMessage(raw)
		if err == nil && len(m.References) > maxReferences {
			t.Error("too many references")
		}
	})
}
