package campaign

import (
	"context"
	"time"

	"rainmaker/internal/campaign/mailview"
	"rainmaker/internal/compliance"
	"rainmaker/internal/email/message"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// StepPreview is what one variant of one step would say to a person.
type StepPreview struct {
	StepID    id.ID           `json:"step_id"`
	VariantID id.ID           `json:"variant_id"`
	Channel   string          `json:"channel"`
	Subject   string          `json:"subject" personal:"text"`
	Text      string          `json:"text" personal:"text"`
	HTML      string          `json:"html" personal:"text"`
	Missing   []string        `json:"missing" doc:"Merge fields that come out empty."`
	Links     []string        `json:"links" doc:"Fixed addresses in the mail."`
	Hints     []mailview.Hint `json:"hints" doc:"What filters may take amiss, by rule."`
}

// PersonVerdict is what the rules say of a person right now.
type PersonVerdict struct {
	Rule    compliance.Rule `json:"rule"`
	Allowed bool            `json:"allowed"`
	Until   *time.Time      `json:"until" doc:"When to ask again, for rules that only put off."`
	Message string          `json:"message"`
}

// Preview renders every variant for a person and asks the rules about them. It
// changes nothing.
func (s *Service) Preview(ctx context.Context, org, campaign, person id.ID) ([]StepPreview, PersonVerdict, error) {
	previews, verdict := []StepPreview{}, PersonVerdict{}
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c, err := findCampaign(ctx, tx, org, campaign, false)
		if err != nil {
			return err
		}
		contacts, err := s.Leads.Contacts(ctx, tx, org, []id.ID{person})
		if err != nil {
			return err
		}
		contact, known := contacts[person]
		if !known {
			return errs.InvalidField("body.lead_id", "there is no such lead")
		}
		for _, step := range c.Steps {
			for _, v := range step.Variants {
				p := StepPreview{StepID: step.ID, VariantID: v.ID, Channel: step.Channel, Subject: v.Subject, Text: v.Body, Missing: []string{}, Links: []string{}, Hints: []mailview.Hint{}}
				if step.Channel == ChannelEmail {
					shown, err := s.Email.Preview(ctx, tx, org, c.MailboxID, v.Subject, v.Body, &contact)
					if err != nil {
						return err
					}
					p.Subject, p.Text, p.HTML = shown.Subject, shown.Text, shown.HTML
					p.Missing = append(p.Missing, shown.Missing...)
					p.Links = append(p.Links, message.Links(v.Body)...)
					p.Hints = mailview.Hints(v.Subject, v.Body, p.Links)
				}
				previews = append(previews, p)
			}
		}
		sender, err := s.Compliance.Sender(ctx, tx, org)
		if err != nil {
			return err
		}
		window, zone, err := c.Schedule.window()
		if err != nil {
			return err
		}
		touch := compliance.Touch{
			Lead: person, Channel: c.firstChannel(), Status: string(contact.Status), Window: window,
			EmailBlind: contact.EmailBlind, DomainBlind: contact.EmailDomainBlind, PhoneBlind: contact.PhoneBlind,
			Zones: s.Compliance.Zones().Of(contact.Timezone, contact.Phone, contact.Region),
		}
		if zone != nil {
			touch.Zones = []*time.Location{zone}
		}
		decided, err := s.Compliance.Check(ctx, tx, org, sender, []compliance.Touch{touch})
		if err != nil {
			return err
		}
		verdict = PersonVerdict{Rule: decided[0].Rule, Allowed: decided[0].Allows(), Message: decided[0].Rule.Words()}
		if decided[0].PutsOff() {
			verdict.Until = &decided[0].Until
		}
		return nil
	})
	return previews, verdict, err
}

// PreviewOne renders one mail for a person, or for nobody (Nil): then only
// fallbacks stand where fields are. It changes nothing.
func (s *Service) PreviewOne(ctx context.Context, org, campaign, variant, person id.ID) (message.Preview, error) {
	var shown message.Preview
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c, err := findCampaign(ctx, tx, org, campaign, false)
		if err != nil {
			return err
		}
		step := c.stepOf(variant)
		if step == nil || step.Channel != ChannelEmail {
			return errs.New(errs.NotFound, "not found")
		}
		contact := lead.Contact{}
		if person != id.Nil {
			contacts, err := s.Leads.Contacts(ctx, tx, org, []id.ID{person})
			if err != nil {
				return err
			}
			found, known := contacts[person]
			if !known {
				return errs.New(errs.NotFound, "not found")
			}
			contact = found
		}
		for _, v := range step.Variants {
			if v.ID == variant {
				shown, err = s.Email.Preview(ctx, tx, org, c.MailboxID, v.Subject, v.Body, &contact)
			}
		}
		return err
	})
	return shown, err
}
