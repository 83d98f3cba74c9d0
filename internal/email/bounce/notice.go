package bounce

import (
	"regexp"
	"strings"
)

var (
	// copyMark is the line after which a notice repeats the mail it speaks of.
	copyMark = regexp.MustCompile(`(?i)^[\s>*=-]*(?:` +
		`(?:below this line|below|enclosed|included|this|following|attached) is (?:a|the) (?:copy|header)|` +
		`(?:the )?(?:headers? of the )?(?:original|returned|unsent|undelivered|bounced|your) (?:message|mail|e-mail)(?: (?:info|text|headers?|body|content|follows|is following|as follows|below|was))*\.?[\s:*=-]*$|` +
		`(?:the )?(?:header|headers) of the original|message (?:headers?|text) follows?|the message (?:header|body)|` +
		`here is (?:a|your|the)\b.* (?:copy|message|headers?)|original message follows|copy of (?:the |your )?(?:original )?message|` +
		`content-type:\s*(?:message/rfc822|text/rfc822-headers))`)
	// headerMark begins a returned header that nothing announces.
	headerMark = regexp.MustCompile(`(?i)^(return-path|received|message-id|dkim-signature|x-envelope-from|x-originating-ip|arc-seal|delivered-to|x-received)\s*:`)

	bounceFrom = regexp.MustCompile(`(?i)mailer[-_ ]?daemon|postmaster|mail delivery|delivery (sub)?system|mail administrator|mail system|mail-?router|bounce|no-?reply@sns|^\s*<>\s*$|admin_?istrator@|mail server|mx-?daemon|complaints@email-abuse|noc@|returned`)
	bounceSays = regexp.MustCompile(`(?i)undeliver|non[- ]?deliver|not (be )?deliver|delivery (status|failure|fail|has failed|report|problem|delay|error|notif|incomplete|final)|mail delivery|fail(ure|ed)? (notice|notification|delivery|mail)|failure delivery|mail failure|returned (mail|e-mail|message|to)|return(ing|ed) (message|mail|to sender)|warning: (message|could not)|message (delayed|could not|not|was not)|(mail|message|e-mail).{0,20}(failed|undeliverable|rejected|bounced|not sent)|mail system error|unzustellbar|non remis|no entregado|delivery error|error sending|permanent (delivery )?(failure|error)|could ?n.t be (sent|delivered)|(delivery|transient|permanent) .{0,20}fail|errors from|aws notification|недоставл|不达|退信|rejected message|undelivered|delayed \d+ hours|malformed recipient`)

	// lineAddress is a line that is about one address: "<a@b>:", "a@b",
	// "  "a@b":", ">>> a@b <a@b>", "(a@b)".
	lineAddress = regexp.MustCompile(`^[\s>*"'(<\[-]*(?:mailto:)?([^\s<>"'()\[\]:;,]{1,64}@[A-Za-z0-9._-]{1,250}[A-Za-z0-9])[>"')\]]*(?:$|[:;,\s<(]|\.(?:[\s.]|$))`)
	// saidAddress is an address that a phrase calls the failed one.
	saidAddress = regexp.MustCompile(`(?i)(?:recipients?|address(?:es)?|user(?:id|name)?|mailbox|rcpt(?: to)?|deliver(?:ed|y|ing)?(?: \w+){0,4} to|un(?:deliverable|delivered|able)(?: \w+){0,4} to|to the following|your mail to|your message to|message to|attempts|failed for|send(?: \w+)* to)\s*:?\s*(?:rfc822;)?\s*[\["'<(]{0,2}([^\s<>"'()\[\]:;,]{1,64}@[A-Za-z0-9._-]{1,250}[A-Za-z0-9])`)
	// replyAddress is the address within an SMTP reply.
	replyAddress = regexp.MustCompile(`(?m)\b[45]\d\d[ -].{0,60}?[<\[( ]([^\s<>"'()\[\]:;,]{1,64}@[A-Za-z0-9._-]{1,250}[A-Za-z0-9])`)
)

// looksLikeBounce reports a mail whose header speaks of a failed delivery.
func (m *mail) looksLikeBounce() bool {
	if len(m.failedHeader()) > 0 {
		return true
	}
	from := m.header("From")
	says := bounceSays.MatchString(m.header("Subject"))
	machine := bounceFrom.MatchString(from) || strings.TrimSpace(m.root.Header.Get("Return-Path")) == "<>"
	answer := answerSubject.MatchString(m.header("Subject"))
	return machine && (says || !answer) || says && m.root.Header.Has("X-Failed-Recipients")
}

// failedHeader is the addresses Exim, Gmail and their like put into the header.
func (m *mail) failedHeader() []string {
	var all []string
	for _, v := range m.root.Header.Values("X-Failed-Recipients") {
		all = addNew(all, addresses(v)...)
	}
	return all
}

// maxNotice bounds the words of a notice in bytes. The longest real one seen had
// 20 kB; what follows is the mail that came back.
const maxNotice = 64 << 10

// noticeText returns the words of the notice, and what follows them: the mail
// they speak of.
func (m *mail) noticeText() (before, after string) {
	var words []string
	plain := false
	for _, l := range m.leaves {
		if strings.HasPrefix(l.Type, "message/") || l.Type == "text/rfc822-headers" {
			break
		}
		if l.Type == "text/plain" {
			plain = true
		}
	}
	if p := m.root.Preamble(); len(p) > 200 || len(m.leaves) == 0 {
		words = append(words, p)
	}
	for i, l := range m.leaves {
		if l.Type == "message/rfc822" || l.Type == "text/rfc822-headers" || l.Type == "message/partial" {
			break
		}
		if l.Type == "text/plain" || l.Type == "text/html" && !plain || i == 0 && strings.HasPrefix(l.Type, "text/") {
			words = append(words, l.Text())
		}
	}
	text := strings.Join(words, "\n")
	if len(text) > maxNotice {
		text = strings.ToValidUTF8(text[:maxNotice], "")
	}
	return cutCopy(text)
}

