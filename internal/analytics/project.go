package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// consumerName keys the offsets. A new name counts everything again.
const consumerName = "analytics"

// Consumer projects events into the rollups.
func (s *Service) Consumer() event.Consumer {
	return event.Consumer{Name: consumerName, Wants: counts, Handle: s.project, After: s.pending.set}
}

// counts reports whether events of the type change a number.
func counts(typ string) bool {
	switch typ {
	case "email.sent", "email.opened", "email.clicked", "email.replied", "email.bounced", "email.unsubscribed",
		"email.complained", "email.failed", "email.in_doubt", "email.refused", "action.in_doubt",
		typeCorrected, typeResorted, "lead.created", "lead.imported", "lead.status_changed", "call.ended", "meeting.booked", "deal.won", "spend.recorded":
		return true
	}
	return false
}

// project counts events in tx, in their order: a correction comes after what it
// corrects.
func (s *Service) project(ctx context.Context, tx db.Tx, org id.ID, events []event.Event) error {
	t := newTally()
	for i := range events {
		e := &events[i]
		var err error
		if e.Type == typeCorrected || e.Type == typeResorted {
			if err = t.write(ctx, tx, org); err == nil {
				t, err = correct(ctx, tx, org, e)
			}
		} else {
			err = t.add(e)
		}
		if err != nil {
			return fmt.Errorf("count %s %d: %w", e.Type, e.Seq, err)
		}
	}
	return t.write(ctx, tx, org)
}

// write adds the tally to the rollups.
func (t *tally) write(ctx context.Context, tx db.Tx, org id.ID) error {
	fresh, err := insertFirsts(ctx, tx, org, t.firsts)
	if err != nil {
		return err
	}
	for first := range fresh {
		t.sums[t.firsts[first]]++
	}
	if err := addCounts(ctx, tx, org, t.sums); err != nil {
		return err
	}
	return markPending(ctx, tx, org, t.campaigns())
}

// cell is one row of the rollups.
type cell struct {
	metric   Metric
	hour     int64 // Unix time of the hour's start
	currency string
	place
}

// first is something that counts once a mail.
type first struct {
	action id.ID
	metric Metric
}

// tally sums events before they meet the database.
type tally struct {
	sums   map[cell]int64
	firsts map[first]cell // counted only where metric_firsts has not seen them
}

func newTally() *tally {
	return &tally{sums: map[cell]int64{}, firsts: map[first]cell{}}
}

// campaigns lists the campaigns whose numbers change.
func (t *tally) campaigns() map[id.ID]bool {
	set := map[id.ID]bool{}
	for c := range t.sums {
		set[c.campaign] = true
	}
	return set
}

func (t *tally) count(m Metric, at time.Time, p place, n int64, currency string) {
	if n == 0 {
		return
	}
	t.sums[cell{m, hourOf(at), currency, p}] += n
}

// once counts m at most once a mail; without a mail it always counts.
func (t *tally) once(m Metric, at time.Time, p place, action id.ID) {
	if action == id.Nil {
		t.count(m, at, p, 1, "")
		return
	}
	key := first{action, m}
	if _, known := t.firsts[key]; !known {
		t.firsts[key] = cell{m, hourOf(at), "", p}
	}
}

func hourOf(at time.Time) int64 { return at.Unix() - at.Unix()%3600 }

func (t *tally) add(e *event.Event) error {
	switch e.Type {
	case "lead.created":
		t.count(LeadsCreated, e.OccurredAt, place{}, 1, "")
		return nil
	case "lead.imported":
		var chunk imported
		if err := json.Unmarshal(e.Data, &chunk); err != nil {
			return err
		}
		t.count(LeadsCreated, e.OccurredAt, place{}, max(chunk.Created, chunk.Count), "")
		return nil
	case "lead.status_changed":
		var move moved
		if err := json.Unmarshal(e.Data, &move); err != nil {
			return err
		}
		t.count(Meetings, e.OccurredAt, place{}, move.meetings(), "")
		return nil
	case "call.ended", "meeting.booked", "deal.won", "spend.recorded":
		return t.addOutcome(e)
	}
	var batch touched
	if err := json.Unmarshal(e.Data, &batch); err != nil {
		return err
	}
	for i := range batch.Items {
		item := &batch.Items[i]
		if item.At.IsZero() {
			item.At = e.OccurredAt
		}
		t.addTouch(e.Type, item)
	}
	return nil
}

func (t *tally) addTouch(typ string, item *touchItem) {
	p := place{item.CampaignID, item.StepID, item.VariantID, "email"}
	switch typ {
	case "email.sent":
		t.count(EmailsSent, item.At, p, 1, "")
	case "email.opened", "email.clicked":
		if item.First {
			t.count(readMetric(typ, item.Machine), item.At, p, 1, "")
		}
	case "email.replied":
		if fromPerson(item.Intent) {
			t.once(Replies, item.At, p, item.ActionID)
		}
		if item.Intent == "interested" {
			t.once(PositiveReplies, item.At, p, item.ActionID)
		}
	case "email.bounced":
		t.once(Bounces, item.At, p, item.ActionID)
		if item.Hard {
			t.once(HardBounces, item.At, p, item.ActionID)
		}
	case "email.unsubscribed":
		t.once(Unsubscribes, item.At, p, item.ActionID)
	case "email.complained":
		t.once(Complaints, item.At, p, item.ActionID)
	case "email.failed":
		t.count(Failed, item.At, p, 1, "")
	case "email.in_doubt", "action.in_doubt":
		t.once(InDoubt, item.At, p, item.ActionID)
	case "email.refused":
		t.count(Refused, item.At, p, 1, "")
	}
}

// readMetric keeps scanners apart from people.
func readMetric(typ string, machine bool) Metric {
	switch {
	case typ == "email.opened" && machine:
		return MachineOpens
	case typ == "email.opened":
		return Opens
	case machine:
		return MachineClicks
	default:
		return Clicks
	}
}

// fromPerson reports whether an answer was written by somebody.
func fromPerson(intent string) bool {
	return intent != "out_of_office" && intent != "auto_reply"
}

// addOutcome counts an event that is not a batch.
func (t *tally) addOutcome(e *event.Event) error {
	var o outcome
	if err := json.Unmarshal(e.Data, &o); err != nil {
		return err
	}
	if o.At.IsZero() {
		o.At = e.OccurredAt
	}
	if o.Currency == "" {
		o.Currency = DefaultCurrency
	}
	p := place{o.CampaignID, o.StepID, o.VariantID, o.Channel}
	switch e.Type {
	case "call.ended":
		p.channel = "call"
		t.count(Calls, o.At, p, 1, "")
		if o.Connected {
			t.count(Connects, o.At, p, 1, "")
		}
	case "meeting.booked":
		t.count(Meetings, o.At, p, 1, "")
	case "deal.won":
		t.count(DealsWon, o.At, p, 1, "")
		t.count(Revenue, o.At, p, o.AmountMinor, o.Currency)
	case "spend.recorded":
		t.count(Spend, o.At, p, o.Micros, o.Currency)
	}
	return nil
}
