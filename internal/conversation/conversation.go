// Package conversation decides what an answer means and what follows from it.
//
// A reply is sorted by rules first (intents.txt, a table that a salesperson can
// read and extend); a model may be asked when the rules are unsure. Only the
// words a person newly wrote are judged, never a quote or a signature
// (email/reply): our own mail says "unsubscribe".
//
// Invariants:
//   - An opt-out found by the rules is final: no model is asked, none can change
//     it. A model may add an opt-out, never take one away. (CAN-SPAM: 15 U.S.C.
//     7704(a)(4), 16 CFR 316.5: opting out may cost the person nothing more than
//     a reply; one misread request is a violation.)
//   - Classify is deterministic: the same words, subject and time give the same
//     verdict under the same RuleVersion, so a decision can be replayed.
//   - A model answers with one of the intents, or it is not heard. It sets no
//     dates, names or addresses.
//   - What a machine wrote (RFC 3834) is never an opinion.
//
// Known limits: sarcasm ("great, another cold email, can't wait") is read
// literally; a question put to a third person in the mail counts as put to us.
// Languages other than English are known by their commonest phrases only: they
// end as other with a low confidence, which is when a model is asked.
//
// Tables: replies. Events out: email.replied, reply.corrected (by a
// person), reply.resorted (by a model).
// Files: conversation.go (types), intent.go (rules), intents.txt (the table),
// when.go (dates people name), referral.go, asks.go (does a sentence ask for
// something), judge.go (rules, then a model), correct.go (then a person),
// service.go, store.go.
package conversation

import (
	"slices"
	"time"
)

// Intent is what an answer shows.
type Intent string

// The intents, by precedence when an answer shows several: whoever says "not
// interested, take me off" wants off.
const (
	OptOut        Intent = "opt_out"
	OutOfOffice   Intent = "out_of_office"
	WrongPerson   Intent = "wrong_person"
	NotNow        Intent = "not_now"
	NotInterested Intent = "not_interested"
	Interested    Intent = "interested"
	Question      Intent = "question"
	Other         Intent = "other"
)

// Intents lists all of them, by precedence.
func Intents() []Intent {
	return []Intent{OptOut, OutOfOffice, WrongPerson, NotNow, NotInterested, Interested, Question, Other}
}

// Known reports one of the intents.
func (i Intent) Known() bool { return slices.Contains(Intents(), i) }

// Verdict is how an answer was sorted, and why.
type Verdict struct {
	Intent      Intent
	Confidence  float64 // 0-1: how often the rule was right on the cases, by estimate
	Reason      string  // which rule, in words; never the words of the person: decisions are stored in clear
	RuleVersion string
	Model       string     // set when a model decided
	RetryAfter  *time.Time // the day the person named, midnight UTC; of not_now and out_of_office
	Referral    string     // the address or name of whom to ask instead; of wrong_person and out_of_office
}
