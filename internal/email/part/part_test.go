package part

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	tests := []struct {
		name, raw string
		types     []string
		text      string // of the first leaf
	}{
		{"plain", "Subject: a\n\nhello\n", []string{"text/plain"}, "hello\n"},
		{"CR only", "Subject: a\r\rhello\r", []string{"text/plain"}, "hello\n"},
		{"no header", "hello there\nfriend\n", []string{"text/plain"}, "hello there\nfriend\n"},
		{
			"closing line missing",
			"Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: text/html\n\n<p>two\n",
			[]string{"text/plain", "text/html"},
			"one\n",
		},
		{"boundary missing", "Content-Type: multipart/mixed; boundary=b\n\njust text\n", []string{"text/plain"}, "just text\n"},
		{"broken type", "Content-Type: text/plain; charset=\"iso-8859-1;\n\ncaf\xe9\n", []string{"text/plain"}, "café\n"},
		{"quoted printable", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nna=C3=AFve so=\nft\n", []string{"text/plain"}, "naïve soft\n"},
		{"base64, damaged", "Content-Transfer-Encoding: base64\n\naGVsbG8g\nd29y*bGQ=\nJUNK", []string{"text/plain"}, "hello world"},
		{"hidden marks", "\nunsub\u200bscribe me\u00a0now", []string{"text/plain"}, "unsubscribe me now"},
		{"flowed", "Content-Type: text/plain; format=flowed\n\none \ntwo\n> q \n> r\n-- \nsig", []string{"text/plain"}, "one two\n> q \n> r\n-- \nsig"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Read([]byte(tt.raw))
			if err != nil {
				t.Fatalf("Read: %v", err)
			}
			var types []string
			for _, l := range p.Leaves() {
				types = append(types, l.Type)
			}
			if diff := cmp.Diff(tt.types, types); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
			if got := p.Leaves()[0].Text(); got != tt.text {
				t.Errorf("text = %q, want %q", got, tt.text)
			}
		})
	}
}

func TestReadBounds(t *testing.T) {
	if _, err := Read(make([]byte, MaxSize+1)); err == nil {
		t.Error("a mail above MaxSize was taken")
	}
	deep := ""
	for range 50 {
		deep += "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	}
	if _, err := Read([]byte(deep)); err != nil {
		t.Errorf("deep: %v", err)
	}
	p, err := Read([]byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10_000)))
	if err != nil || len(p.Leaves()) > maxParts {
		t.Errorf("%d parts, %v", len(p.Leaves()), err)
	}
	p, err = Read([]byte(strings.Repeat("X-A: b\n", 100_000) + "\nbody"))
	if err != nil || len(p.Header) > maxFields || string(p.Body) != "body" {
		t.Errorf("%d fields, body %q, %v", len(p.Header), p.Body, err)
	}
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"=?UTF-8?Q?Abwesend_=C3=BCber?= Ostern": "Abwesend über Ostern",
		"=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=":    "テスト",
		"=?x-none?Q?a?=":                        "a",
		"plain":                                 "plain",
	} {
		if got := Decode(in); got != want {
			t.Errorf("Decode(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	got := Plain(`<html><head><title>no</title><style>p{}</style></head><body><p>Hi&nbsp;there,</p><div>one<br>two</div>` +
		`<ul><li>a<li>b</ul><div style="display:none">tracking</div><blockquote>old<blockquote>older</blockquote></blockquote><pre>x
  y</pre></body></html>`)
	want := "Hi there,\n\none\ntwo\n- a\n- b\n\n> old\n>> older\nx\n  y"
	if got != want {
		t.Errorf("Plain:\n%s\nwant:\n%s", got, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nAAA=\n--b--\n"))
	f.Add([]byte("Content-Type: text/html; charset=iso-2022-jp\r\n\r\n<p>\x1b$B"))
	f.Add([]byte("From x\n>From y\nA: =?utf-8?q?=?=\n b\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Read(raw)
		if err != nil {
			return
		}
		for _, l := range p.Leaves() {
			_ = l.Text()
		}
		for _, h := range p.Header {
			_ = Decode(h.Value)
		}
	})
}
