package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rainmaker/internal/campaign/gap"
	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// mailWords are the subjects and bodies of c's mails.
func (c *Campaign) mailWords() []gap.Words {
	var all []gap.Words
	for i, step := range c.Steps {
		if step.Channel != ChannelEmail {
			continue
		}
		for j, v := range step.Variants {
			at := fmt.Sprintf("steps[%d].variants[%d].", i, j)
			all = append(all, gap.Words{Location: at + "subject", Text: v.Subject}, gap.Words{Location: at + "body", Text: v.Body})
		}
	}
	return all
}

// notes gather what the gate learns of reachable people on its way through them.
type notes struct {
	gaps []*gap.Gap

	now    time.Time
	home   *time.Location // the organisation's: hours of people of unknown zone
	window compliance.Window
	zone   *time.Location // in which the window counts; nil: in each person's own
	later  int            // people for whom the hours are over now
	first  time.Time      // when the first of them can be written to
}

func (s *Service) takeNotes(c *Campaign, sender compliance.Sender) (*notes, error) {
	window, zone, err := c.Schedule.window()
	return &notes{gaps: gap.Find(c.mailWords()), now: s.Clock.Now(), home: sender.Zone, window: window, zone: zone}, err
}

// take notes one reachable person.
func (n *notes) take(j *judged) {
	for _, g := range n.gaps {
		if j.person.Field(g.Field) == "" {
			g.Missing++
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
	for _, g := range notes.gaps {
		if g.Missing > 0 {
			out = append(out, Obstacle{"field_missing", g.Location, g.Sentence(reach.Reachable)})
		}
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
	if heard, err := s.Heard(ctx, tx, org, mailbox); err != nil {
		return nil, err
	} else if !heard {
		out = append(out, Obstacle{"answers_unread", "mailbox_id", "nobody reads what comes back to " + mailbox.FromAddress + ": people who answer get the next mail all the same. Say in the settings of the mailbox where its answers are (IMAP)"})
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
