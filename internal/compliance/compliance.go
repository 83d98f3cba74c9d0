// Package compliance answers one question with code, never with a prompt: may
// we contact this person, now, this way?
//
// It owns suppressions and consents, the calling and mailing hours, the time
// zones of people, and the normal form of addresses. A verdict names its rule
// and is stored with the touch it allowed or refused. Everything fails closed.
//
// Invariants: an opt-out is effective in the transaction that received it, on
// every channel; a suppression is a blind index, so it outlives the erasure of
// the person; no caller can contact a person without Check in the transaction
// of its intent.
//
// Events out: suppression.added, suppression.removed, consent.recorded.
// Tables: suppressions, consents.
// Files: compliance.go (facts, rules, verdicts), address.go (normal e-mail and
// phone), window.go (hours), zone.go (where people are), service.go, store.go.
package compliance

import (
	"time"

	"rainmaker/internal/platform/id"
)

// PolicyVersion is stored with every verdict. Raise it when a rule changes.
const PolicyVersion = 2

// Channels of contact.
const (
	ChannelEmail = "email"
	ChannelCall  = "call"
)

// Rule names why a touch was allowed, put off or refused. They appear in
// answers, counts and the ledger, so they are stable.
type Rule string

// The rules, in the order in which they are asked: what is final before what only
// puts off.
const (
	Allowed         Rule = "allowed"
	Suppressed      Rule = "suppressed"        // opted out, bounced hard, complained, or listed by the organisation
	LeadClosed      Rule = "lead_closed"       // the lead's status forbids contact (unsubscribed, invalid)
	NoAddress       Rule = "no_address"        // nothing to contact on this channel
	InvalidAddress  Rule = "invalid_address"   // an address that cannot receive
	NoPostalAddress Rule = "no_postal_address" // 15 U.S.C. 7704(a)(5)(A)(iii): every commercial mail shows one
	ZoneUnknown     Rule = "zone_unknown"      // calls only: nobody knows what time it is there
	NoConsent       Rule = "no_consent"        // AI calls: 47 CFR 64.1200(a)(2) prior express written consent
	OrgPaused       Rule = "org_paused"        // put off: the kill switch is on
	Frequency       Rule = "frequency"         // put off: the person's budget of touches is used up
	OutsideHours    Rule = "outside_hours"     // put off to the next opening of the window
)

// Words says what a rule found, for people.
func (r Rule) Words() string {
	switch r {
	case Allowed:
		return "can be contacted now"
	case Suppressed:
		return "on the suppression list"
	case LeadClosed:
		return "unsubscribed or invalid"
	case NoAddress:
		return "no address for this channel"
	case InvalidAddress:
		return "the address cannot receive"
	case NoPostalAddress:
		return "the organisation has no postal address"
	case ZoneUnknown:
		return "time zone unknown"
	case NoConsent:
		return "no consent for AI calls"
	case OutsideHours:
		return "outside the hours of the schedule"
	case Frequency:
		return "touched too often lately"
	case OrgPaused:
		return "everything is paused"
	}
	return string(r)
}

// FrequencyCap is how often one person may be touched, over all campaigns and
// channels together.
type FrequencyCap struct {
	Touches int `json:"touches" minimum:"1" maximum:"1000"`
	Days    int `json:"days" minimum:"1" maximum:"365"`
}

// DefaultFrequency is two touches a day over a week: a ceiling against runaway
// overlapping campaigns, not advice on cadence.
var DefaultFrequency = FrequencyCap{Touches: 14, Days: 7}

// Sender is what the rules need to know of the organisation.
type Sender struct {
	Paused           bool
	HasPostalAddress bool
	Zone             *time.Location // for mail to people of unknown zone
	Frequency        FrequencyCap
}

// Touch is one intended contact with the facts about its person.
type Touch struct {
	Lead        id.ID
	Channel     string
	Status      string // the lead's status
	EmailBlind  []byte
	DomainBlind []byte
	PhoneBlind  []byte
	Window      Window
	Zones       []*time.Location // where the person may be; empty when unknown
	Recent      int              // touches within the frequency period
	Consented   bool             // a granted, unrevoked consent for this channel is in the ledger
}

// Verdict is the answer for one Touch.
type Verdict struct {
	Rule   Rule      `json:"rule"`
	Until  time.Time `json:"until,omitzero"` // when to ask again, for rules that put off
	Policy int       `json:"policy"`
}

// Allows reports whether the touch may happen now.
func (v Verdict) Allows() bool { return v.Rule == Allowed }

// PutsOff reports whether the touch may happen later.
func (v Verdict) PutsOff() bool { return !v.Until.IsZero() }

// retryPaused is how long a touch waits when the kill switch is on before the
// rules are asked again.
const retryPaused = time.Minute

// closedStatus are the lead statuses nobody is contacted in.
var closedStatus = map[string]bool{"unsubscribed": true, "invalid": true}

// 47 CFR 64.1200(c)(1): no telephone solicitation before 8 a.m. or after 9 p.m.
// where the called person is. A campaign's window can only narrow this.
const (
	callsFrom = 8 * 60
	callsTo   = 21 * 60
)

// Decide applies the rules to one touch at now. suppressed says whether any of
// the person's addresses is on the list. It is pure: what is not in its
// arguments does not count.
func Decide(now time.Time, sender Sender, touch Touch, suppressed bool) Verdict {
	verdict := func(rule Rule, until time.Time) Verdict {
		return Verdict{Rule: rule, Until: until, Policy: PolicyVersion}
	}
	switch {
	case suppressed:
		return verdict(Suppressed, time.Time{})
	case closedStatus[touch.Status]:
		return verdict(LeadClosed, time.Time{})
	case touch.Channel == ChannelEmail && len(touch.EmailBlind) == 0,
		touch.Channel == ChannelCall && len(touch.PhoneBlind) == 0:
		return verdict(NoAddress, time.Time{})
	case touch.Channel == ChannelEmail && !sender.HasPostalAddress:
		return verdict(NoPostalAddress, time.Time{})
	case touch.Channel == ChannelCall && len(touch.Zones) == 0:
		return verdict(ZoneUnknown, time.Time{})
	case touch.Channel == ChannelCall && !touch.Consented:
		return verdict(NoConsent, time.Time{})
	case sender.Paused:
		return verdict(OrgPaused, now.Add(retryPaused))
	case sender.Frequency.Touches > 0 && touch.Recent >= sender.Frequency.Touches:
		return verdict(Frequency, now.Add(24*time.Hour/time.Duration(max(1, sender.Frequency.Touches/max(1, sender.Frequency.Days)))))
	}
	zones := touch.Zones
	if len(zones) == 0 {
		zones = []*time.Location{sender.Zone}
	}
	window := touch.Window
	if touch.Channel == ChannelCall {
		window = window.within(callsFrom, callsTo)
	}
	opens, ok := window.Next(now, zones)
	if !ok {
		return verdict(OutsideHours, now.Add(7*24*time.Hour))
	}
	if opens.After(now) {
		return verdict(OutsideHours, opens)
	}
	return verdict(Allowed, time.Time{})
}
