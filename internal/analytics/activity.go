package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Line is one thing that happened, in words.
type Line struct {
	Seq        int64
	Event      string
	OccurredAt time.Time
	Text       string
	LeadID     id.ID // Nil when it is about none, or about several
	CampaignID id.ID
}

// told is what activity lines read of any payload.
type told struct {
	touched
	ID         id.ID  `json:"id"`
	LeadID     id.ID  `json:"lead_id"`
	CampaignID id.ID  `json:"campaign_id"`
	Name       string `json:"name"`
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	Created    int64  `json:"created"`
	Updated    int64  `json:"updated"`
	Count      int64  `json:"count"`
}

// phrases maps the events that make a line to their words: for one person, for
// several. %s is the person, %d the number.
func phrases() map[string][2]string {
	return map[string][2]string{
		"email.sent":         {"Mail sent to %s", "%d mails sent"},
		"email.clicked":      {"%s followed a link", "%d people followed a link"},
		"email.replied":      {"%s replied", "%d people replied"},
		"email.bounced":      {"Mail to %s bounced", "%d mails bounced"},
		"email.unsubscribed": {"%s opted out", "%d people opted out"},
		"email.complained":   {"%s reported a mail as spam", "%d mails reported as spam"},
		"email.failed":       {"Mail to %s was rejected", "%d mails were rejected"},
		"email.in_doubt":     {"Mail to %s is in doubt", "%d mails are in doubt"},
		"email.refused":      {"Mail to %s was held back by a rule", "%d mails were held back by a rule"},
		"action.in_doubt":    {"A touch of %s is in doubt", "%d touches are in doubt"},
		"lead.created":       {"New lead: %s", ""},
		"lead.imported":      {"", "%d leads imported"},
		"meeting.booked":     {"%s booked a meeting", ""},
		"deal.won":           {"Deal won with %s", ""},
		"campaign.launched":  {"Campaign launched", ""},
		"campaign.paused":    {"Campaign paused", ""},
		"campaign.resumed":   {"Campaign resumed", ""},
		"campaign.completed": {"Campaign completed", ""},
		"campaign.finished":  {"Campaign completed", ""},
		"campaign.archived":  {"Campaign archived", ""},
		"enrolment.started":  {"", "%d people enrolled"},
	}
}

// Activity lists recent lines with after < seq < before, newest first; before 0
// means up to now. Events are kept for a week.
func (s *Service) Activity(ctx context.Context, org id.ID, after, before int64, limit int) ([]Line, error) {
	words := phrases()
	types := make([]string, 0, len(words))
	for typ := range words {
		types = append(types, typ)
	}
	var events []event.Event
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		events, err = event.Latest(ctx, tx, org, types, after, before, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	lines, payloads := make([]Line, len(events)), make([]told, len(events))
	var leads, campaigns []id.ID
	for i := range events {
		e := &events[i]
		// A payload of an unexpected shape still makes a line.
		_ = json.Unmarshal(e.Data, &payloads[i])
		lines[i] = Line{Seq: e.Seq, Event: e.Type, OccurredAt: e.OccurredAt}
		lines[i].LeadID, lines[i].CampaignID = payloads[i].about(e.Type)
		leads, campaigns = append(leads, lines[i].LeadID), append(campaigns, lines[i].CampaignID)
	}
	people, plans, err := s.names(ctx, org, leads, campaigns)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		lines[i].Text = phrase(words[lines[i].Event], &payloads[i], people[lines[i].LeadID], plans[lines[i].CampaignID], lines[i].Event)
	}
	return lines, nil
}

func (s *Service) names(ctx context.Context, org id.ID, leads, campaigns []id.ID) (people, plans map[id.ID]string, err error) {
	if s.Names == nil {
		return nil, nil, nil
	}
	if people, err = s.Names.LeadNames(ctx, org, distinct(leads)); err != nil {
		return nil, nil, fmt.Errorf("names of leads: %w", err)
	}
	if plans, err = s.Names.CampaignNames(ctx, org, distinct(campaigns)); err != nil {
		return nil, nil, fmt.Errorf("names of campaigns: %w", err)
	}
	return people, plans, nil
}

// distinct drops repetitions and Nil.
func distinct(ids []id.ID) []id.ID {
	out, seen := []id.ID{}, map[id.ID]bool{id.Nil: true}
	for _, v := range ids {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// about finds the person and the campaign of a payload. Several people are none;
// so are several campaigns.
func (t *told) about(typ string) (lead, campaign id.ID) {
	lead, campaign = t.LeadID, t.CampaignID
	switch {
	case strings.HasPrefix(typ, "campaign."):
		campaign = t.ID
	case strings.HasPrefix(typ, "lead.") && lead == id.Nil:
		lead = t.ID
	}
	for i, item := range t.Items {
		if i == 0 {
			lead, campaign = item.LeadID, item.CampaignID
			continue
		}
		lead = id.Nil
		if item.CampaignID != campaign {
			campaign = id.Nil
		}
	}
	return lead, campaign
}

// phrase puts one line into words.
func phrase(words [2]string, t *told, person, campaign, typ string) string {
	if own := strings.TrimSpace(t.FirstName + " " + t.LastName); person == "" && own != "" {
		person = own
	}
	if person == "" && strings.HasPrefix(typ, "lead.") {
		person = t.Name
	}
	if person == "" {
		person = "somebody"
	}
	if campaign == "" && strings.HasPrefix(typ, "campaign.") {
		campaign = t.Name
	}
	n := max(t.Created, t.Count, int64(len(t.Items)))
	text := words[0]
	switch {
	case words[0] == "" || (words[1] != "" && n > 1):
		text = fmt.Sprintf(words[1], n)
	case strings.Contains(text, "%s"):
		text = fmt.Sprintf(text, person)
	}
	if typ == "email.replied" && len(t.Items) == 1 && t.Items[0].Intent != "" {
		text += ": " + strings.ReplaceAll(t.Items[0].Intent, "_", " ")
	}
	if campaign != "" {
		text += " · " + campaign
	}
	if rest, unnamed := strings.CutPrefix(text, "somebody"); unnamed {
		text = "Somebody" + rest
	}
	return text
}
