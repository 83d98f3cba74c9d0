package conversation

import (
	"bufio"
	_ "embed" // for intents.txt
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed intents.txt
var intentTable string

// section is one rule of the table: what it means, and the sentences that mean it.
type section struct {
	intent     Intent
	confidence float64
	reason     string
	match      []pattern
	spare      []pattern // a sentence that matches is not looked at
	unless     []pattern // a reply with such a sentence is not looked at
}

// pattern is one line of the table.
type pattern struct {
	*regexp.Regexp
	line int
}

// table is the parsed rules and their version.
type table struct {
	sections []section
	version  string
}

// rules is the table; it never changes after the first use.
var rules = sync.OnceValue(func() table {
	t, err := readTable(intentTable)
	if err != nil {
		panic(err) // the table is part of the program: TestTable reads it
	}
	return t
})

// readTable parses a table. Its form is told in the head of intents.txt.
func readTable(text string) (table, error) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	t := table{version: fmt.Sprintf("rules/%08x", h.Sum32())}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "[") && strings.Contains(line, "] ") {
			head, reason, _ := strings.Cut(line[1:], "] ")
			intent, number, _ := strings.Cut(head, " ")
			confidence, err := strconv.ParseFloat(number, 64)
			if err != nil || confidence <= 0 || confidence > 1 || !Intent(intent).Known() {
				return table{}, fmt.Errorf("line %d: %q is no [intent confidence] reason", n, line)
			}
			t.sections = append(t.sections, section{intent: Intent(intent), confidence: confidence, reason: reason})
			continue
		}
		if len(t.sections) == 0 {
			return table{}, fmt.Errorf("line %d: pattern before the first section", n)
		}
		s := &t.sections[len(t.sections)-1]
		words, spare := strings.CutPrefix(line, "not: ")
		words, unless := strings.CutPrefix(words, "unless: ")
		re, err := regexp.Compile(blanks.Replace(words))
		if err != nil {
			return table{}, fmt.Errorf("line %d: %w", n, err)
		}
		switch p := (pattern{re, n}); {
		case spare:
			s.spare = append(s.spare, p)
		case unless:
			s.unless = append(s.unless, p)
		default:
			s.match = append(s.match, p)
		}
	}
	return t, lines.Err()
}

// blanks makes a blank of the table any run of blanks, and " ?" an optional one.
var blanks = strings.NewReplacer(" ?", `\s*`, " ", `\s+`)

// fits returns the line of the first pattern that a sentence matches, or 0.
func (s section) fits(sentences []string) int {
	for _, sentence := range sentences {
		if matches(s.unless, sentence) {
			return 0
		}
	}
	for _, sentence := range sentences {
		if matches(s.spare, sentence) {
			continue
		}
		for _, re := range s.match {
			if re.MatchString(sentence) {
				return re.line
			}
		}
	}
	return 0
}

// matches reports whether one of the patterns fits the sentence.
func matches(all []pattern, sentence string) bool {
	for _, p := range all {
		if p.MatchString(sentence) {
			return true
		}
	}
	return false
}

// Bounds of what is read: nobody says in a reply's first 8 kB that he is not
// interested and the contrary below.
const (
	maxText      = 8 << 10
	maxSentences = 120
)

// Classify sorts an answer by rules. text is what the person newly wrote, without
// quotes and signature; subject counts only when it is the person's own ("STOP",
// an absence note), never as the subject of ours that came back. now is when the
// answer came.
func Classify(text, subject string, now time.Time) Verdict {
	t := rules()
	said := sentences(text)
	own := ownSubject(subject, len(said) == 0)
	v := Verdict{Intent: Other, Confidence: 0.4, Reason: "no rule fits", RuleVersion: t.version}
	for _, s := range t.sections {
		where := said
		if own != "" && (s.intent == OptOut || s.intent == OutOfOffice) {
			where = append([]string{own}, said...)
		}
		if line := s.fits(where); line > 0 {
			v.Intent, v.Confidence = s.intent, s.confidence
			v.Reason = fmt.Sprintf("%s (rule %d)", s.reason, line)
			break
		}
	}
	switch {
	case v.Intent == Other && Asks(text):
		v.Intent, v.Confidence, v.Reason = Question, 0.6, "asks for something"
	case v.Intent == Other && courtesy.MatchString(strings.Join(said, " ")):
		v.Confidence, v.Reason = 0.85, "only thanks or greets"
	case v.Intent == Other && len(said) == 0:
		v.Confidence, v.Reason = 0.9, "nothing newly written"
	}
	if v.Intent == NotNow || v.Intent == OutOfOffice {
		v.RetryAfter = When(text, now)
	}
	if v.Intent == WrongPerson || v.Intent == OutOfOffice {
		v.Referral = referral(text)
	}
	return v
}

var (
	courtesy = regexp.MustCompile(`^\W*(?:(?:ok|okay|thanks?|thank you|thx|ty|great|cheers|noted|got it|received|hi|hello|hey|you too|so much|very much|a lot|again|for (?:the|your|letting|reaching|sharing|this)(?: \w+){0,5}|have a (?:good|great|nice) \w+|will do|no problem|np|understood|appreciated?|it|best|regards|all the best|\w{2,12}$)\W*)+$`)
	cut      = regexp.MustCompile(`[.!?]+(?:\s|$|["')])|[\n;]+`)
	answered = regexp.MustCompile(`(?i)^\s*(?:re|aw|sv|antw|fw|fwd|wg|tr|rv|r)\s*(?:\[\d+\])?\s*:`)
	absent   = regexp.MustCompile(`(?i)^\s*(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|ooo\b|abwesenheit|réponse automatique|respuesta automática)`)
)

// sentences cuts a text into what the patterns are tried on: lower case, straight
// quotes, one line each, question marks kept. A line that was only wrapped
// belongs to its sentence.
func sentences(text string) []string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	text = strings.ToLower(straight.Replace(text))
	text = wrapped.ReplaceAllString(text, "$1 $2")
	text = ordinal.ReplaceAllString(text, "$1 $2")
	var all []string
	for len(text) > 0 && len(all) < maxSentences {
		end := len(text)
		if loc := cut.FindStringIndex(text); loc != nil {
			end = loc[1]
		}
		if s := strings.Join(strings.Fields(text[:end]), " "); strings.Trim(s, `.,!;-_*"'> `) != "" {
			all = append(all, strings.TrimRight(s, " "))
		}
		text = text[end:]
	}
	return all
}

var (
	straight = strings.NewReplacer("\u2019", "'", "\u2018", "'", "\u00b4", "'", "\u201c", `"`, "\u201d", `"`, "\u2013", "-", "\u2014", "-", "\u00a0", " ", "\u2026", "...")
	// wrapped is a line broken within a sentence: a letter or comma, one line end,
	// a lower-case word.
	wrapped = regexp.MustCompile(`([\pL,'"])[ \t]*\n([a-z(])`)
	// ordinal is a German day: its point ends no sentence.
	ordinal = regexp.MustCompile(`\b(\d{1,2})\. (januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)`)
)

// ownSubject returns the subject as a sentence when the person wrote it: not an
// answer to ours, or an absence note. alone says that there is no text.
func ownSubject(subject string, alone bool) string {
	s := strings.ToLower(strings.TrimSpace(straight.Replace(subject)))
	if s == "" || len(s) > 200 {
		return ""
	}
	if absent.MatchString(s) {
		return s
	}
	if answered.MatchString(s) {
		return ""
	}
	if alone || len(strings.Fields(s)) <= 4 {
		return s
	}
	return ""
}
