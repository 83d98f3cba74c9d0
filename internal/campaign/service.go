package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Writer writes the words of a step from a prompt, as a template with merge
// fields. It may take minutes: never ask it in a transaction. app joins the model
// port to it.
type Writer interface {
	WriteStep(ctx context.Context, org id.ID, ask Ask) (subject, body string, err error)
}

// Deps are what a Service needs.
type Deps struct {
	DB         *db.DB
	Clock      clock.Clock
	Logger     *slog.Logger
	Log        *action.Log
	Compliance *compliance.Service
	Leads      *lead.Service
	Email      *email.Service
	Writer     Writer
	// Heard reports whether what comes back to a mailbox is read; nil: always.
	Heard      func(ctx context.Context, tx db.Tx, org id.ID, box email.Mailbox) (bool, error)
	MailMicros int64  // price of a mail in millionths of the budget's currency unit
	Wake       func() // tells the event relay that something was committed
}

// Service runs campaigns.
type Service struct {
	Deps
	plans sync.Map // campaign id -> *sequence, by version
	wake  chan struct{}
}

// New returns a Service. It moves nothing until Run is running.
func New(deps Deps) *Service {
	if deps.Wake == nil {
		deps.Wake = func() {}
	}
	if deps.Heard == nil {
		deps.Heard = func(context.Context, db.Tx, id.ID, email.Mailbox) (bool, error) { return true, nil }
	}
	return &Service{Deps: deps, wake: make(chan struct{}, 1)}
}

// Create stores a draft whose words are there: see Compose.
func (s *Service) Create(ctx context.Context, tx db.Tx, org id.ID, c Campaign) (Campaign, error) {
	c.ID, c.Status, c.Version, c.CreatedAt = id.New(), Draft, 1, s.Clock.Now()
	c.UpdatedAt = c.CreatedAt
	for i := range c.Steps { // a draft's ids are ours: another campaign may have theirs
		c.Steps[i].ID = id.Nil
		for j := range c.Steps[i].Variants {
			c.Steps[i].Variants[j].ID = id.Nil
		}
	}
	if err := c.validate(); err != nil {
		return Campaign{}, err
	}
	if c.PhoneNumberID != id.Nil {
		return Campaign{}, noPhoneNumber()
	}
	if err := s.checkMailbox(ctx, tx, org, c.MailboxID); err != nil {
		return Campaign{}, err
	}
	if err := s.write(ctx, tx, org, &c); err != nil {
		return Campaign{}, err
	}
	if err := insertCampaign(ctx, tx, org, &c); err != nil {
		return Campaign{}, fmt.Errorf("create campaign: %w", err)
	}
	if err := saveSteps(ctx, tx, org, &c); err != nil {
		return Campaign{}, fmt.Errorf("save steps: %w", err)
	}
	err := s.tell(ctx, tx, org, &c, "campaign.created")
	return c, err
}

// noPhoneNumber: an id that nobody has checked is not kept, and there are no
// numbers yet.
func noPhoneNumber() error {
	return errs.InvalidField("body.phone_number_id", "there is no such phone number")
}

func (s *Service) checkMailbox(ctx context.Context, tx db.Tx, org, mailbox id.ID) error {
	if mailbox == id.Nil {
		return nil
	}
	if _, err := s.Email.Mailbox(ctx, tx, org, mailbox); errs.Is(err, errs.NotFound) {
		return errs.InvalidField("body.mailbox_id", "there is no such mailbox")
	} else if err != nil {
		return err
	}
	return nil
}

// write stores new words.
func (s *Service) write(ctx context.Context, tx db.Tx, org id.ID, c *Campaign) error {
	for i := range c.Steps {
		step := &c.Steps[i]
		for j := range step.Variants {
			v := &step.Variants[j]
			if step.Channel != ChannelEmail || v.ContentID != id.Nil {
				continue
			}
			if v.wordless() {
				return errs.New(errs.Conflict, "step %d has no words yet; try again", i+1)
			}
			var err error
			if v.ContentID, err = s.Email.SaveContent(ctx, tx, org, v.Subject, v.Body); err != nil {
				return err
			}
		}
	}
	return nil
}

