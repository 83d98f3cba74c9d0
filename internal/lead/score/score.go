// Package score says how much a lead is worth attention, from 0 to 100, and why.
// It is pure: same facts and time, same score.
//
// Files: score.go (the rules), stored.go (their outcome in a row, and the memory
// of imports).
package score

import (
	"strings"
	"time"
)

// Version names this rule set in events and decisions. Raise it when a
// weight changes.
const Version = 1

// Reason is one part of a score. The points of all reasons, cut to 0-100, are
// the score.
type Reason struct {
	Code   string `json:"code"`
	Points int    `json:"points"`
	Text   string `json:"text"`
}

// Facts is all that a score depends on.
type Facts struct {
	EmailDomain string // of the normal address; empty without one
	HasPhone    bool
	Company     string
	Title       string
	HasZone     bool // region or time zone known
	Closed      bool // opted out, or no address works
	Engagement  Engagement
}

// Engagement counts what a person did, from interactions. Opens are not in it,
// and clicks only those that a person surely made: mail scanners open and click
// everything.
type Engagement struct {
	Replies   int // human answers of any kind, by mail or call
	Positive  int // answers sorted as interested or as a question
	Negative  int // answers sorted as not interested
	Clicks    int // clicks proven human
	Meetings  int // booked
	Payments  int
	LastReply time.Time
}

// The weights. Fit (who they are) gives at most 45, so that silence never looks
// like interest; one positive answer outweighs it.
const (
	pointsWorkEmail = 10
	pointsEmail     = 5
	pointsPhone     = 5
	pointsCompany   = 5
	pointsZone      = 5
	pointsDecides   = 20 // owns or leads the company
	pointsInfluence = 12 // leads a department
	pointsManages   = 6  // leads a team

	pointsReply    = 15
	pointsPositive = 30
	pointsNegative = -30
	pointsClick    = 5
	pointsMeeting  = 35
	pointsPayment  = 40
	pointsStale    = -15

	// staleAfter is when an unfinished conversation has gone cold.
	staleAfter = 60 * 24 * time.Hour
)

// words says a code in words.
func words(code string) string {
	switch code {
	case "work_email":
		return "an e-mail address at a company"
	case "email":
		return "an e-mail address"
	case "phone":
		return "a telephone number"
	case "company":
		return "the company is known"
	case "zone":
		return "the local time is known"
	case "decides":
		return "owns or leads the company"
	case "influences":
		return "leads a department"
	case "manages":
		return "leads a team"
	case "reply":
		return "answered"
	case "positive":
		return "answered with interest"
	case "negative":
		return "said they are not interested"
	case "click":
		return "followed a link"
	case "meeting":
		return "booked a meeting"
	case "payment":
		return "paid"
	case "stale":
		return "silent for two months since the last answer"
	case "closed":
		return "cannot be contacted"
	}
	return code
}

// Of applies the rules.
func Of(f Facts, now time.Time) (int, []Reason) {
	reasons := make([]Reason, 0, 8)
	add := func(when bool, code string, points int) {
		if when {
			reasons = append(reasons, Reason{Code: code, Points: points, Text: words(code)})
		}
	}
	if f.Closed {
		add(true, "closed", 0)
		return 0, reasons
	}
	private := f.EmailDomain != "" && freeMail(f.EmailDomain)
	add(f.EmailDomain != "" && !private, "work_email", pointsWorkEmail)
	add(private, "email", pointsEmail)
	add(f.HasPhone, "phone", pointsPhone)
	add(f.Company != "", "company", pointsCompany)
	add(f.HasZone, "zone", pointsZone)
	switch seniority(f.Title) {
	case 3:
		add(true, "decides", pointsDecides)
	case 2:
		add(true, "influences", pointsInfluence)
	case 1:
		add(true, "manages", pointsManages)
	}
	e := f.Engagement
	add(e.Replies > 0, "reply", pointsReply)
	add(e.Positive > 0, "positive", pointsPositive)
	add(e.Negative > 0 && e.Negative >= e.Positive, "negative", pointsNegative)
	add(e.Clicks > 0, "click", pointsClick)
	add(e.Meetings > 0, "meeting", pointsMeeting)
	add(e.Payments > 0, "payment", pointsPayment)
	add(e.Replies > 0 && e.Meetings == 0 && e.Payments == 0 && now.Sub(e.LastReply) > staleAfter, "stale", pointsStale)
	total := 0
	for _, reason := range reasons {
		total += reason.Points
	}
	return min(100, max(0, total)), reasons
}

// freeMail reports whether a domain gives mailboxes to anybody: such an address
// says nothing about a company.
func freeMail(domain string) bool {
	switch domain {
	case "gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "hotmail.com", "outlook.com", "live.com", "msn.com",
		"icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de", "gmx.net",
		"web.de", "t-online.de", "mail.ru", "yandex.ru", "qq.com", "163.com", "126.com", "comcast.net", "sbcglobal.net",
		"verizon.net", "att.net", "bellsouth.net", "orange.fr", "free.fr", "wanadoo.fr", "libero.it", "zoho.com", "fastmail.com":
		return true
	}
	for _, family := range []string{"yahoo.", "hotmail.", "outlook.", "live."} {
		if strings.HasPrefix(domain, family) {
			return true
		}
	}
	return false
}

// seniority reads a job title: 3 decides for the company, 2 for a department, 1
// for a team, 0 unknown.
func seniority(title string) int {
	if title == "" {
		return 0
	}
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return r == ' ' || r == ',' || r == '/' || r == '-' || r == '.' || r == '&' || r == '(' || r == ')'
	})
	level := 0
	for i, word := range words {
		switch word {
		case "ceo", "cto", "cfo", "coo", "cmo", "cro", "cio", "ciso", "cpo", "chief", "founder", "cofounder", "owner", "proprietor", "partner":
			level = 3
		case "president":
			if i > 0 && words[i-1] == "vice" {
				level = max(level, 2)
			} else {
				level = 3
			}
		case "vp", "svp", "evp", "avp", "head", "director", "principal":
			level = max(level, 2)
		case "manager", "lead", "supervisor", "coordinator":
			level = max(level, 1)
		case "assistant", "intern", "trainee":
			return 0 // "assistant to the CEO" does not decide
		}
	}
	return level
}
