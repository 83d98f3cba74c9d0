package conversation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	months = `january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec`
	counts = `a few|a couple of|a couple|several|\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve`
)

var (
	onDayMonth = regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)?\.? (?:of )?(` + months + `)\b\.?,?(?: (20\d\d))?`)
	onMonthDay = regexp.MustCompile(`\b(` + months + `)\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:[, ]+(20\d\d))?`)
	onISO      = regexp.MustCompile(`\b(20\d\d)-(\d\d)-(\d\d)\b`)
	inMonth    = regexp.MustCompile(`\b(?:in|until|till|by|around|after|next|early|mid|late|come|during|of|before|for|from|to) (?:early |mid |late |mid-)?(` + months + `)\b(?: (20\d\d))?`)
	inQuarter  = regexp.MustCompile(`\bq([1-4])(?: (?:of )?(?:fy)?(20\d\d))?\b`)
	inCount    = regexp.MustCompile(`\b(?:in|after|within|another|for|about|give (?:me|us|it)) (?:about |another |the next |around |roughly )?(` + counts + `) (?:more )?(day|week|month|quarter|year)s?\b`)
	laterBy    = regexp.MustCompile(`\b(` + counts + `) (day|week|month|quarter|year)s? (?:from now|out|later|down)\b`)
	nextUnit   = regexp.MustCompile(`\b(?:next|following|coming|new) (?:fiscal |calendar |budget )?(week|month|quarter|year|spring|summer|fall|autumn|winter)\b`)
	season     = regexp.MustCompile(`\b(?:in|after|over|this|until|till|during|come) (?:the )?(spring|summer|fall|autumn|winter)\b`)
	holidays   = regexp.MustCompile(`\b(?:after|over|until after|following|past) (?:the )?(?:holidays?|christmas|xmas|new year'?s?)\b|\bin the new year\b`)
	yearEnd    = regexp.MustCompile(`\b(?:after |past )?(?:the )?(?:end of (?:the |this )?year|year[- ]end)\b`)
	monthEnd   = regexp.MustCompile(`\b(?:after |at |by |towards )?(?:the )?end of (?:the |this )?(month|quarter)\b`)
	onWeekday  = regexp.MustCompile(`\b(?:until|till|back|return(?:ing)?|on|next|by|after)(?: on| in the office on| to the office on)? (monday|tuesday|wednesday|thursday|friday)\b`)
	tomorrow   = regexp.MustCompile(`\b(?:until|till|back|return(?:ing)?)(?: \w+){0,3} tomorrow\b`)
	nextYearN  = regexp.MustCompile(`\b(?:in|until|till|for|early|back in) (20\d\d)\b`)
	byDay      = regexp.MustCompile(`(?:back|return\w*|until|till|through|after|again|reach|contact|on|by|from)`)
)

// When returns the day a person names for being asked again or being back, at
// midnight UTC and moved off a weekend, or nil when none is named or it is not
// within two years. Dates like 3/4 are never guessed at.
func When(text string, now time.Time) *time.Time {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	s := strings.ToLower(strings.Join(strings.Fields(straight.Replace(text)), " "))
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for _, find := range []func(string, time.Time) (time.Time, bool){namedDay, relativeDay, namedSeason} {
		day, ok := find(s, today)
		if !ok {
			continue
		}
		switch day.Weekday() {
		case time.Saturday:
			day = day.AddDate(0, 0, 2)
		case time.Sunday:
			day = day.AddDate(0, 0, 1)
		}
		if day.After(today) && day.Before(today.AddDate(2, 0, 0)) {
			return &day
		}
	}
	return nil
}

// namedDay finds a date; of several the last, because absences are told from-to.
func namedDay(s string, today time.Time) (day time.Time, ok bool) {
	if !byDay.MatchString(s) {
		return time.Time{}, false
	}
	keep := func(d, m, y int) {
		if at, good := onDate(d, m, y, today); good && (!ok || at.After(day)) {
			day, ok = at, true
		}
	}
	for _, m := range onISO.FindAllStringSubmatch(s, 5) {
		keep(number(m[3]), number(m[2]), number(m[1]))
	}
	for _, m := range onMonthDay.FindAllStringSubmatch(s, 5) {
		keep(number(m[2]), month(m[1]), number(m[3]))
	}
	if ok { // "from November 20 to December 4": not the fourth of a month, 20 December
		return day, true
	}
	for _, m := range onDayMonth.FindAllStringSubmatch(s, 5) {
		keep(number(m[1]), month(m[2]), number(m[3]))
	}
	return day, ok
}

