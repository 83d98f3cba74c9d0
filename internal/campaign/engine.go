package campaign

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/task"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

const (
	// tickSize is how many enrolments one transaction moves. Measured: flat from
	// 500 to 2,000.
	tickSize = 1000
	// ticksAtOnce is how many ticks run beside each other: while the database
	// commits one, the other is decided.
	ticksAtOnce = 2
	// pollEvery is how long a due step waits at most; Poke shortens it.
	pollEvery = 250 * time.Millisecond
	// completeEvery is how often campaigns are looked at for their end.
	completeEvery = 2 * time.Second
	// retryBusy is when an enrolment is looked at again whose person is in another
	// touch.
	retryBusy = 30 * time.Second
)

// Run moves due enrolments until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	var completed time.Time
	for {
		if err := s.Turn(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Warn("engine", "error", err)
		}
		if time.Since(completed) > completeEvery {
			completed = time.Now()
			if err := s.completeAll(ctx); err != nil && ctx.Err() == nil {
				s.Logger.Warn("complete campaigns", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.wake:
		}
	}
}

// Turn moves every campaign that has something due until nothing is.
func (s *Service) Turn(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := s.due(ctx)
		if err != nil {
			return fmt.Errorf("due campaigns: %w", err)
		}
		if s.tickAll(ctx, due) == 0 {
			return nil
		}
		s.Email.Poke()
		s.Wake()
	}
	return nil
}

// tickAll gives each campaign a tick, and a lone one several: they jump over each
// other's rows. It returns how many enrolments moved.
func (s *Service) tickAll(ctx context.Context, due []dueCampaign) int64 {
	if len(due) == 0 {
		return 0
	}
	var moved atomic.Int64
	var ticks errgroup.Group
	ticks.SetLimit(ticksAtOnce)
	for i := range max(len(due), ticksAtOnce) {
		c := due[i%len(due)]
		ticks.Go(func() error {
			n, err := s.Tick(ctx, c.org, c.campaign)
			if err == nil {
				moved.Add(int64(n))
			} else if ctx.Err() == nil {
				s.Logger.Warn("move campaign", "campaign", c.campaign, "error", err)
			}
			return nil
		})
	}
	_ = ticks.Wait() // no tick returns an error
	return moved.Load()
}

func (s *Service) due(ctx context.Context) ([]dueCampaign, error) {
	var due []dueCampaign
	err := s.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		due, err = dueCampaigns(ctx, tx, s.Clock.Now())
		return err
	})
	return due, err
}

// Tick moves up to tickSize due enrolments of one campaign in one transaction,
// and enrols the next chunk of its audience when that is not finished. Without an
// error it returns how many it moved or enrolled.
func (s *Service) Tick(ctx context.Context, org, campaign id.ID) (moved int, err error) {
	ctx, span := telemetry.Span(ctx, "campaign tick", telemetry.OrgID.String(org.String()))
	defer func() { span.End(err) }()
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		moved = 0
		c, err := s.sequence(ctx, tx, org, campaign)
		if err != nil || c.Status != Running {
			return err
		}
		if c.Enrolling {
			if moved, err = s.enrolNext(ctx, tx, org, c); err != nil {
				return err
			}
		}
		now := s.Clock.Now()
		if c.EndAt != nil && !now.Before(*c.EndAt) {
			return enrolment.Stop(ctx, tx, org, campaign, "campaign_ended", now)
		}
		due, err := enrolment.Claim(ctx, tx, org, campaign, now, tickSize)
		if err != nil || len(due) == 0 {
			return err
		}
		moved += len(due)
		// Ticks of several campaigns that propose for the same people must come to
		// them in one order, or they wait for each other.
		slices.SortFunc(due, func(a, b enrolment.Due) int { return bytes.Compare(a.Lead[:], b.Lead[:]) })
		return s.step(ctx, tx, org, c, due, now)
	})
	return moved, err
}

// sequence returns the campaign as of tx; the parsed steps of a version are
// remembered.
func (s *Service) sequence(ctx context.Context, tx db.Tx, org, campaign id.ID) (*Campaign, error) {
	version, status, enrolling, err := campaignVersion(ctx, tx, org, campaign)
	if err != nil {
		return nil, err
	}
	if known, ok := s.plans.Load(campaign); ok {
		if c, ok := known.(*Campaign); ok && c.Version == version {
			current := *c
			current.Status, current.Enrolling = status, enrolling
			return &current, nil
		}
	}
	c, err := findCampaign(ctx, tx, org, campaign, false)
	if err != nil {
		return nil, err
	}
	s.plans.Store(campaign, &c)
	return &c, nil
}

