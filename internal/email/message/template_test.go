package message_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/errs"
)

func TestTemplateRenders(t *testing.T) {
	lead := fields(map[string]string{"first_name": "Grace", "company": " ", "custom.plan_b": "gold", "title": "{{email}}", "email": "no"})
	for text, want := range map[string]string{
		"":                                       "",
		"no fields":                              "no fields",
		"Hi {{first_name}}!":                     "Hi Grace!",
		"Hi {{ first_name }}{{first_name|x}}!":   "Hi GraceGrace!",
		"at {{company | your place}}":            "at your place",
		"at {{company|}}.":                       "at .",
		"at {{company}}.":                        "at .",
		"{{custom.plan_b}} {{custom.no | none}}": "gold none",
		"{{title}}":                              "{{email}}",
		"{ {first_name} }":                       "{ {first_name} }",
		"a | b":                                  "a | b",
		"{{phone | call | me}}":                  "call | me",
		"line\r\nnext\rlast":                     "line\nnext\nlast",
	} {
		tpl := parse(t, text)
		var b strings.Builder
		if err := tpl.Render(&b, lead); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%q: %q, want %q", text, b.String(), want)
		}
	}
}

func TestTemplateRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{
		"{{firstname}}":              `unknown field "firstname" (line 1, column 1)`,
		"Hi\nälso {{nope | x}}":      `unknown field "nope" (line 2, column 6)`,
		"Hi {{first_name":            "{{ is never closed (line 1, column 4)",
		"Hi first_name}}":            "}} has no {{ before it (line 1, column 14)",
		"{{first_name}} }}":          "}} has no {{ before it (line 1, column 16)",
		"{{{first_name}}}":           "a merge field holds only a name and a fallback, on one line (line 1, column 1)",
		"{{first_name {{company}}}}": "a merge field holds only a name and a fallback, on one line (line 1, column 1)",
		"{{first_name\n}}":           "a merge field holds only a name and a fallback, on one line (line 1, column 1)",
		"{{}}":                       "the merge field has no name (line 1, column 1)",
		"{{ | x}}":                   "the merge field has no name (line 1, column 1)",
		"{{custom.}}":                `unknown field "custom." (line 1, column 1)`,
		"{{custom.a.b}}":             `unknown field "custom.a.b" (line 1, column 1)`,
		"{{if first_name}}":          `unknown field "if first_name" (line 1, column 1)`,
		"{{.Env}}":                   `unknown field ".Env" (line 1, column 1)`,
		"{{first_name.upper}}":       `unknown field "first_name.upper" (line 1, column 1)`,
		"\xff":                       "is not valid UTF-8",
		strings.Repeat("x", 300_000): "is longer than 262144 bytes",
	} {
		_, err := message.Parse("steps.0.body", text)
		var e *errs.Error
		if !errors.As(err, &e) || e.Kind != errs.Invalid {
			t.Errorf("%.40q: %v", text, err)
			continue
		}
		if diff := cmp.Diff([]errs.Field{{Location: "steps.0.body", Message: want}}, e.Fields); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", text, diff)
		}
	}
}

func TestMissingNamesTheHoles(t *testing.T) {
	tpl := parse(t, "{{first_name}} {{company | x}} {{title|}} {{phone}} {{first_name}} {{custom.a}}")
	got := tpl.Missing(fields(map[string]string{"phone": "1", "first_name": "\t"}))
	if diff := cmp.Diff([]string{"first_name", "custom.a"}, got); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"first_name", "company", "title", "phone", "custom.a"}, tpl.Fields()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	d := draft(t, "{{company}}", "{{sender_name}} {{company}} {{first_name}} {{unsubscribe_url}} {{organization_name}}")
	if diff := cmp.Diff([]string{"company", "first_name"}, compile(t, d).Missing(recipient(t, nil))); diff != "" {
		t.Errorf("of the message (-want +got):\n%s", diff)
	}
}

