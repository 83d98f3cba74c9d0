package e2e

import (
	"bytes"
	"encoding/base64"
	"net/mail"
	"regexp"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

var messageIDForm = regexp.MustCompile(`^<[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}@sender\.example>$`)

// checkLetter holds a mail against what the contract promises of it.
func (j *journey) checkLetter(l letter) {
	j.t.Helper()
	name, _, _ := strings.Cut(l.to, "@")
	wrong := func(what, got string) {
		j.t.Helper()
		j.t.Errorf("mail to %s: %s: %q", name, what, got)
	}
	one := func(key string) string {
		j.t.Helper()
		values := l.header[key]
		if len(values) != 1 {
			j.t.Errorf("mail to %s: %d headers %s: %q", name, len(values), key, values)
			return ""
		}
		return values[0]
	}
	if id := one("Message-Id"); !messageIDForm.MatchString(id) {
		wrong("Message-ID is not <action-id@domain>", id)
	}
	if got := one("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		wrong("List-Unsubscribe-Post", got)
	}
	if !strings.HasPrefix(l.optOut, j.p.url+"/u/") || !strings.Contains(one("List-Unsubscribe"), l.optOut) {
		wrong("List-Unsubscribe", l.optOut)
	}
	if from, err := mail.ParseAddress(one("From")); err != nil || from.Address != sender || from.Name != "Ada Ray" {
		wrong("From", one("From"))
	}
	if to, err := mail.ParseAddress(one("To")); err != nil || to.Address != l.to {
		wrong("To", one("To"))
	}
	if _, err := l.header.Date(); err != nil {
		wrong("Date", one("Date"))
	}
	if one("Mime-Version") != "1.0" || one("X-Rainmaker-Campaign") != j.campaign {
		wrong("X-Rainmaker-Campaign", one("X-Rainmaker-Campaign"))
	}
	if !strings.HasPrefix(l.returnPath, "ada+") || !strings.HasSuffix(l.returnPath, "@sender.example") {
		wrong("Return-Path carries no token", l.returnPath)
	}
	j.checkParts(l)
	j.checkSignature(l)
}

// checkParts looks at what a reader sees.
func (j *journey) checkParts(l letter) {
	j.t.Helper()
	for part, content := range map[string]string{"text": l.text, "HTML": l.html} {
		for _, want := range []string{"Hi ", streetLine, "San Francisco", "94104", "Unsubscribe", l.optOut} {
			if !strings.Contains(content, want) {
				j.t.Errorf("mail to %s: the %s part lacks %q:\n%s", l.to, part, want, content)
			}
		}
		if strings.Contains(content, "{{") {
			j.t.Errorf("mail to %s: a merge field is left in the %s part", l.to, part)
		}
	}
	if !strings.Contains(l.text, "https://www.sender.example/how?a=1&b=2") || strings.Contains(l.text, "/t/c/") {
		j.t.Errorf("mail to %s: the text part does not show the true links:\n%s", l.to, l.text)
	}
	if !strings.Contains(l.html, "Journey &amp; Sons") || !strings.Contains(l.pixel, "/t/o/") || len(l.links) < 2 {
		j.t.Errorf("mail to %s: HTML part: pixel %q, links %q\n%s", l.to, l.pixel, l.links, l.html)
	}
	for _, link := range l.links {
		if !strings.HasPrefix(link, j.p.url+"/t/c/") {
			j.t.Errorf("mail to %s: an untracked link: %s", l.to, link)
		}
	}
	// What an import brings must not become structure.
	head, _, _ := bytes.Cut(l.raw, []byte("\r\n\r\n"))
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		if bytes.HasPrefix(line, []byte("Bcc:")) || bytes.HasPrefix(line, []byte("X-Injected:")) || bytes.ContainsAny(line, "\r\n\x00") {
			j.t.Errorf("mail to %s: a header was injected:\n%s", l.to, head)
		}
	}
	if bytes.Contains(bytes.ReplaceAll(l.raw, []byte("\r\n"), nil), []byte("\n")) {
		j.t.Errorf("mail to %s: a bare line feed", l.to)
	}
}

// checkSignature verifies DKIM with the key that DNS would hold, and that both
// list headers are covered (RFC 8058 4).
func (j *journey) checkSignature(l letter) {
	j.t.Helper()
	verified, err := dkim.VerifyWithOptions(bytes.NewReader(l.raw), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
		if domain != "e2e._domainkey.sender.example" {
			j.t.Errorf("the key is looked up at %s", domain)
		}
		return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(j.dkim)}, nil
	}})
	if err != nil || len(verified) != 1 || verified[0].Err != nil || verified[0].Domain != "sender.example" {
		j.t.Errorf("mail to %s: DKIM: %v %+v", l.to, err, verified)
		return
	}
	covered := strings.ToLower(strings.Join(verified[0].HeaderKeys, ","))
	if !strings.Contains(covered, "list-unsubscribe,") && !strings.HasSuffix(covered, "list-unsubscribe") || !strings.Contains(covered, "list-unsubscribe-post") {
		j.t.Errorf("mail to %s: DKIM covers %s", l.to, covered)
	}
}
