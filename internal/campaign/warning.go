package campaign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// hole is a merge field that the words of a campaign use, and how many reachable
// people have nothing for it.
type hole struct {
	field    string
	location string // of the first words that use it
	fallback string // what stands in, as those words say
	stands   bool   // whether anything does
	missing  int
}

// mergeFields lists the fields of people that the mails of c use, each once for
// each fallback.
func (c *Campaign) mergeFields() []*hole {
	var holes []*hole
	seen := map[string]bool{}
	for i, step := range c.Steps {
		if step.Channel != ChannelEmail {
			continue
		}
		for j, v := range step.Variants {
			for _, part := range []struct{ name, text string }{{"subject", v.Subject}, {"body", v.Body}} {
				parsed, err := message.Parse(part.name, part.text)
				if err != nil {
					continue // refused where it was written
				}
				for _, f := range parsed.LeadFields() {
					key := f.Name + "|" + strconv.FormatBool(f.HasFallback) + f.Fallback
					if seen[key] {
						continue
					}
					seen[key] = true
					holes = append(holes, &hole{
						field: f.Name, fallback: f.Fallback, stands: f.HasFallback,
						location: fmt.Sprintf("steps[%d].variants[%d].%s", i, j, part.name),
					})
				}
			}
		}
	}
	return holes
}

// notes gather what the gate learns of reachable people on its way through them.
type notes struct {
	holes []*hole

	now    time.Time
	home   *time.Location // the organisation's: hours of people of unknown zone
	window compliance.Window
	zone   *time.Location // in which the window counts; nil: in each person's own
	later  int            // people for whom the hours are over now
	first  time.Time      // when the first of them can be written to
}

func (s *Service) takeNotes(c *Campaign, sender compliance.Sender) (*notes, error) {
	window, zone, err := c.Schedule.window()
	return &notes{holes: c.mergeFields(), now: s.Clock.Now(), home: sender.Zone, window: window, zone: zone}, err
}

// take notes one reachable person.
func (n *notes) take(j *judged) {
	for _, h := range n.holes {
		if j.person.Field(h.field) == "" {
			h.missing++
		}
	}
	zones := j.zones
	if n.zone != nil {
		zones = []*time.Location{n.zone}
	} else if len(zones) == 0 {
		zones = []*time.Location{n.home}
	}
	if at, ever := n.window.Next(n.now, zones); ever && at.After(n.now) {
		if n.later++; n.first.IsZero() || at.Before(n.first) {
			n.first = at
		}
	}
}

// hours says that people will wait for their hours.
func (n *notes) hours(reachable int) (Obstacle, bool) {
	if n.later == 0 {
		return Obstacle{}, false
	}
	text := fmt.Sprintf("%d of %d are outside the hours of this campaign now: their first mail waits", n.later, reachable)
	if n.later == reachable {
		text = "it is outside the hours of this campaign now: the first mail leaves on " + n.first.In(n.home).Format("Monday, 2 January at 15:04 MST")
	}
	return Obstacle{"outside_hours", "schedule", text}, true
}

// warnings are what the writer should know before the launch.
func (s *Service) warnings(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, reach Reach, notes *notes) ([]Obstacle, error) {
	out := []Obstacle{}
	if o, later := notes.hours(reach.Reachable); later {
		out = append(out, o)
	}
	for _, h := range notes.holes {
		if h.missing == 0 {
			continue
		}
		then := "nothing is written in its place"
		if h.stands && h.fallback != "" {
			then = fmt.Sprintf("fallback %q is used", h.fallback)
		}
		verb := "have"
		if h.missing == 1 {
			verb = "has"
		}
		out = append(out, Obstacle{"field_missing", h.location, fmt.Sprintf("%d of %d %s no %s, %s", h.missing, reach.Reachable, verb, h.field, then)})
	}
	if c.ABTesting && !c.compares() {
		out = append(out, Obstacle{"nothing_to_compare", "steps", "A/B testing is on, but every step has one version only"})
	}
	if c.MailboxID == id.Nil {
		return out, nil
	}
	mailbox, err := s.Email.Mailbox(ctx, tx, org, c.MailboxID)
	if errs.Is(err, errs.NotFound) {
		return out, nil // an obstacle already
	}
	if err != nil {
		return nil, err
	}
	if limit := mailbox.DailyLimit; limit != nil && reach.Reachable > *limit {
		days := (reach.Reachable + *limit - 1) / *limit
		out = append(out, Obstacle{"mailbox_limit", "mailbox_id", fmt.Sprintf("the mailbox sends at most %d mails a day: the first step takes %d days", *limit, days)})
	}
	return out, nil
}

// compares reports a step with more than one version that people get.
func (c *Campaign) compares() bool {
	return slices.ContainsFunc(c.Steps, func(step Step) bool {
		with := 0
		for _, v := range step.Variants {
			if v.Weight > 0 {
				with++
			}
		}
		return with > 1
	})
}
