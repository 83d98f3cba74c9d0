// Package analytics counts what happened and answers questions about it. It
// reads events and its own projections, never the tables of other packages, and
// changes nothing outside them.
//
// Invariants: an event is counted once, because the projection and the
// consumer's offset are one transaction; a machine's open or click is never a
// person's; what can happen several times to one mail (answers, bounces,
// opt-outs) counts once a mail, so that rates stay at or under one; opens are
// shown, but no comparison uses them as proof.
//
// Events in: email.*, lead.created, lead.imported, call.ended, meeting.booked,
// deal.won, spend.recorded, action.in_doubt, reply.corrected, reply.resorted.
// Events out: metrics.updated.
// Tables: metric_rollups (hourly), metric_totals, metric_firsts, metric_pending,
// report_shares.
// Files: analytics.go (metrics), project.go (event to counts), correct.go (answers
// sorted anew), event.go (payloads), service.go (use cases), query.go (questions), compare.go (variant
// against variant), insight.go, forecast.go, share.go, tell.go
// (metrics.updated), activity.go, store*.go.
package analytics

import (
	"slices"

	"rainmaker/internal/platform/id"
)

// Metric is something counted.
type Metric string

// The metrics.
const (
	EmailsSent      Metric = "emails_sent"
	Opens           Metric = "opens"            // mails opened by a person, each once; never proof of interest
	MachineOpens    Metric = "machine_opens"    // mails fetched by scanners and privacy proxies, each once
	Clicks          Metric = "clicks"           // mails in which a person followed a link, each once
	MachineClicks   Metric = "machine_clicks"   // the same by scanners
	Replies         Metric = "replies"          // mails a person answered, each once; auto-replies and out-of-office are none
	PositiveReplies Metric = "positive_replies" // answers sorted as interested; a question is not yet one
	Bounces         Metric = "bounces"          // hard and soft
	HardBounces     Metric = "hard_bounces"
	Unsubscribes    Metric = "unsubscribes"
	Complaints      Metric = "complaints"
	InDoubt         Metric = "in_doubt" // sends of which nobody knows whether they arrived, when that came up
	Failed          Metric = "failed"
	Refused         Metric = "refused" // stopped by a rule before they left
	LeadsCreated    Metric = "leads_created"
	Calls           Metric = "calls"
	Connects        Metric = "connects" // calls a person answered
	Meetings        Metric = "meetings" // booked here, or said to be by somebody's own hand
	DealsWon        Metric = "deals_won"
	Revenue         Metric = "revenue" // smallest unit of the currency
	Spend           Metric = "spend"   // stored in millionths, answered in the smallest unit
)

// Metrics lists all metrics in the order of reports.
func Metrics() []Metric {
	return []Metric{
		EmailsSent, Opens, MachineOpens, Clicks, MachineClicks, Replies, PositiveReplies, Bounces, HardBounces,
		Unsubscribes, Complaints, InDoubt, Failed, Refused, LeadsCreated, Calls, Connects, Meetings, DealsWon, Revenue, Spend,
	}
}

// Known reports whether m is a metric.
func (m Metric) Known() bool { return slices.Contains(Metrics(), m) }

// isMoney reports whether values of m have a currency.
func (m Metric) isMoney() bool { return m == Revenue || m == Spend }

// microsPerMinor turns the stored spend into the smallest unit. It holds for
// currencies with two decimals, which are the ones vendors bill us in.
const microsPerMinor = 10_000

// Figures are values by metric; a missing metric is zero. Money is in the
// smallest unit of one currency.
type Figures map[Metric]int64

// Only returns the asked metrics, zeros included.
func (f Figures) Only(asked []Metric) Figures {
	out := make(Figures, len(asked))
	for _, m := range asked {
		out[m] = f[m]
	}
	return out
}

// DefaultCurrency is that of money in reports when nobody asks for another.
const DefaultCurrency = "USD"

// place is where a count belongs.
type place struct {
	campaign, step, variant id.ID
	channel                 string
}
