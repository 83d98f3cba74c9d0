package campaign

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rainmaker/internal/action"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/lead/task"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
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
			if err != nil && ctx.Err() == nil {
				s.Logger.Warn("move campaign", "campaign", c.campaign, "error", err)
			}
			moved.Add(int64(n))
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
// and enrols the next chunk of its audience when that is not finished. It
// returns how many it moved or enrolled.
func (s *Service) Tick(ctx context.Context, org, campaign id.ID) (int, error) {
	moved := 0
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
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
			return stopEnrolments(ctx, tx, org, campaign, "campaign_ended", now)
		}
		due, err := claimDue(ctx, tx, org, campaign, now, tickSize)
		if err != nil || len(due) == 0 {
			return err
		}
		moved += len(due)
		// Ticks of several campaigns that propose for the same people must come to
		// them in one order, or they wait for each other.
		slices.SortFunc(due, func(a, b dueEnrolment) int { return bytes.Compare(a.lead[:], b.lead[:]) })
		return s.step(ctx, tx, org, c, due, now)
	})
	if err != nil {
		return 0, err
	}
	return moved, nil
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
	people, err := s.Leads.Select(ctx, tx, org, c.Audience.Filter, after, audienceChunk)
	if err != nil {
		return 0, fmt.Errorf("audience: %w", err)
	}
	if len(people) == 0 {
		return 0, finishEnrolling(ctx, tx, org, c.ID)
	}
	added, err := s.enrolChunk(ctx, tx, org, c, people)
	if err != nil {
		return 0, err
	}
	e, err := event.New("enrolment.started", c.ID.String(), s.Clock.Now(), map[string]any{"campaign_id": c.ID, "count": added})
	if err != nil {
		return 0, err
	}
	if err := event.Append(ctx, tx, org, e); err != nil {
		return 0, err
	}
	return len(people), keepEnrolling(ctx, tx, org, c.ID, people[len(people)-1])
}

// move is what a tick decides about one enrolment.
type move struct {
	enrolment id.ID
	state     string
	step      int
	nextAt    time.Time
	reason    string
}

// step decides for each due enrolment: put off to the window, pass over, or
// propose the action of its step.
func (s *Service) step(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, due []dueEnrolment, now time.Time) error {
	people, err := s.peopleOf(ctx, tx, org, c, due)
	if err != nil {
		return err
	}
	window, zone, err := c.Schedule.window()
	if err != nil {
		return err
	}
	sender, err := s.Compliance.Sender(ctx, tx, org)
	if err != nil {
		return err
	}
	moves := make([]move, 0, len(due))
	proposals := make([]action.Proposal, 0, len(due))
	proposed := make([]int, 0, len(due)) // index into moves
	for _, d := range due {
		if d.step >= len(c.Steps) {
			moves = append(moves, move{enrolment: d.id, state: "finished", step: d.step, nextAt: now, reason: "completed"})
			continue
		}
		step := &c.Steps[d.step]
		person, known := people[d.lead]
		if step.Condition != nil && (!known || !step.Condition.Holds(&person)) {
			moves = append(moves, passOver(c, d, now))
			continue
		}
		if opens := s.opens(window, zone, sender.Zone, &person, now); opens.After(now) {
			moves = append(moves, move{enrolment: d.id, state: "active", step: d.step, nextAt: opens, reason: string(compliance.OutsideHours)})
			continue
		}
		if step.Channel == ChannelTask {
			if err := s.makeTask(ctx, tx, org, c, step, d); err != nil {
				return err
			}
			moves = append(moves, passOver(c, d, now))
			continue
		}
		proposals = append(proposals, c.proposal(step, d, now))
		proposed = append(proposed, len(moves))
		moves = append(moves, move{enrolment: d.id, state: "waiting", step: d.step + 1, nextAt: now})
	}
	written, err := s.Log.Propose(ctx, tx, org, email.KindSend, action.Hold, proposals)
	if err != nil {
		return err
	}
	for i, action := range written {
		if action == id.Nil { // the person is in another touch right now
			m := &moves[proposed[i]]
			m.state, m.step, m.nextAt, m.reason = "active", m.step-1, now.Add(retryBusy), "in_touch"
		}
	}
	if err := moveEnrolments(ctx, tx, org, moves, now); err != nil {
		return fmt.Errorf("move %d enrolments: %w", len(moves), err)
	}
	return nil
}

// passOver moves an enrolment to the step after d's without an action.
func passOver(c *Campaign, d dueEnrolment, now time.Time) move {
	next := d.step + 1
	if next >= len(c.Steps) {
		return move{enrolment: d.id, state: "finished", step: next, nextAt: now, reason: "completed"}
	}
	return move{enrolment: d.id, state: "active", step: next, nextAt: c.Steps[next].at(now)}
}

// proposal is the action of a step for one enrolment. The once key makes the
// step happen once, whatever the engine does.
func (c *Campaign) proposal(step *Step, d dueEnrolment, now time.Time) action.Proposal {
	v, probability := choose(step, d.id)
	return action.Proposal{
		OnceKey: "step/" + d.id.String() + "/" + step.ID.String(), Touch: true,
		LeadID: d.lead, CampaignID: c.ID, EnrolmentID: d.id, StepID: step.ID, VariantID: v.ID, Propensity: probability,
		ContentID: v.ContentID, AccountID: c.MailboxID, DueAt: now, NeedsPerson: c.AI.Autonomy != AutonomyAuto,
	}
}

// peopleOf loads the contacts a tick needs: none, when every step is
// unconditional and the window never closes.
func (s *Service) peopleOf(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, due []dueEnrolment) (map[id.ID]lead.Contact, error) {
	window, zone, err := c.Schedule.window()
	if err != nil {
		return nil, err
	}
	all := !window.Always() && zone == nil
	var needed []id.ID
	for _, d := range due {
		if all || d.step < len(c.Steps) && c.Steps[d.step].Condition != nil {
			needed = append(needed, d.lead)
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
func (s *Service) makeTask(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, step *Step, d dueEnrolment) error {
	v, _ := choose(step, d.id)
	title := v.Subject
	if title == "" {
		title = c.Name
	}
	_, err := task.New(s.Leads).AddIn(ctx, tx, org, task.Task{LeadID: d.lead, Title: title})
	if err != nil {
		return fmt.Errorf("task for %s: %w", d.lead, err)
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