// onDate makes a day of its parts; a missing year is the next time.
func onDate(d, m, y int, today time.Time) (time.Time, bool) {
	if m == 0 || d < 1 || d > 31 {
		return time.Time{}, false
	}
	year := y
	if year == 0 {
		year = today.Year()
	}
	at := time.Date(year, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y == 0 && at.Before(today) && today.Sub(at) < 45*24*time.Hour {
		return time.Time{}, false // the beginning of an absence, not its end
	}
	if y == 0 && at.Before(today) {
		at = time.Date(year+1, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	}
	return at, at.Day() == d
}

// relativeDay finds "in three months", "next quarter", "Q2", "until Monday".
func relativeDay(s string, today time.Time) (time.Time, bool) {
	if m := inCount.FindStringSubmatch(s); m != nil {
		return add(today, count(m[1]), m[2]), true
	}
	if m := laterBy.FindStringSubmatch(s); m != nil {
		return add(today, count(m[1]), m[2]), true
	}
	if m := inQuarter.FindStringSubmatch(s); m != nil {
		return quarterStart(number(m[1]), number(m[2]), today), true
	}
	if m := inMonth.FindStringSubmatch(s); m != nil {
		return onDate(1, month(m[1]), number(m[2]), today)
	}
	if m := nextYearN.FindStringSubmatch(s); m != nil {
		return firstWorkday(number(m[1])), true
	}
	if m := monthEnd.FindStringSubmatch(s); m != nil {
		if m[1] == "quarter" {
			return nextQuarter(today), true
		}
		return time.Date(today.Year(), today.Month()+1, 1, 0, 0, 0, 0, time.UTC), true
	}
	if holidays.MatchString(s) || yearEnd.MatchString(s) {
		return firstWorkday(today.Year() + 1), true
	}
	if m := nextUnit.FindStringSubmatch(s); m != nil {
		switch m[1] {
		case "week":
			return today.AddDate(0, 0, (8-int(today.Weekday()))%7+btoi(today.Weekday() == time.Monday)*7), true
		case "month":
			return time.Date(today.Year(), today.Month()+1, 1, 0, 0, 0, 0, time.UTC), true
		case "quarter":
			return nextQuarter(today), true
		case "year":
			return firstWorkday(today.Year() + 1), true
		}
		return seasonStart(m[1], today), true
	}
	if tomorrow.MatchString(s) {
		return today.AddDate(0, 0, 1), true
	}
	if m := onWeekday.FindStringSubmatch(s); m != nil {
		for i := 1; i <= 7; i++ {
			if at := today.AddDate(0, 0, i); strings.EqualFold(at.Weekday().String(), m[1]) {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// namedSeason finds "in the spring".
func namedSeason(s string, today time.Time) (time.Time, bool) {
	if m := season.FindStringSubmatch(s); m != nil {
		return seasonStart(m[1], today), true
	}
	return time.Time{}, false
}

// add moves a day by so many units.
func add(day time.Time, n int, unit string) time.Time {
	switch unit {
	case "day":
		return day.AddDate(0, 0, n)
	case "week":
		return day.AddDate(0, 0, 7*n)
	case "month":
		return day.AddDate(0, n, 0)
	case "quarter":
		return day.AddDate(0, 3*n, 0)
	}
	return day.AddDate(n, 0, 0)
}

// count reads a number word; "a few" is three.
func count(s string) int {
	words := map[string]int{
		"a": 1, "an": 1, "one": 1, "two": 2, "a couple": 2, "a couple of": 2, "three": 3, "a few": 3, "several": 3, "four": 4, "five": 5,
		"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
	}
	if n, ok := words[s]; ok {
		return n
	}
	return number(s)
}

// nextQuarter is the first day of the next calendar quarter.
func nextQuarter(day time.Time) time.Time {
	return time.Date(day.Year(), (day.Month()-1)/3*3+4, 1, 0, 0, 0, 0, time.UTC)
}

// quarterStart is the first day of a quarter: the named year's, else the next one
// to come.
func quarterStart(q, year int, today time.Time) time.Time {
	first := time.Month((q-1)*3 + 1)
	if year > 0 {
		return time.Date(year, first, 1, 0, 0, 0, 0, time.UTC)
	}
	at := time.Date(today.Year(), first, 1, 0, 0, 0, 0, time.UTC)
	if !at.After(today) {
		at = at.AddDate(1, 0, 0)
	}
	return at
}

// firstWorkday is when people are back after New Year: the first Monday from
// 2 January on.
func firstWorkday(year int) time.Time {
	at := time.Date(year, time.January, 2, 0, 0, 0, 0, time.UTC)
	for at.Weekday() != time.Monday {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// seasonStart is the first day of the month a season is taken to begin with.
func seasonStart(name string, today time.Time) time.Time {
	m := map[string]time.Month{"spring": time.March, "summer": time.June, "fall": time.September, "autumn": time.September, "winter": time.December}[name]
	at := time.Date(today.Year(), m, 1, 0, 0, 0, 0, time.UTC)
	if !at.After(today) {
		at = at.AddDate(1, 0, 0)
	}
	return at
}

// month returns the number of an English month by its first letters.
func month(s string) int {
	for i := time.January; i <= time.December; i++ {
		if len(s) >= 3 && strings.HasPrefix(strings.ToLower(i.String()), s[:3]) {
			return int(i)
		}
	}
	return 0
}

// number reads digits that a pattern has vouched for; no digits are 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// btoi is 1 for true.
func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