// Find returns a campaign with its steps.
func (s *Service) Find(ctx context.Context, org, campaign id.ID) (Campaign, error) {
	var c Campaign
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		c, err = findCampaign(ctx, tx, org, campaign, false)
		return err
	})
	return c, err
}

// List returns campaigns, newest first, below the id before when it is set.
func (s *Service) List(ctx context.Context, org id.ID, status Status, before id.ID, limit int) ([]Campaign, error) {
	var out []Campaign
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		out, err = listCampaigns(ctx, tx, org, status, before, limit)
		return err
	})
	return out, err
}

// Update changes a campaign by edit. Once it was launched, its steps can be
// reworded, delayed, reweighted and added to, but not taken away or reordered:
// people are in the middle of them. version is what If-Match said, 0 for any.
func (s *Service) Update(ctx context.Context, tx db.Tx, org, campaign id.ID, version int, edit func(*Campaign) error) (Campaign, error) {
	before, err := findCampaign(ctx, tx, org, campaign, true)
	if err != nil {
		return Campaign{}, err
	}
	if version != 0 && version != before.Version {
		return Campaign{}, errs.New(errs.PreconditionFailed, "the campaign was changed by somebody else")
	}
	if before.Status == Archived {
		return Campaign{}, errs.New(errs.Conflict, "an archived campaign cannot be changed")
	}
	after := before
	after.Steps = nil
	for _, step := range before.Steps {
		step.Variants = append([]Variant(nil), step.Variants...)
		after.Steps = append(after.Steps, step)
	}
	if err := edit(&after); err != nil {
		return Campaign{}, err
	}
	if err := after.validate(); err != nil {
		return Campaign{}, err
	}
	if before.LaunchedAt != nil {
		if err := keepsSteps(&before, &after); err != nil {
			return Campaign{}, err
		}
	}
	if after.PhoneNumberID != id.Nil && after.PhoneNumberID != before.PhoneNumberID {
		return Campaign{}, noPhoneNumber()
	}
	if err := s.checkMailbox(ctx, tx, org, after.MailboxID); err != nil {
		return Campaign{}, err
	}
	reuseContent(&before, &after)
	if err := s.write(ctx, tx, org, &after); err != nil {
		return Campaign{}, err
	}
	after.Version, after.UpdatedAt = before.Version+1, s.Clock.Now()
	if err := updateCampaign(ctx, tx, org, &after); err != nil {
		return Campaign{}, fmt.Errorf("update campaign %s: %w", campaign, err)
	}
	if err := saveSteps(ctx, tx, org, &after); err != nil {
		return Campaign{}, fmt.Errorf("save steps: %w", err)
	}
	err = s.tell(ctx, tx, org, &after, "campaign.updated")
	return after, err
}

// keepsSteps reports a step that people may be in and that after lacks or moves.
func keepsSteps(before, after *Campaign) error {
	for i, step := range before.Steps {
		if i >= len(after.Steps) || after.Steps[i].ID != step.ID || after.Steps[i].Channel != step.Channel {
			return errs.InvalidField(fmt.Sprintf("body.steps[%d]", i), "people are in this sequence: keep its steps, with their ids and order, and add new ones at the end")
		}
	}
	return nil
}

// reuseContent keeps the stored words of variants whose words did not change.
func reuseContent(before, after *Campaign) {
	known := map[id.ID]Variant{}
	for _, step := range before.Steps {
		for _, v := range step.Variants {
			known[v.ID] = v
		}
	}
	for i := range after.Steps {
		for j := range after.Steps[i].Variants {
			v := &after.Steps[i].Variants[j]
			was, ok := known[v.ID]
			v.ContentID = id.Nil
			if ok && was.Subject == v.Subject && was.Body == v.Body {
				v.ContentID = was.ContentID
			} else if !ok {
				v.ID = id.New() // an id from elsewhere is not taken over
			}
		}
	}
}

