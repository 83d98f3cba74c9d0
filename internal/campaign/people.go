package campaign

import (
	"context"
	"fmt"

	"rainmaker/internal/compliance"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

// Candidate is a person of the audience and what the gate says of them.
type Candidate struct {
	LeadID      id.ID  `json:"lead_id"`
	Name        string `json:"name"`
	Company     string `json:"company"`
	Title       string `json:"title"`
	Rule        string `json:"rule" doc:"allowed, or what excludes them."`
	Message     string `json:"message"`
	ZoneUnknown bool   `json:"zone_unknown"`
}

// zoneUnknown asks for the reachable people without a known zone.
const zoneUnknown = "zone_unknown"

// maxCandidateChunks bounds one question: a rule that excludes few people of a
// large audience is answered over several pages.
const maxCandidateChunks = 10

// Candidates lists people of the audience for whom the gate says rule (empty for
// any), after a lead's id. next is where to go on, Nil at the end; a page may be
// short, or empty, before the end.
func (s *Service) Candidates(ctx context.Context, org, campaign id.ID, rule string, after id.ID, limit int) (out []Candidate, next id.ID, err error) {
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c, err := findCampaign(ctx, tx, org, campaign, false)
		if err != nil {
			return err
		}
		sender, err := s.Compliance.Sender(ctx, tx, org)
		if err != nil {
			return err
		}
		for range maxCandidateChunks {
			people, err := s.Leads.Select(ctx, tx, org, c.Audience.Filter, after, audienceChunk)
			if err != nil {
				return fmt.Errorf("audience: %w", err)
			}
			if len(people) == 0 {
				next = id.Nil
				return nil
			}
			found, err := s.judge(ctx, tx, org, c.ID, c.firstChannel(), counting(sender), people)
			if err != nil {
				return err
			}
			for _, j := range found {
				if !j.answers(rule) {
					continue
				}
				if len(out) == limit {
					next = out[limit-1].LeadID
					return nil
				}
				out = append(out, j.candidate())
			}
			after = people[len(people)-1]
			next = after
		}
		return nil
	})
	return out, next, err
}

// answers reports whether the person is one of those asked for.
func (j *judged) answers(rule string) bool {
	switch rule {
	case "":
		return true
	case zoneUnknown:
		return j.rule == compliance.Allowed && len(j.zones) == 0
	}
	return string(j.rule) == rule
}

func (j *judged) candidate() Candidate {
	return Candidate{
		LeadID: j.lead, Name: j.person.Name(), Company: j.person.Company, Title: j.person.Title,
		Rule: string(j.rule), Message: wordsOf(j.rule), ZoneUnknown: len(j.zones) == 0,
	}
}
