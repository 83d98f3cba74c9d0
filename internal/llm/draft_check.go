package llm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Bounds of a draft, in characters. Long mails are not read.
const (
	maxSubject = 150
	minBody    = 20
	maxBody    = 3000
	maxClaims  = 30
)

var (
	mergeField = regexp.MustCompile(`\{\{\s*(first_name|last_name|company|title)\s*(\|[^{}|\n]{0,60})?\}\}`)
	links      = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+|\b[a-z0-9-]+\.(?:com|net|org|io|ai|co|app|dev|info|biz)\b\S*`)
	address    = regexp.MustCompile(`\S+@\S+`)
	number     = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
	minutes    = regexp.MustCompile(`(?i)^[ -]?min(?:ute)?s?\b`)
	// promises nobody could prove; 15 U.S.C. 45(a) (deceptive statements).
	promises = regexp.MustCompile(`(?i)\bguarantee[ds]?\b|\brisk[- ]free\b|\bno[- ]risk\b|\b100 ?%|\bact now\b|\bRe:|\bFwd?:`)
)

// CheckDraft holds a draft against the facts: no link but the booking link, no
// address, no number that is not in a fact (a meeting's length in minutes
// aside), no unknown merge field, every claim in the text and resting on a fact
// that shares its words. It is deterministic code, so that a model cannot talk
// its way past it. The error says what is wrong, without quoting facts.
func CheckDraft(d Draft, facts map[string]string) error {
	if n := len([]rune(d.Subject)); n > maxSubject || strings.ContainsAny(d.Subject, "\r\n") {
		return fmt.Errorf("the subject has %d characters or several lines", n)
	}
	if n := len([]rune(d.Body)); n < minBody || n > maxBody {
		return fmt.Errorf("the body has %d characters", n)
	}
	if len(d.Claims) > maxClaims {
		return fmt.Errorf("%d claims", len(d.Claims))
	}
	for _, r := range d.Subject + d.Body {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return fmt.Errorf("control character %U", r)
		}
	}
	text := mergeField.ReplaceAllString(d.Subject+"\n"+d.Body, "")
	if link := facts["sender.booking_url"]; link != "" {
		text = strings.ReplaceAll(text, link, "")
	}
	switch {
	case strings.ContainsAny(text, "{}<>"):
		return fmt.Errorf("markup or an unknown merge field")
	case links.MatchString(withoutFacts(text, facts)):
		return fmt.Errorf("a link that is not the booking link")
	case address.MatchString(text):
		return fmt.Errorf("an e-mail address")
	case promises.MatchString(withoutFacts(text, facts)):
		return fmt.Errorf("a promise or a feigned thread: %q", promises.FindString(text))
	}
	if err := checkNumbers(text, facts); err != nil {
		return err
	}
	return checkClaims(d, facts)
}

// withoutFacts removes the facts' own words, so that a sender called
// "Example.io" may be named.
func withoutFacts(text string, facts map[string]string) string {
	for _, v := range facts {
		text = strings.ReplaceAll(text, v, "")
	}
	return text
}

func checkNumbers(text string, facts map[string]string) error {
	known := map[string]bool{}
	for _, v := range facts {
		for _, n := range number.FindAllString(v, -1) {
			known[n] = true
		}
	}
	for _, at := range number.FindAllStringIndex(text, -1) {
		n := text[at[0]:at[1]]
		if v, err := strconv.Atoi(n); err == nil && v <= 60 && minutes.MatchString(text[at[1]:]) {
			continue
		}
		if !known[n] {
			return fmt.Errorf("the number %s is not in a fact", n)
		}
	}
	return nil
}

func checkClaims(d Draft, facts map[string]string) error {
	text := fold(d.Subject + "\n" + d.Body)
	for _, c := range d.Claims {
		fact, ok := facts[c.Source]
		if !ok {
			return fmt.Errorf("a claim rests on %q, which is not a fact", oneLine(c.Source, 60))
		}
		if strings.TrimSpace(c.Text) == "" || !strings.Contains(text, fold(c.Text)) {
			return fmt.Errorf("a claim about %s is not in the text", c.Source)
		}
		if !mergeField.MatchString(c.Text) && !rests(c.Text, fact) {
			return fmt.Errorf("a claim does not follow from %s", c.Source)
		}
	}
	return nil
}

// rests reports whether at least half of the claim's longer words stand in the
// fact. Crude, but code: it refuses a claim hung on an unrelated fact.
func rests(claim, fact string) bool {
	have := map[string]bool{}
	for _, w := range words(fact) {
		have[w] = true
	}
	long, found := 0, 0
	for _, w := range words(claim) {
		if len(w) < 4 {
			continue
		}
		long++
		if have[w] {
			found++
		}
	}
	if long == 0 {
		return strings.Contains(fold(fact), fold(claim))
	}
	return 2*found >= long
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
