package bounce

import (
	"regexp"
	"strings"
)

// answered are server answers, as email.SendError prints them.
var answered = regexp.MustCompile(`(?s)^(rcpt|data|dot): (5\d\d) (\d\.\d+\.\d+)? ?(.*)$`)

// Refusal reads why a server refused a mail for good while it was being sent, and
// whether that is because there is no such mailbox. Refusals of content or of us
// (5.7.x) are no verdict about the person.
func Refusal(answer string) (reason string, hard bool) {
	parts := answered.FindStringSubmatch(answer)
	if parts == nil || parts[1] != "rcpt" {
		return "", false
	}
	status, text := parts[3], strings.ToLower(parts[4])
	switch {
	case strings.HasPrefix(status, "5.1.1"), strings.HasPrefix(status, "5.1.0"), strings.HasPrefix(status, "5.1.3"),
		strings.HasPrefix(status, "5.1.6"), strings.HasPrefix(status, "5.1.10"), strings.HasPrefix(status, "5.2.1"):
		return "userunknown", true
	case strings.HasPrefix(status, "5.1.2"), strings.HasPrefix(status, "5.4.4"):
		return "hostunknown", true
	case strings.HasPrefix(status, "5.7"), strings.HasPrefix(status, "5.2.2"), strings.HasPrefix(status, "5.3"):
		return "", false
	}
	for _, words := range []string{"user unknown", "no such user", "unknown user", "does not exist", "mailbox unavailable", "no mailbox", "recipient rejected", "invalid recipient", "address rejected", "user not found", "recipient not found", "mailbox not found", "account not found", "address not found"} {
		if strings.Contains(text, words) {
			return "userunknown", true
		}
	}
	return "", false
}
