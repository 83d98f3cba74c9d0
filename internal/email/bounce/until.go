package bounce

import (
	netmail "net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const monthNames = `jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember`

var (
	returnWords = regexp.MustCompile(`(?i)(?:return(?:ing)?|back(?: in(?: the)? office)?|until|till|through|bis(?: zum| einschließlich)?|zurück|wieder (?:da|erreichbar|im büro)|available again|jusqu'au|hasta(?: el)?|resume)[^.!?\n]{0,40}?`)
	dayMonth    = regexp.MustCompile(`(?i)^\W{0,3}(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag)?[\s,.]*(?:the |den |dem )?(\d{1,2})(?:st|nd|rd|th)?\.?\s*(?:of )?(` + monthNames + `)\b\.?,?\s*(\d{4})?`)
	monthDay    = regexp.MustCompile(`(?i)^\W{0,3}(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun)?[\s,.]*(` + monthNames + `)\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b,?\s*(\d{4})?`)
	isoDay      = regexp.MustCompile(`^\W{0,3}(\d{4})-(\d{2})-(\d{2})`)
	dottedDay   = regexp.MustCompile(`^\W{0,3}(\d{1,2})\.(\d{1,2})\.(\d{2,4})?`)
)

// date is when the mail says it was written; the zero time when it does not.
func (m *mail) date() time.Time {
	at, err := netmail.ParseDate(m.root.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// returnDate finds the stated day of return, at midnight UTC. Dates without a
// year are the next such day after written; 03/04 is never guessed at.
func returnDate(text string, written time.Time) *time.Time {
	for _, loc := range returnWords.FindAllStringIndex(text, 10) {
		// The phrase matches lazily; try each place where a date may begin.
		tail := text[loc[1]:]
		if i := strings.IndexAny(tail, "!?\n"); i >= 0 {
			tail = tail[:i]
		}
		for i, words := 0, 0; i < len(tail) && words < 8; i++ {
			if i > 0 && tail[i-1] != ' ' {
				continue
			}
			words++
			if day, ok := dateAt(tail[i:], written); ok {
				return &day
			}
		}
	}
	return nil
}

// dateAt reads a date at the beginning of s.
func dateAt(s string, written time.Time) (time.Time, bool) {
	var day, month, year int
	if m := isoDay.FindStringSubmatch(s); m != nil {
		year, month, day = number(m[1]), number(m[2]), number(m[3])
	} else if m := dayMonth.FindStringSubmatch(s); m != nil {
		day, month, year = number(m[1]), monthOf(m[2]), number(m[3])
	} else if m := monthDay.FindStringSubmatch(s); m != nil {
		month, day, year = monthOf(m[1]), number(m[2]), number(m[3])
	} else if m := dottedDay.FindStringSubmatch(s); m != nil {
		day, month, year = number(m[1]), number(m[2]), number(m[3])
		if year > 0 && year < 100 {
			year += 2000
		}
	}
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	if year == 0 {
		if written.IsZero() {
			return time.Time{}, false
		}
		year = written.Year()
		if at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); at.Before(written.AddDate(0, 0, -31)) {
			year++ // "back on 3 January", written in December
		}
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if at.Day() != day || year < 1990 || year > 2200 {
		return time.Time{}, false
	}
	return at, true
}

// number reads digits that a pattern has vouched for.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// monthOf returns the number of a month by its first letters, English or German.
func monthOf(s string) int {
	s = strings.ToLower(s)
	for i, name := range []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"} {
		if strings.HasPrefix(s, name) {
			return i + 1
		}
	}
	switch {
	case strings.HasPrefix(s, "mär"):
		return 3
	case strings.HasPrefix(s, "mai"):
		return 5
	case strings.HasPrefix(s, "okt"):
		return 10
	case strings.HasPrefix(s, "dez"):
		return 12
	}
	return 0
}