// cutCopy parts a notice from the mail it repeats.
func cutCopy(text string) (before, after string) {
	pos := 0
	for _, line := range strings.SplitAfter(text, "\n") {
		bare := strings.TrimRight(line, "\n ")
		if pos > 0 && copyMark.MatchString(bare) {
			return text[:pos], text[pos+len(line):]
		}
		if pos > 0 && headerMark.MatchString(bare) {
			return text[:pos], text[pos:]
		}
		pos += len(line)
	}
	return text, ""
}

// notice reads a bounce in prose. Without a header that says so, the text must
// hold an SMTP refusal to count.
func (m *mail) notice(bounce bool) (Report, bool) {
	before, _ := m.noticeText()
	if !bounce {
		return Report{}, false
	}
	var r Report
	m.original().fill(&r)
	who := m.failed(before, r)
	if len(who) == 0 && !bounceSays.MatchString(m.header("Subject")) && codeIn(before, false) == "" {
		return Report{}, false
	}
	if len(who) == 0 {
		who = []string{firstOf(r.OriginalTo)}
	}
	action := "failed"
	if delayWords.MatchString(m.header("Subject")) || delayWords.MatchString(before) {
		action = "delayed"
	}
	for _, a := range who {
		rec := Recipient{Address: a, Action: action}
		near, all := before, before+"\n"+m.header("Subject")
		if len(who) > 1 {
			near = segmentOf(before, a)
		}
		if len(who) > fewRecipients {
			all = ""
		}
		v := evidence{Action: action, Own: replies(near), Near: near, All: all}
		v.judge(&rec)
		r.Recipients = append(r.Recipients, rec)
	}
	r.Kind = kindOf(r.Recipients)
	return r, true
}

// fewRecipients is up to how many the whole notice is searched for each: in a
// longer list every fate has its own line, and the work must stay bounded.
const fewRecipients = 8

// delayWords announce that the server still tries.
var delayWords = regexp.MustCompile(`(?i)warning message only|do not need to resend|will be retried for|not yet been delivered|\(delay\)|delivery attempts will continue|has been delayed|delayed \d+ hours`)

// failed lists the addresses a notice speaks of: those the header names, else
// those on lines of their own, else those a phrase names, else those within
// replies, else any that is not the sender's.
func (m *mail) failed(text string, r Report) []string {
	if all := m.failedHeader(); len(all) > 0 {
		return all
	}
	ours := map[string]bool{}
	for _, a := range addresses(m.root.Header.Text("From")) {
		ours[strings.ToLower(a)] = true
	}
	for _, a := range append(m.sentTo(), r.OriginalFrom, r.OriginalReturnPath) {
		ours[strings.ToLower(a)] = true
	}
	var byLine, byPhrase, byReply []string
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 2000 {
			line = line[:2000]
		}
		if hit := lineAddress.FindStringSubmatch(line); hit != nil {
			byLine = addNew(byLine, addresses(hit[1])...)
		}
		for _, hit := range saidAddress.FindAllStringSubmatch(line, 10) {
			byPhrase = addNew(byPhrase, addresses(hit[1])...)
		}
		for _, hit := range replyAddress.FindAllStringSubmatch(line, 10) {
			byReply = addNew(byReply, addresses(hit[1])...)
		}
	}
	for _, list := range [][]string{byLine, byPhrase, byReply, addresses(text)} {
		var kept []string
		for _, a := range list {
			if !ours[strings.ToLower(a)] {
				kept = append(kept, a)
			}
		}
		if len(kept) > 0 {
			return kept
		}
	}
	if len(byLine) > 0 {
		return byLine[:1] // somebody wrote to himself
	}
	return nil
}

// segmentOf returns the lines about one address: from where it stands to where
// another one begins.
func segmentOf(text, address string) string {
	if address == "" {
		return text
	}
	var b strings.Builder
	mine := false
	for _, line := range strings.Split(text, "\n") {
		if len(line) < 2000 && strings.Contains(line, "@") {
			low := strings.ToLower(line)
			if strings.Contains(low, strings.ToLower(address)) {
				mine = true
			} else if lineAddress.MatchString(line) || saidAddress.MatchString(line) || replyAddress.MatchString(line) {
				mine = false
			}
		}
		if mine {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// replyLine begins or holds the words of an SMTP server.
var replyLine = regexp.MustCompile(`(?i)(?:^|[\s:\[("'=>])[45]\d\d[ \-:]|\b[45]\.\d{1,3}\.\d{1,3}\b|remote host said|^\s*<<<|reason:|diagnostic`)

// replies returns from the first line that holds a server's words to the end of
// its paragraph.
func replies(text string) string {
	var b strings.Builder
	open := false
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 4000 {
			line = strings.ToValidUTF8(line[:4000], "")
		}
		bare := strings.TrimSpace(line)
		switch {
		case replyLine.MatchString(line) && (codeIn(line, false) != "" || statusIn(line) != "" || strings.HasSuffix(bare, "said:")):
			open = true
		case bare == "":
			if open {
				b.WriteString(";\n") // no phrase goes over the end of a paragraph
			}
			open = false
		}
		if open {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
