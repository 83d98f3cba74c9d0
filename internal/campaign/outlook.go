package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/email"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Upcoming counts people whose next step is due on one day of the organisation's
// calendar. What is due already counts for today.
type Upcoming struct {
	Day    string    `json:"day" doc:"Date in timezone."`
	Step   int       `json:"step" doc:"Position, from 0."`
	Count  int       `json:"count"`
	First  time.Time `json:"first_at"`
	Latest time.Time `json:"last_at"`
}

// Limit is something that slows a campaign down, or holds it.
type Limit struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Outlook is what a campaign will do next, if nobody answers and nothing changes.
type Outlook struct {
	Timezone string     `json:"timezone" doc:"Of the days: the organisation's."`
	Window   Schedule   `json:"window"`
	Queued   int        `json:"queued" doc:"People whose mail is prepared and waits for its turn."`
	Upcoming []Upcoming `json:"upcoming"`
	Limits   []Limit    `json:"limits"`
}

// outlookDays is how far ahead days are listed.
const outlookDays = 14

// Outlook tells what is next in a campaign.
func (s *Service) Outlook(ctx context.Context, org, campaign id.ID) (Outlook, error) {
	out := Outlook{Upcoming: []Upcoming{}, Limits: []Limit{}}
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c, err := findCampaign(ctx, tx, org, campaign, false)
		if err != nil {
			return err
		}
		sender, err := s.Compliance.Sender(ctx, tx, org)
		if err != nil {
			return err
		}
		out.Timezone, out.Window = sender.Zone.String(), c.Schedule
		add := func(code, format string, args ...any) {
			out.Limits = append(out.Limits, Limit{code, fmt.Sprintf(format, args...)})
		}
		if sender.Paused {
			add("organization_paused", "everything is paused")
		}
		if c.Status == Paused {
			add("campaign_paused", "this campaign is paused")
		}
		if c.EndAt != nil {
			add("end", "it ends on %s", c.EndAt.In(sender.Zone).Format("2 January 2006, 15:04 MST"))
		}
		if err := s.mailLimits(ctx, tx, org, &c, add); err != nil {
			return err
		}
		if c.Status != Running && c.Status != Paused {
			return nil
		}
		now := s.Clock.Now()
		if out.Upcoming, err = upcoming(ctx, tx, org, campaign, sender.Zone.String(), now, now.AddDate(0, 0, outlookDays)); err != nil {
			return fmt.Errorf("outlook: %w", err)
		}
		counts, err := enrolment.Count(ctx, tx, org, campaign)
		out.Queued = int(counts["waiting"])
		return err
	})
	return out, err
}

// mailLimits adds what the mailbox and the budget allow a day.
func (s *Service) mailLimits(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, add func(code, format string, args ...any)) error {
	if daily := c.Budget.Daily; daily != nil && s.MailMicros > 0 {
		add("budget", "limited by the budget: %d mails a day", daily.AmountMinor*microsPerMinor/s.MailMicros)
	}
	if c.MailboxID == id.Nil {
		return nil
	}
	mailbox, err := s.Email.Mailbox(ctx, tx, org, c.MailboxID)
	if errs.Is(err, errs.NotFound) {
		add("no_mailbox", "the mailbox is gone")
		return nil
	}
	if err != nil {
		return err
	}
	if mailbox.State != "active" {
		add("mailbox_"+mailbox.State, "the mailbox is %s", mailbox.State)
	}
	if mailbox.DailyLimit != nil {
		add("mailbox_limit", "limited by the mailbox: %d mails a day", *mailbox.DailyLimit)
	}
	return nil
}

// Launched is one launch as it was: the words, the audience and the counts of
// the gate.
type Launched struct {
	ID         id.ID           `json:"id"`
	LaunchedBy string          `json:"launched_by"`
	LaunchedAt time.Time       `json:"launched_at"`
	Snapshot   json.RawMessage `json:"-"`
}

// Launches lists the launches of a campaign, the newest first.
func (s *Service) Launches(ctx context.Context, org, campaign id.ID) ([]Launched, error) {
	var out []Launched
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		if _, err = findCampaign(ctx, tx, org, campaign, false); err != nil {
			return err
		}
		out, err = listLaunches(ctx, tx, org, campaign)
		return err
	})
	return out, err
}

// Parse reads the snapshot; old ones lack what came later.
func (l *Launched) Parse() (audience Audience, counts Reach, steps []Step, err error) {
	var kept snapshot
	if err = json.Unmarshal(l.Snapshot, &kept); err != nil {
		return audience, counts, nil, fmt.Errorf("snapshot %s: %w", l.ID, err)
	}
	err = json.Unmarshal(kept.Steps, &steps)
	return kept.Audience, kept.Counts, steps, err
}

// TestSend proposes a test of one variant to a user of the organisation, with
// the values of a lead when one is given.
func (s *Service) TestSend(ctx context.Context, tx db.Tx, org, campaign, variant, person, user id.ID) (id.ID, error) {
	c, err := findCampaign(ctx, tx, org, campaign, false)
	if err != nil {
		return id.Nil, err
	}
	step := c.stepOf(variant)
	switch {
	case step == nil:
		return id.Nil, errs.InvalidField("body.variant_id", "there is no such version in this campaign")
	case step.Channel != ChannelEmail:
		return id.Nil, errs.InvalidField("body.variant_id", "only mails can be tested")
	case user == id.Nil:
		return id.Nil, errs.New(errs.Conflict, "a test goes to the person who is signed in; an API key has no address")
	case c.MailboxID == id.Nil:
		return id.Nil, errs.New(errs.Conflict, "choose the mailbox to send from first")
	}
	if person != id.Nil {
		known, err := s.Leads.Contacts(ctx, tx, org, []id.ID{person})
		if err != nil {
			return id.Nil, err
		}
		if _, ok := known[person]; !ok {
			return id.Nil, errs.InvalidField("body.lead_id", "there is no such lead")
		}
	}
	for _, v := range step.Variants {
		if v.ID == variant {
			return s.Email.ProposeTest(ctx, tx, org, email.Test{Mailbox: c.MailboxID, Content: v.ContentID, User: user, Lead: person})
		}
	}
	return id.Nil, errs.New(errs.NotFound, "not found")
}