func TestLinks(t *testing.T) {
	for text, want := range map[string][]string{
		"none": nil,
		"see https://a.example/x, or http://b.example.":         {"https://a.example/x", "http://b.example"},
		"(https://a.example/x_(y)) https://a.example/z)":        {"https://a.example/x_(y)", "https://a.example/z"},
		"[a](https://a.example) [b]( https://b.example )":       {"https://a.example", "https://b.example"},
		"<https://a.example> \"https://b.example\"":             {"https://a.example", "https://b.example"},
		"**https://a.example**":                                 {"https://a.example"},
		"https://a.example https://a.example":                   {"https://a.example"},
		"HTTPS://A.example/?q=ü":                                {"HTTPS://A.example/?q=ü"},
		"ftp://a.example javascript:x mailto:a@b.example":       nil,
		"https:// https://user:pw@a.example xhttps://a.example": nil,
		"[x](javascript:alert(1)) [y](//evil.example)":          nil,
		"- https://a.example\n- https://b.example":              {"https://a.example", "https://b.example"},
	} {
		if diff := cmp.Diff(want, message.Links(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	personal := parse(t, "https://a.example/?e={{email}} https://{{company}}.example [x]({{unsubscribe_url}}) https://b.example")
	if diff := cmp.Diff([]string{"https://b.example"}, personal.Links()); diff != "" {
		t.Errorf("personal links are never tracked (-want +got):\n%s", diff)
	}
}

func TestMarkup(t *testing.T) {
	for body, want := range map[string]string{
		"a\nb":                            "<p>a<br>\nb</p>",
		"a\n\n\n b":                       "<p>a</p>\n<p> b</p>",
		"x:\n- a\n* b\n• c\nend":          "<p>x:</p>\n<ul>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ul>\n<p>end</p>",
		"**a** and 2**3":                  "<p><strong>a</strong> and 2**3</p>",
		"1 < 2 & \"q\"":                   "<p>1 &lt; 2 &amp; &#34;q&#34;</p>",
		"[b **o** ](https://x.example)":   "<p><a href=\"https://x.example\">b **o** </a></p>",
		"{{first_name|<b>}}":              "<p>&lt;b&gt;</p>",
		"https://x.example/{{company}}":   "<p><a href=\"https://x.example/A%2FB%20%22\">https://x.example/A%2FB%20%22</a></p>",
		"https://{{company}}.example":     "<p>https://A/B &#34;.example</p>",
		"[stop]({{unsubscribe_url}})":     "<p><a href=\"https://u.example/1\">stop</a></p>",
		"[]() [a]( [b](https://x.example": "<p>[]() [a]( [b](<a href=\"https://x.example\">https://x.example</a></p>",
	} {
		d := draft(t, "s", body)
		d.Transactional = true
		r := recipient(t, map[string]string{"company": "A/B \""})
		r.UnsubscribeURL = "https://u.example/1"
		html := compile(t, d).Preview(r).HTML
		_, got, _ := strings.Cut(html, "max-width:640px\">\n")
		got, _, _ = strings.Cut(got, "\n</div>")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", body, diff)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Hi {{first_name | there}}", "**b** [l](https://x.example) {{company}}", "Grace")
	f.Add("é", "- a\n- https://x.example/{{company}}\nFrom x", "\r\nBcc: x")
	f.Fuzz(func(t *testing.T, subject, body, value string) {
		s, err := message.Parse("subject", subject)
		if err != nil {
			return
		}
		b, err := message.Parse("body", body)
		if err != nil {
			return
		}
		d := draft(t, "x", "x")
		d.Subject, d.Body = s, b
		m, err := message.Compile(d)
		if err != nil {
			return // empty
		}
		r := recipient(t, nil)
		r.Fields = func(string) string { return value }
		r.Name = value
		raw := compose(t, m, r)
		p := read(t, raw)
		if len(p.header) != 13-1 {
			t.Errorf("headers: %v", p.header)
		}
		want := m.Preview(r)
		if p.encodings[0] == "quoted-printable" && strings.ReplaceAll(p.text, "\r\n", "\n") != want.Text {
			t.Errorf("text %q, want %q", p.text, want.Text)
		}
	})
}
