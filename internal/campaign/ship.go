package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"rainmaker/internal/action"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Ship gives one variant all the traffic of its step from now on, and keeps the
// decision with the shares that were before. Mails that are prepared already keep
// their words. version is what If-Match said, 0 for any.
func (s *Service) Ship(ctx context.Context, tx db.Tx, org, campaign, variant id.ID, version int, by string) (Campaign, error) {
	var options, shares []string
	chosen := ""
	if c, err := findCampaign(ctx, tx, org, campaign, true); err != nil {
		return Campaign{}, err
	} else if c.stepOf(variant) == nil {
		return Campaign{}, errs.New(errs.NotFound, "not found")
	}
	after, err := s.Update(ctx, tx, org, campaign, version, func(c *Campaign) error {
		step := c.stepOf(variant)
		if len(step.Variants) < 2 {
			return errs.New(errs.Conflict, "this step has one version only")
		}
		for i := range step.Variants {
			v := &step.Variants[i]
			options = append(options, v.Name)
			shares = append(shares, fmt.Sprintf("%s %d", v.Name, v.Weight))
			v.Weight = 0
			if v.ID == variant {
				v.Weight, chosen = 100, v.Name
			}
		}
		return nil
	})
	if err != nil {
		return Campaign{}, err
	}
	raw, err := json.Marshal(options)
	if err != nil {
		return Campaign{}, err
	}
	inputs, err := json.Marshal(map[string]any{"variant_id": variant, "shares_before": shares})
	if err != nil {
		return Campaign{}, err
	}
	return after, s.Log.Decide(ctx, tx, org, action.Decision{
		Kind: "variant.ship", CampaignID: campaign, Inputs: inputs, Options: raw, Chosen: chosen, Probability: 1, Decider: by,
		Reason: fmt.Sprintf("a person ended the test: everybody gets %q from now on; shares were %s", chosen, strings.Join(shares, ", ")),
	})
}

// stepOf returns the step that has the variant, or nil.
func (c *Campaign) stepOf(variant id.ID) *Step {
	for i := range c.Steps {
		for _, v := range c.Steps[i].Variants {
			if v.ID == variant {
				return &c.Steps[i]
			}
		}
	}
	return nil
}

// maxName is what validate takes.
const maxName = 200

// Copy makes a draft with everything that a campaign says and nobody in it.
func (s *Service) Copy(ctx context.Context, tx db.Tx, org, campaign id.ID) (Campaign, error) {
	c, err := findCampaign(ctx, tx, org, campaign, false)
	if err != nil {
		return Campaign{}, err
	}
	name := "Copy of " + c.Name
	for len(name) > maxName {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	return s.Create(ctx, tx, org, Campaign{
		Name: name, Type: c.Type, Goal: c.Goal, Audience: c.Audience, Steps: c.Steps, AI: c.AI, Budget: c.Budget,
		Schedule: c.Schedule, ABTesting: c.ABTesting, MailboxID: c.mailboxIfThere(ctx, s, tx, org),
	})
}

// mailboxIfThere is the campaign's mailbox, or none when it is gone by now.
func (c *Campaign) mailboxIfThere(ctx context.Context, s *Service, tx db.Tx, org id.ID) id.ID {
	if s.checkMailbox(ctx, tx, org, c.MailboxID) != nil {
		return id.Nil
	}
	return c.MailboxID
}
