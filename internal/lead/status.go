package lead

import (
	"slices"

	"rainmaker/internal/platform/errs"
)

// Status says where a lead stands.
type Status string

// The statuses, in the order of a happy journey; the last three are exits.
const (
	StatusNew           Status = "new"            // nobody was in touch yet
	StatusActive        Status = "active"         // we are in touch
	StatusEngaged       Status = "engaged"        // they answered
	StatusQualified     Status = "qualified"      // they want to know more and fit
	StatusMeetingBooked Status = "meeting_booked" // a demo is in the calendar
	StatusCustomer      Status = "customer"       // they paid
	StatusCold          Status = "cold"           // "not interested", or silent to the end
	StatusUnsubscribed  Status = "unsubscribed"   // they asked to be left alone
	StatusInvalid       Status = "invalid"        // no address of theirs works
)

// Statuses lists all of them.
func Statuses() []Status {
	return []Status{
		StatusNew, StatusActive, StatusEngaged, StatusQualified, StatusMeetingBooked,
		StatusCustomer, StatusCold, StatusUnsubscribed, StatusInvalid,
	}
}

// sources lists from which statuses an occurrence (a mail sent, an answer, a
// booking, a bounce) may move a lead to the given one:
//
//   - forward only along new < active < engaged < qualified < meeting_booked < customer;
//   - cold takes back everything short of a meeting, and any answer warms it up;
//   - invalid closes everything but unsubscribed, customers included: there is
//     nobody at the address;
//   - unsubscribed closes everything. Nothing that happens opens it again.
func sources(to Status) []Status {
	switch to {
	case StatusActive:
		return []Status{StatusNew}
	case StatusEngaged:
		return []Status{StatusNew, StatusActive, StatusCold}
	case StatusQualified:
		return []Status{StatusNew, StatusActive, StatusEngaged, StatusCold}
	case StatusMeetingBooked:
		return []Status{StatusNew, StatusActive, StatusEngaged, StatusQualified, StatusCold}
	case StatusCustomer:
		return []Status{StatusNew, StatusActive, StatusEngaged, StatusQualified, StatusMeetingBooked, StatusCold}
	case StatusCold:
		return []Status{StatusNew, StatusActive, StatusEngaged, StatusQualified}
	case StatusInvalid:
		return []Status{StatusNew, StatusActive, StatusEngaged, StatusQualified, StatusMeetingBooked, StatusCustomer, StatusCold}
	case StatusUnsubscribed:
		return []Status{StatusNew, StatusActive, StatusEngaged, StatusQualified, StatusMeetingBooked, StatusCustomer, StatusCold, StatusInvalid}
	default:
		return nil
	}
}

// closed reports whether there is nobody to be won: a closed lead has no score.
func (s Status) closed() bool { return s == StatusUnsubscribed || s == StatusInvalid }

// endsPlans reports whether somebody whom the team moves here by hand is past
// being courted: a demo is booked, they bought, or they are given up. A campaign
// launched later may still ask for such people by its filter.
func (s Status) endsPlans() bool {
	return s == StatusMeetingBooked || s == StatusCustomer || s == StatusCold || s.closed()
}

// Next reports whether an occurrence moves a lead from one status to another.
func Next(from, to Status) bool { return slices.Contains(sources(to), from) }

// byHand checks a change that a person makes: any, except reviving somebody
// who opted out. Only a new consent of theirs can do that.
func byHand(from, to Status) error {
	if !slices.Contains(Statuses(), to) {
		return errs.InvalidField("body.status", "not a status")
	}
	if from == StatusUnsubscribed && to != StatusUnsubscribed {
		return errs.New(errs.Conflict, "this person asked not to be contacted; only a new consent of theirs can change that")
	}
	return nil
}
