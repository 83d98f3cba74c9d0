package mailview_test

import (
	"strings"
	"testing"

	"rainmaker/internal/campaign/mailview"
)

func TestPageNeedsNoInlineStyles(t *testing.T) {
	mail := "<!DOCTYPE html>\r\n<html>\r\n<head>\r\n</head><body style=\"margin:0\"><p>&lt;b style=&#34;x&#34;&gt;</p><a style=\"color:red\">x</a></body></html>"
	page := mailview.Page(mail, "abc", false)
	for _, want := range []string{`<style nonce="abc">.s1{margin:0}.s2{color:red}</style></head>`, `<body class="s1">`, `<a class="s2">`, "&lt;b style=&#34;x&#34;&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if strings.Contains(page, ` style="`) {
		t.Errorf("a style attribute is left: %s", page)
	}
	if dark := mailview.Page(mail, "abc", true); !strings.Contains(dark, "background:#1f1f1f") {
		t.Errorf("not dark: %s", dark)
	}
	if text := mailview.TextPage("<script>x</script>", "abc"); strings.Contains(text, "<script>") {
		t.Errorf("text became structure: %s", text)
	}
	if policy := mailview.Policy("abc"); strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "sandbox;") {
		t.Errorf("policy %s", policy)
	}
}

func TestHintsNameTheirRule(t *testing.T) {
	for name, tt := range map[string]struct {
		subject, body string
		links         []string
		want          string // rules, in order
	}{
		"plain":           {"A question about {{company}}", "Hello {{first_name | there}}, one short question.", []string{"https://example.com/a"}, ""},
		"long subject":    {strings.Repeat("word ", 20), "Hello", nil, "subject_long"},
		"fake reply":      {"Re: our talk", "Hello", nil, "subject_fake_reply"},
		"shouting":        {"BUY THE VERY BEST THING TODAY", "Hello", nil, "capitals"},
		"marks":           {"Hello", "Look!! Now", nil, "exclamation_marks"},
		"phrase":          {"Hello", "You are guaranteed to like it", nil, "spam_phrase"},
		"money":           {"Hello", "Save $$$ today", nil, "money_signs"},
		"long":            {"Hello", strings.Repeat("word ", 251), nil, "body_long"},
		"links":           {"Hello", "x", []string{"https://a.example", "https://b.example", "https://c.example", "https://d.example"}, "many_links"},
		"shortener":       {"Hello", "x", []string{"https://bit.ly/x"}, "link_shortener"},
		"number":          {"Hello", "x", []string{"https://192.0.2.1/x"}, "link_number"},
		"unencrypted":     {"Hello", "x", []string{"http://example.com"}, "link_unencrypted"},
		"broken":          {"Hello", "x", []string{"https://"}, "link_broken"},
		"several at once": {"Re: FREE MONEY FOR EVERY READER", "Hello", nil, "subject_fake_reply capitals spam_phrase"},
	} {
		var got []string
		for _, hint := range mailview.Hints(tt.subject, tt.body, tt.links) {
			got = append(got, hint.Rule)
			if hint.Message == "" || hint.Field != "subject" && hint.Field != "body" {
				t.Errorf("%s: %+v", name, hint)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}
