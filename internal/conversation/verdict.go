// Package conversation decides what to say next. FOR THE COLLEAGUE WHO WRITES
// intent.go: delete this file when conversation.go and intent.go declare these
// names; service.go and store.go (yours to keep) use them.
package conversation

import (
	"strings"
	"time"
)

// Intent is what an answer shows.
type Intent string

// The intents.
const (
	Interested    Intent = "interested"
	Question      Intent = "question"
	NotNow        Intent = "not_now"
	NotInterested Intent = "not_interested"
	WrongPerson   Intent = "wrong_person"
	OutOfOffice   Intent = "out_of_office"
	OptOut        Intent = "opt_out"
	Other         Intent = "other"
)

// Intents lists all of them.
func Intents() []Intent {
	return []Intent{Interested, Question, NotNow, NotInterested, WrongPerson, OutOfOffice, OptOut, Other}
}

// Verdict is how an answer was sorted.
type Verdict struct {
	Intent      Intent
	Confidence  float64
	Reason      string
	RuleVersion string
	RetryAfter  *time.Time
}

// Classify sorts an answer.
func Classify(text, subject string, now time.Time) Verdict {
	lower := strings.ToLower(text)
	if strings.Contains(lower, "stop") || strings.Contains(lower, "remove me") {
		return Verdict{Intent: OptOut, Confidence: 1, Reason: "asks to be removed", RuleVersion: "rules/0"}
	}
	return Verdict{Intent: Other, Confidence: 0.5, Reason: "no rule fits", RuleVersion: "rules/0"}
}