// enrolNext enrols the next chunk of the audience, or ends the enrolling.
func (s *Service) enrolNext(ctx context.Context, tx db.Tx, org id.ID, c *Campaign) (int, error) {
	after, busy, err := lockEnrolling(ctx, tx, org, c.ID)
	if err != nil || busy {
		return 0, err
	}
	people, err := s.Leads.Select(ctx, tx, org, c.Audience.Filter, after, tickSize)
	if err != nil {
		return 0, fmt.Errorf("audience: %w", err)
	}
	if len(people) == 0 {
		return 0, finishEnrolling(ctx, tx, org, c.ID)
	}
	added, err := s.enrolChunk(ctx, tx, org, c, people, nil, map[compliance.Rule]int{})
	if err != nil {
		return 0, err
	}
	if err := s.tellStarted(ctx, tx, org, c.ID, added); err != nil {
		return 0, err
	}
	return len(people), keepEnrolling(ctx, tx, org, c.ID, people[len(people)-1])
}

// tellStarted announces how many people have entered a campaign.
func (s *Service) tellStarted(ctx context.Context, tx db.Tx, org, campaign id.ID, count int) error {
	if count == 0 {
		return nil
	}
	e, err := event.New("enrolment.started", campaign.String(), s.Clock.Now(), map[string]any{"campaign_id": campaign, "count": count})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// plan is what a tick decides about enrolments: how each moves, and the actions
// of those that wait for one.
type plan struct {
	moves     []enrolment.Move
	proposals []action.Proposal
	proposed  []int // for each proposal, its index in moves
}

// step decides about due enrolments and writes it down.
func (s *Service) step(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, due []enrolment.Due, now time.Time) error {
	p, err := s.decide(ctx, tx, org, c, due, now)
	if err != nil {
		return err
	}
	if _, err := s.propose(ctx, tx, org, &p, now); err != nil {
		return err
	}
	if err := enrolment.Write(ctx, tx, org, c.ID, p.moves, now); err != nil {
		return fmt.Errorf("move %d enrolments: %w", len(p.moves), err)
	}
	return nil
}

// propose proposes the actions of a plan. Whoever is in another touch right now
// stays where they were, and their moves are returned.
func (s *Service) propose(ctx context.Context, tx db.Tx, org id.ID, p *plan, now time.Time) (busy []enrolment.Move, err error) {
	written, err := s.Log.Propose(ctx, tx, org, email.KindSend, action.Hold, p.proposals)
	if err != nil {
		return nil, err
	}
	for i, action := range written {
		if action == id.Nil {
			m := &p.moves[p.proposed[i]]
			m.State, m.Step, m.NextAt, m.Reason = "active", m.Step-1, now.Add(retryBusy), "in_touch"
			busy = append(busy, *m)
		}
	}
	return busy, nil
}

// decide says for each due enrolment: put off to the window, pass over, or
// propose the action of its step.
func (s *Service) decide(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, due []enrolment.Due, now time.Time) (plan, error) {
	people, err := s.peopleOf(ctx, tx, org, c, due)
	if err != nil {
		return plan{}, err
	}
	window, zone, err := c.Schedule.window()
	if err != nil {
		return plan{}, err
	}
	sender, err := s.Compliance.Sender(ctx, tx, org)
	if err != nil {
		return plan{}, err
	}
	p := plan{moves: make([]enrolment.Move, 0, len(due)), proposals: make([]action.Proposal, 0, len(due)), proposed: make([]int, 0, len(due))}
	for _, d := range due {
		m := passOver(c, d, now)
		if d.Step < len(c.Steps) {
			step := &c.Steps[d.Step]
			person, known := people[d.Lead]
			opens := s.opens(window, zone, sender.Zone, &person, now)
			switch {
			case step.Condition != nil && (!known || !step.Condition.Holds(&person)):
			case opens.After(now):
				m = enrolment.Move{Enrolment: d.ID, State: "active", Step: d.Step, NextAt: opens, Reason: string(compliance.OutsideHours)}
			case step.Channel == ChannelTask && d.NextAt.IsZero(): // the task is for when the enrolment is written
				m = enrolment.Move{Enrolment: d.ID, State: "active", Step: d.Step, NextAt: now}
			case step.Channel == ChannelTask:
				if err := s.makeTask(ctx, tx, org, c, step, d); err != nil {
					return plan{}, err
				}
			default:
				p.proposals = append(p.proposals, c.proposal(step, d, now))
				p.proposed = append(p.proposed, len(p.moves))
				m = enrolment.Move{Enrolment: d.ID, State: "waiting", Step: d.Step + 1, NextAt: now}
			}
		}
		m.WasDue = d.NextAt
		p.moves = append(p.moves, m)
	}
	return p, nil
}

// passOver moves an enrolment to the step after d's without an action, or past
// the last one.
func passOver(c *Campaign, d enrolment.Due, now time.Time) enrolment.Move {
	next := d.Step
	if next < len(c.Steps) {
		next++
	}
	if next >= len(c.Steps) {
		return enrolment.Move{Enrolment: d.ID, State: "finished", Step: next, NextAt: now, Reason: "completed"}
	}
	return enrolment.Move{Enrolment: d.ID, State: "active", Step: next, NextAt: c.Steps[next].at(now)}
}

// proposal is the action of a step for one enrolment. The once key makes the
// step happen once, whatever the engine does.
func (c *Campaign) proposal(step *Step, d enrolment.Due, now time.Time) action.Proposal {
	v, probability := choose(step, d.ID)
	return action.Proposal{
		OnceKey: "step/" + d.ID.String() + "/" + step.ID.String(), Touch: true,
		LeadID: d.Lead, CampaignID: c.ID, EnrolmentID: d.ID, StepID: step.ID, VariantID: v.ID, Propensity: probability,
		ContentID: v.ContentID, AccountID: c.MailboxID, DueAt: now, NeedsPerson: c.AI.Autonomy != AutonomyAuto,
	}
}

// peopleOf loads the contacts a tick needs: none, when every step is
// unconditional and the window never closes.
func (s *Service) peopleOf(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, due []enrolment.Due) (map[id.ID]lead.Contact, error) {
	window, zone, err := c.Schedule.window()
	if err != nil {
		return nil, err
	}
	all := !window.Always() && zone == nil
	var needed []id.ID
	for _, d := range due {
		if all || d.Step < len(c.Steps) && c.Steps[d.Step].Condition != nil {
			needed = append(needed, d.Lead)
		}
	}
	if len(needed) == 0 {
		return nil, nil
	}
	return s.Leads.Contacts(ctx, tx, org, needed)
}

// opens returns when the window is next open for a person: now, when it is.
func (s *Service) opens(window compliance.Window, fixed, fallback *time.Location, person *lead.Contact, now time.Time) time.Time {
	if window.Always() {
		return now
	}
	zones := []*time.Location{fixed}
	if fixed == nil {
		if zones = s.Compliance.Zones().Of(person.Timezone, person.Phone, person.Region); len(zones) == 0 {
			zones = []*time.Location{fallback}
		}
	}
	opens, ok := window.Next(now, zones)
	if !ok {
		return now.AddDate(0, 0, 7)
	}
	return opens
}

// makeTask gives a person of the organisation something to do about a lead.
func (s *Service) makeTask(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, step *Step, d enrolment.Due) error {
	v, _ := choose(step, d.ID)
	title := v.Subject
	if title == "" {
		title = c.Name
	}
	title, err := s.filled(ctx, tx, org, d.Lead, title)
	if err != nil {
		return fmt.Errorf("title of a task for %s: %w", d.Lead, err)
	}
	_, err = task.New(s.Leads).AddIn(ctx, tx, org, task.Task{LeadID: d.Lead, Title: title})
	if err != nil {
		return fmt.Errorf("task for %s: %w", d.Lead, err)
	}
	return nil
}

// completeAll ends campaigns in which nobody is on the way any more.
func (s *Service) completeAll(ctx context.Context) error {
	var running []dueCampaign
	err := s.DB.InSystem(ctx, func(tx db.Tx) (err error) {
		running, err = runningCampaigns(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range running {
		err := s.DB.InTenant(ctx, r.org, func(tx db.Tx) error {
			done, err := completeCampaign(ctx, tx, r.org, r.campaign, s.Clock.Now())
			if err != nil || !done {
				return err
			}
			c, err := findCampaign(ctx, tx, r.org, r.campaign, false)
			if err != nil {
				return err
			}
			return s.tell(ctx, tx, r.org, &c, "campaign.completed")
		})
		if err != nil {
			return fmt.Errorf("complete %s: %w", r.campaign, err)
		}
	}
	return nil
}

// filled puts what is known of a person into text with merge fields. Text that is
// no template stays as it is.
func (s *Service) filled(ctx context.Context, tx db.Tx, org, person id.ID, text string) (string, error) {
	template, err := message.Parse("title", text)
	if err != nil || len(template.Fields()) == 0 {
		return text, nil //nolint:nilerr // a title may hold any braces
	}
	contacts, err := s.Leads.Contacts(ctx, tx, org, []id.ID{person})
	if err != nil {
		return "", err
	}
	contact := contacts[person]
	return strings.TrimSpace(string(template.Append(nil, contact.Field))), nil
}
