package bounce

import (
	"regexp"
	"strings"
)

var (
	addressIn   = regexp.MustCompile(`[A-Za-z0-9!#$%&'*+/=?^_{|}~.\x{80}-\x{10FFFF}-]{1,64}@[A-Za-z0-9\x{80}-\x{10FFFF}](?:[A-Za-z0-9._\x{80}-\x{10FFFF}-]{0,252}[A-Za-z0-9\x{80}-\x{10FFFF}])?`)
	statusWord  = regexp.MustCompile(`(?:^|[\s(#\[;:,"'<-])([245]\.\d{1,3}\.\d{1,3})(?:$|[^\d.]|\.(?:$|\D))`)
	codeWord    = regexp.MustCompile(`(?m)(?:^|[\s:;\[("'=>#]|\] )([245]\d\d)(?:[ \-:,]|$)`)
	parenthesis = regexp.MustCompile(`\(.*\)`)
	repeated    = regexp.MustCompile(`\s[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}\s)?`)
)

// addresses returns the mail addresses in a text, in order, domains in lower
// case.
func addresses(s string) []string {
	if len(s) > 64<<10 {
		s = s[:64<<10]
	}
	var all []string
	for _, a := range addressIn.FindAllString(s, maxRecipients) {
		a = strings.TrimPrefix(strings.TrimPrefix(strings.Trim(a, ".'"), "mailto:"), "=")
		at := strings.LastIndexByte(a, '@')
		if at <= 0 {
			continue
		}
		all = addNew(all, a[:at+1]+strings.ToLower(a[at+1:]))
	}
	return all
}

// statusIn returns the first enhanced status code of a text that says more than
// its class, else the first.
func statusIn(s string) string {
	first := ""
	for _, m := range statusWord.FindAllStringSubmatch(s, 20) {
		if !vague(m[1]) {
			return m[1]
		}
		if first == "" {
			first = m[1]
		}
	}
	return first
}

// codeIn returns the first SMTP reply code of a text that reports a failure, or,
// if the delivery is said to have succeeded, a success.
func codeIn(s string, success bool) string {
	for _, m := range codeWord.FindAllStringSubmatchIndex(s, 20) {
		code := s[m[2]:m[3]]
		if success && (code == "250" || code == "251" || code == "252") {
			return code
		}
		if code >= "420" && code < "460" || code >= "500" && code < "560" || code == "571" {
			return code
		}
	}
	return ""
}

// commandPatterns say at which SMTP command a refusal came.
var commandPatterns = []struct {
	command string
	re      *regexp.Regexp
}{
	{"DATA", regexp.MustCompile(`(?i)in reply to (the )?(end of )?data|after (end of data|data|\.)\b|after (the )?data|\(state 1[789]\)|failed after i sent the message|>>> (data|\.)|smtp command:?\s*data|for text command|during (the )?(data|message)|in response to data|after sending message (content|body)|transmission failure|response to end of data|while sending (message body|end of data)|did not like our (data|\.)|\[(data|eom|eob)\]|following data command`)},
	{"RCPT", regexp.MustCompile(`(?i)in reply to (the )?rcpt|after rcpt|\(state 1[34]\)|does not like recipient|>>> rcpt|smtp command:?\s*rcpt|during (the )?rcpt|in response to rcpt|did not like our rcpt|\[rcpt[_ ]to\]|rejected recipient|following rcpt command|error in rcpt|remote smtp server has rejected address`)},
	{"MAIL", regexp.MustCompile(`(?i)in reply to (the )?mail|after mail|\(state 12\)|does not like (the )?sender|>>> mail|smtp command:?\s*mail|during (the )?mail from|in response to mail|did not like our mail|\[mail[_ ]from\]|following mail command|sender was rejected`)},
	{"EHLO", regexp.MustCompile(`(?i)in reply to (the )?(ehlo|helo)|after (ehlo|helo)|>>> (ehlo|helo)|my name was rejected|\(state 1[01]\)|performing the (ehlo|helo)|did not like our (ehlo|helo)|\[(ehlo|helo)\]|following (ehlo|helo)`)},
	{"CONN", regexp.MustCompile(`(?i)after initial connection|initial (connection|server) (greeting|response)|refused to talk to me|but (greeting|connection) failed|smtp protocol diagnostic|connected to .{1,200} but greeting|\[connect\]|did not like our connect`)},
}

// commandIn finds the command in a text: the one named last wins, because
// transcripts end with the refusal.
func commandIn(s string) string {
	if len(s) > 16<<10 {
		s = s[:16<<10]
	}
	best, at := "", -1
	for _, p := range commandPatterns {
		if all := p.re.FindAllStringIndex(s, 50); len(all) > 0 && all[len(all)-1][0] > at {
			best, at = p.command, all[len(all)-1][0]
		}
	}
	return best
}

// oneLine joins a reply of several lines ("550-5.7.1 a", "550 5.7.1 b") into one
// bounded line.
func oneLine(s string) string {
	if len(s) > 8<<10 {
		s = s[:8<<10]
	}
	s = strings.Join(strings.Fields(joinReply(s)), " ")
	const most = 500
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// joinReply drops the codes that begin the second and later lines of one reply
// ("550-5.7.1 a\n550 5.7.1 b"), also after a report has folded them into one.
func joinReply(s string) string {
	all := repeated.FindAllStringIndex(s, 200)
	if len(all) < 2 {
		return s
	}
	var b strings.Builder
	pos, seen := 0, ""
	for _, at := range all {
		hit := strings.TrimSpace(strings.Replace(s[at[0]+1:at[1]], "-", " ", 1))
		if hit != seen { // another reply
			seen = hit
			continue
		}
		b.WriteString(s[pos:at[0]] + " ")
		pos = at[1]
	}
	return b.String() + s[pos:]
}