// Delete removes a draft. What was launched is archived instead: its history is
// other people's.
func (s *Service) Delete(ctx context.Context, tx db.Tx, org, campaign id.ID) error {
	c, err := findCampaign(ctx, tx, org, campaign, true)
	if err != nil {
		return err
	}
	if c.LaunchedAt != nil {
		return errs.New(errs.Conflict, "this campaign was launched; archive it instead")
	}
	if err := deleteCampaign(ctx, tx, org, campaign); err != nil {
		return fmt.Errorf("delete campaign %s: %w", campaign, err)
	}
	return s.tell(ctx, tx, org, &c, "campaign.deleted")
}

// tell announces a change of c.
func (s *Service) tell(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, typ string) error {
	e, err := event.New(typ, c.ID.String(), s.Clock.Now(), map[string]any{"id": c.ID, "name": c.Name, "status": c.Status, "version": c.Version})
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}

// move changes the status of a campaign from one of the given ones.
func (s *Service) move(ctx context.Context, tx db.Tx, org, campaign id.ID, to Status, by, typ string, from ...Status) (Campaign, error) {
	c, err := findCampaign(ctx, tx, org, campaign, true)
	if err != nil {
		return Campaign{}, err
	}
	if !slices.Contains(from, c.Status) {
		return Campaign{}, errs.New(errs.Conflict, "a campaign that is %s cannot become %s", c.Status, to)
	}
	c.Status, c.PausedBy, c.UpdatedAt = to, "", s.Clock.Now()
	if to == Paused {
		c.PausedBy = by
	}
	c.Version++
	if err := updateCampaign(ctx, tx, org, &c); err != nil {
		return Campaign{}, fmt.Errorf("%s campaign %s: %w", typ, campaign, err)
	}
	err = s.tell(ctx, tx, org, &c, typ)
	return c, err
}

// Pause stops a campaign: nothing of it is proposed or sent from the commit on,
// but for what has passed the gate already.
func (s *Service) Pause(ctx context.Context, tx db.Tx, org, campaign id.ID, by string) (Campaign, error) {
	return s.move(ctx, tx, org, campaign, Paused, by, "campaign.paused", Running)
}

// Resume lets a paused campaign run on where it stood.
func (s *Service) Resume(ctx context.Context, tx db.Tx, org, campaign id.ID, by string) (Campaign, error) {
	c, err := s.move(ctx, tx, org, campaign, Running, by, "campaign.resumed", Paused)
	s.Poke()
	return c, err
}

// Archive ends a campaign for good. Who was in it stays recorded.
func (s *Service) Archive(ctx context.Context, tx db.Tx, org, campaign id.ID, by string) (Campaign, error) {
	c, err := s.move(ctx, tx, org, campaign, Archived, by, "campaign.archived", Draft, Running, Paused, Completed)
	if err != nil {
		return Campaign{}, err
	}
	return c, enrolment.Stop(ctx, tx, org, campaign, "archived", s.Clock.Now())
}

// Enrolments lists who is in a campaign, newest first.
func (s *Service) Enrolments(ctx context.Context, org, campaign id.ID, state string, before id.ID, limit int) ([]Enrolment, error) {
	var out []Enrolment
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		if _, err = findCampaign(ctx, tx, org, campaign, false); err != nil {
			return err
		}
		out, err = enrolment.List(ctx, tx, org, campaign, state, before, limit)
		return err
	})
	return out, err
}

// Counts are the enrolments of a campaign by state.
func (s *Service) Counts(ctx context.Context, tx db.Tx, org, campaign id.ID) (map[string]int64, error) {
	return enrolment.Count(ctx, tx, org, campaign)
}

// CampaignNames returns the names of campaigns; unknown ones are missing.
func (s *Service) CampaignNames(ctx context.Context, org id.ID, campaigns []id.ID) (names map[id.ID]string, err error) {
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		names, err = campaignNames(ctx, tx, org, campaigns)
		return err
	})
	return names, err
}

// UsesMailbox returns the name of a campaign that is on its way from the mailbox,
// or nothing.
func (s *Service) UsesMailbox(ctx context.Context, tx db.Tx, org, mailbox id.ID) (string, error) {
	return mailboxUser(ctx, tx, org, mailbox)
}

// Poke makes the engine look for work now instead of at its next poll.
func (s *Service) Poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// at returns when a step is due that follows something at t.
func (step *Step) at(t time.Time) time.Time { return t.Add(step.Delay) }
