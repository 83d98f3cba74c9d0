package campaign

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// retryPaused is when mail of a paused campaign is looked at again.
const retryPaused = time.Minute

// Plans tells the sender whether its actions may still happen (email.Planner).
// An action outside campaigns always may.
func (s *Service) Plans(ctx context.Context, tx db.Tx, org id.ID, actions []*action.Action) (map[id.ID]email.Plan, error) {
	var enrolments []id.ID
	campaigns := map[id.ID]*Campaign{}
	for _, a := range actions {
		if a.EnrolmentID != id.Nil {
			enrolments = append(enrolments, a.EnrolmentID)
			campaigns[a.CampaignID] = nil
		}
	}
	waiting, err := enrolment.Waiting(ctx, tx, org, enrolments)
	if err != nil {
		return nil, fmt.Errorf("plans: %w", err)
	}
	for campaign := range campaigns {
		if campaigns[campaign], err = s.sequence(ctx, tx, org, campaign); err != nil {
			return nil, fmt.Errorf("plans: %w", err)
		}
	}
	plans := make(map[id.ID]email.Plan, len(actions))
	for _, a := range actions {
		if a.EnrolmentID == id.Nil {
			plans[a.ID] = email.Plan{Open: true, Tracked: true}
			continue
		}
		if plans[a.ID], err = s.planOf(campaigns[a.CampaignID], waiting[a.EnrolmentID]); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

func (s *Service) planOf(c *Campaign, waiting bool) (email.Plan, error) {
	switch {
	case !waiting:
		return email.Plan{Rule: email.RuleEnrolmentEnded}, nil
	case c.Status == Paused:
		return email.Plan{Rule: email.RuleCampaignPaused, Until: s.Clock.Now().Add(retryPaused)}, nil
	case c.Status != Running && c.Status != Completed, c.EndAt != nil && !s.Clock.Now().Before(*c.EndAt):
		return email.Plan{Rule: email.RuleCampaignClosed}, nil
	}
	window, zone, err := c.Schedule.window()
	return email.Plan{Open: true, Window: window, Zone: zone, Tracked: true}, err
}

// Reserve counts the price of touches that are about to happen against the
// budgets of their campaigns, in the transaction of the intent, and returns a
// verdict for each that does not fit any more (email.Planner).
func (s *Service) Reserve(ctx context.Context, tx db.Tx, org id.ID, actions []*action.Action) (map[id.ID]compliance.Verdict, error) {
	byCampaign := map[id.ID][]*action.Action{}
	for _, a := range actions {
		if a.CampaignID != id.Nil && s.MailMicros > 0 {
			byCampaign[a.CampaignID] = append(byCampaign[a.CampaignID], a)
		}
	}
	over := map[id.ID]compliance.Verdict{}
	for campaign, group := range byCampaign {
		c, err := s.planned(ctx, tx, org, campaign)
		if err != nil {
			return nil, err
		}
		if c.Budget.Daily == nil && c.Budget.Total == nil {
			continue
		}
		fits, again, err := s.reserve(ctx, tx, org, c, len(group))
		if err != nil {
			return nil, fmt.Errorf("budget of %s: %w", campaign, err)
		}
		for _, a := range group[fits:] {
			over[a.ID] = compliance.Verdict{Rule: email.RuleBudget, Until: again, Policy: compliance.PolicyVersion}
		}
	}
	return over, nil
}

// planned returns the campaign as Plans has just seen it in the same
// transaction.
func (s *Service) planned(ctx context.Context, tx db.Tx, org, campaign id.ID) (*Campaign, error) {
	if known, ok := s.plans.Load(campaign); ok {
		if c, ok := known.(*Campaign); ok {
			return c, nil
		}
	}
	return s.sequence(ctx, tx, org, campaign)
}

// microsPerMinor turns an amount's smallest unit into millionths of the unit of
// currencies with two decimals, such as USD.
const microsPerMinor = 10_000

// reserve takes as many of want touches as the budget allows, and says when to
// ask again.
func (s *Service) reserve(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, want int) (int, time.Time, error) {
	sender, err := s.Compliance.Sender(ctx, tx, org)
	if err != nil {
		return 0, time.Time{}, err
	}
	year, month, day := s.Clock.Now().In(sender.Zone).Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	tomorrow := time.Date(year, month, day+1, 0, 0, 0, 0, sender.Zone)
	spentToday, spent, err := lockSpend(ctx, tx, org, c.ID, today)
	if err != nil {
		return 0, time.Time{}, err
	}
	fits := want
	if c.Budget.Daily != nil {
		fits = min(fits, int(max(0, c.Budget.Daily.AmountMinor*microsPerMinor-spentToday)/s.MailMicros))
	}
	if c.Budget.Total != nil {
		fits = min(fits, int(max(0, c.Budget.Total.AmountMinor*microsPerMinor-spent)/s.MailMicros))
	}
	if fits == 0 {
		return 0, tomorrow, nil
	}
	return fits, tomorrow, addSpend(ctx, tx, org, c.ID, today, int64(fits)*s.MailMicros)
}
