package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/email"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

const (
	maxSteps    = 50
	maxVariants = 10
	maxDelay    = 365 * 24 * time.Hour
)

var (
	types    = []string{"email_sequence", "outbound_calls", "social_media", "multichannel"}
	channels = []string{ChannelEmail, ChannelCall, ChannelSocial, ChannelTask}
	levels   = []string{"", AutonomySuggest, AutonomyApprove, AutonomyAuto}
)

// validate checks c and fills in what has a default. It names the field that is
// wrong.
func (c *Campaign) validate() error {
	c.Name = strings.TrimSpace(c.Name)
	switch {
	case c.Name == "":
		return errs.InvalidField("body.name", "is required")
	case len(c.Name) > 200 || strings.ContainsAny(c.Name, "\r\n\x00"):
		return errs.InvalidField("body.name", "must be one line of at most 200 characters")
	case !slices.Contains(types, c.Type):
		return errs.InvalidField("body.type", "want one of %s", strings.Join(types, ", "))
	case !slices.Contains(levels, c.AI.Autonomy):
		return errs.InvalidField("body.ai.autonomy", "want suggest, approve or auto")
	case c.StartAt != nil && c.EndAt != nil && !c.EndAt.After(*c.StartAt):
		return errs.InvalidField("body.end_at", "must be later than start_at")
	}
	if c.AI.Autonomy == "" {
		c.AI.Autonomy = AutonomyAuto
	}
	if len(c.AI.KnowledgeIDs) > 0 {
		return errs.InvalidField("body.ai.knowledge_ids[0]", "there is no such knowledge: there is no knowledge base yet, so the list must be empty")
	}
	if err := c.Budget.validate(); err != nil {
		return err
	}
	if _, _, err := c.Schedule.window(); err != nil {
		return err
	}
	return c.validateSteps()
}

func (b Budget) validate() error {
	if b.Daily != nil {
		if err := b.Daily.Validate("body.budget.daily"); err != nil {
			return err
		}
	}
	if b.Total != nil {
		return b.Total.Validate("body.budget.total")
	}
	return nil
}

// window reads the schedule: when, and in which fixed zone (nil for the lead's
// own).
func (s Schedule) window() (compliance.Window, *time.Location, error) {
	window, err := compliance.ParseWindow("body.schedule", s.Days, s.From, s.To)
	if err != nil || s.Timezone == "" || s.Timezone == "lead" {
		return window, nil, err
	}
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil || s.Timezone == "Local" {
		return window, nil, errs.InvalidField("body.schedule.timezone", "want \"lead\" or an IANA name such as America/Los_Angeles")
	}
	return window, zone, nil
}

func (c *Campaign) validateSteps() error {
	if len(c.Steps) > maxSteps {
		return errs.InvalidField("body.steps", "at most %d steps", maxSteps)
	}
	seen := map[id.ID]bool{}
	for i := range c.Steps {
		step := &c.Steps[i]
		at := fmt.Sprintf("body.steps[%d]", i)
		if step.ID == id.Nil {
			step.ID = id.New()
		}
		if seen[step.ID] {
			return errs.InvalidField(at+".id", "is used twice")
		}
		seen[step.ID] = true
		if err := step.validate(at, c.Type); err != nil {
			return err
		}
	}
	return nil
}

func (s *Step) validate(at, campaignType string) error {
	switch {
	case !slices.Contains(channels, s.Channel):
		return errs.InvalidField(at+".channel", "want one of %s", strings.Join(channels, ", "))
	case campaignType == "email_sequence" && s.Channel != ChannelEmail && s.Channel != ChannelTask:
		return errs.InvalidField(at+".channel", "an email_sequence has email and task steps; choose type multichannel for others")
	case s.Delay < 0 || s.Delay > maxDelay:
		return errs.InvalidField(at+".delay", "must be from 0s to 8760h")
	case len(s.Variants) == 0:
		return errs.InvalidField(at+".variants", "at least one is required")
	case len(s.Variants) > maxVariants:
		return errs.InvalidField(at+".variants", "at most %d", maxVariants)
	}
	if s.Condition != nil {
		if err := s.Condition.Validate(at+".when", 1); err != nil {
			return err
		}
	}
	total := 0
	for i := range s.Variants {
		v := &s.Variants[i]
		if v.ID == id.Nil {
			v.ID = id.New()
		}
		if v.Name == "" {
			v.Name = string(rune('A' + i))
		}
		total += v.Weight
		if err := v.validate(fmt.Sprintf("%s.variants[%d]", at, i), s.Channel); err != nil {
			return err
		}
	}
	if total == 0 {
		return errs.InvalidField(at+".variants", "the weights must not all be 0")
	}
	return nil
}

func (v *Variant) validate(at, channel string) error {
	if v.Weight < 0 || v.Weight > 1_000_000 {
		return errs.InvalidField(at+".weight", "must be from 0 to 1000000")
	}
	if len(v.Prompt) > 10_000 || len(v.Script) > 50_000 {
		return errs.InvalidField(at, "prompt or script is too long")
	}
	if channel != ChannelEmail || v.Subject == "" && v.Body == "" && v.Prompt != "" {
		return nil // words are written from the prompt before they are needed
	}
	return email.CheckContent(at, v.Subject, v.Body)
}
