package mailview

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// Hint is one thing about a mail that its writer should look at. Rule names the
// rule for good; Message says what is wrong and what would be better.
type Hint struct {
	Rule    string `json:"rule"`
	Field   string `json:"field" enum:"subject,body"`
	Message string `json:"message"`
}

// Limits of the rules. They are the common advice of mailbox providers and
// filters, not the inside of any one: a hint is no verdict.
const (
	longSubject = 78 // what a list of mails shows; also RFC 5322 2.1.1
	manyLinks   = 3  // in one cold mail
	longBody    = 250
	shoutShare  = 0.3 // of the letters
	fewLetters  = 20  // below this a share says nothing
)

// phrases that filters have learned from unwanted mail.
var phrases = regexp.MustCompile(`(?i)\b(100% free|act now|buy now|cash bonus|click here|earn money|free money|guaranteed|limited time|no obligation|risk[- ]free|urgent|winner|you have been selected)\b`)

var money = regexp.MustCompile(`[$€£]{2,}`)

var shorteners = regexp.MustCompile(`(?i)^(bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|rebrand\.ly)$`)

// Hints judges a mail by its words and links.
func Hints(subject, body string, links []string) []Hint {
	hints := []Hint{}
	add := func(rule, field, format string, args ...any) {
		hints = append(hints, Hint{rule, field, fmt.Sprintf(format, args...)})
	}
	if n := len([]rune(subject)); n > longSubject {
		add("subject_long", "subject", "The subject has %d characters; lists of mails cut it off after about %d.", n, longSubject)
	}
	if lower := strings.ToLower(strings.TrimSpace(subject)); strings.HasPrefix(lower, "re:") || strings.HasPrefix(lower, "fwd:") || strings.HasPrefix(lower, "fw:") {
		add("subject_fake_reply", "subject", "A subject that pretends to be an answer is deceptive (15 U.S.C. 7704(a)(2)).")
	}
	for _, part := range []struct{ field, text string }{{"subject", subject}, {"body", body}} {
		if shouts(part.text) {
			add("capitals", part.field, "Many capitals read as shouting.")
		}
		if strings.Contains(part.text, "!!") || strings.Count(part.text, "!") > 3 {
			add("exclamation_marks", part.field, "Fewer exclamation marks look more trustworthy.")
		}
		if found := phrases.FindString(part.text); found != "" {
			add("spam_phrase", part.field, "Filters know “%s” from unwanted mail.", strings.ToLower(found))
		}
		if money.MatchString(part.text) {
			add("money_signs", part.field, "Rows of money signs are typical of unwanted mail.")
		}
	}
	if n := len(strings.Fields(body)); n > longBody {
		add("body_long", "body", "The mail has %d words; short mails get more answers.", n)
	}
	if len(links) > manyLinks {
		add("many_links", "body", "%d links in one mail; one is easier to follow and looks less like advertising.", len(links))
	}
	for _, link := range links {
		judgeLink(link, add)
	}
	return hints
}

func judgeLink(link string, add func(rule, field, format string, args ...any)) {
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" {
		add("link_broken", "body", "%s is not a complete address.", link)
		return
	}
	switch host := u.Hostname(); {
	case shorteners.MatchString(host):
		add("link_shortener", "body", "%s hides where it leads; filters distrust that.", host)
	case net.ParseIP(host) != nil:
		add("link_number", "body", "%s is a bare number, not a name; filters distrust that.", host)
	case u.Scheme == "http":
		add("link_unencrypted", "body", "%s is not encrypted: use https.", link)
	}
}

// shouts reports text with too many capitals; merge fields do not count.
func shouts(text string) bool {
	letters, capitals := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.IsUpper(r) {
				capitals++
			}
		}
	}
	return letters >= fewLetters && float64(capitals) > shoutShare*float64(letters)
}
