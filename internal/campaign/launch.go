package campaign

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rainmaker/internal/action"
	"rainmaker/internal/campaign/enrolment"
	"rainmaker/internal/compliance"
	"rainmaker/internal/lead"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// audienceChunk is how many leads are looked at or enrolled at a time.
const audienceChunk = 2000

// Obstacle is one reason why a campaign cannot be launched.
type Obstacle struct {
	Code     string `json:"code"`
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Excluded counts the people that one rule keeps out.
type Excluded struct {
	Rule    string `json:"rule"`
	Count   int    `json:"count"`
	Message string `json:"message"`
}

// Reach says how many people of the audience can be contacted on the first
// step's channel, and what keeps out the others. Total = Reachable + the sum of
// Excluded.
type Reach struct {
	Total     int        `json:"total"`
	Reachable int        `json:"reachable"`
	Excluded  []Excluded `json:"excluded"`
	// ZoneUnknown counts reachable people of unknown zone: their mail keeps the
	// organisation's hours.
	ZoneUnknown int `json:"zone_unknown"`
}

// Verdict is the answer of the launch gate. Warnings do not keep a campaign from
// its launch.
type Verdict struct {
	Ready    bool       `json:"ready"`
	Reasons  []Obstacle `json:"reasons"`
	Warnings []Obstacle `json:"warnings"`
	Audience Reach      `json:"audience"`
}

// alreadyEnrolled excludes who is in the campaign: nobody enters twice.
const alreadyEnrolled compliance.Rule = "already_enrolled"

// wordsOf says a rule as a person would.
func wordsOf(rule compliance.Rule) string {
	if rule == alreadyEnrolled {
		return "already in this campaign"
	}
	return rule.Words()
}

// Preflight gives the verdict of the launch gate and changes nothing.
func (s *Service) Preflight(ctx context.Context, org, campaign id.ID) (Verdict, error) {
	var v Verdict
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		c, err := findCampaign(ctx, tx, org, campaign, false)
		if err != nil {
			return err
		}
		v, err = s.gate(ctx, tx, org, &c)
		return err
	})
	return v, err
}

// gate finds every obstacle at once and counts the audience.
func (s *Service) gate(ctx context.Context, tx db.Tx, org id.ID, c *Campaign) (Verdict, error) {
	v := Verdict{Reasons: []Obstacle{}, Warnings: []Obstacle{}}
	add := func(code, location, format string, args ...any) {
		v.Reasons = append(v.Reasons, Obstacle{code, location, fmt.Sprintf(format, args...)})
	}
	sender, err := s.Compliance.Sender(ctx, tx, org)
	if err != nil {
		return v, err
	}
	if c.Status != Draft && c.Status != Completed {
		add("wrong_status", "status", "the campaign is %s", c.Status)
	}
	if len(c.Steps) == 0 {
		add("no_steps", "steps", "the sequence has no steps")
	}
	mails := false
	for i, step := range c.Steps {
		switch step.Channel {
		case ChannelEmail:
			mails = true
		case ChannelTask:
		default:
			add("channel_unavailable", fmt.Sprintf("steps[%d].channel", i), "this installation cannot do %s steps", step.Channel)
		}
	}
	if mails {
		if err := s.mailObstacles(ctx, tx, org, c, sender, add); err != nil {
			return v, err
		}
	}
	if sender.Paused {
		add("organization_paused", "organization.paused", "everything is paused; resume first")
	}
	if c.EndAt != nil && !c.EndAt.After(s.Clock.Now()) {
		add("ended", "end_at", "lies in the past")
	}
	notes, err := s.takeNotes(c, sender)
	if err != nil {
		return v, err
	}
	if v.Audience, err = s.reach(ctx, tx, org, c, sender, notes); err != nil {
		return v, err
	}
	if v.Warnings, err = s.warnings(ctx, tx, org, c, v.Audience, notes); err != nil {
		return v, err
	}
	if v.Audience.Total == 0 {
		add("empty_audience", "audience", "nobody matches the audience")
	} else if v.Audience.Reachable == 0 {
		add("nobody_reachable", "audience", "none of %d people can be contacted", v.Audience.Total)
	}
	v.Ready = len(v.Reasons) == 0
	return v, nil
}

func (s *Service) mailObstacles(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, sender compliance.Sender, add func(code, location, format string, args ...any)) error {
	if !sender.HasPostalAddress {
		add("no_postal_address", "organization.postal_address", "every commercial mail shows a postal address (15 U.S.C. 7704(a)(5)): set it in the organisation's settings")
	}
	if c.MailboxID == id.Nil {
		add("no_mailbox", "mailbox_id", "choose the mailbox to send from")
		return nil
	}
	mailbox, err := s.Email.Mailbox(ctx, tx, org, c.MailboxID)
	if errs.Is(err, errs.NotFound) {
		add("no_mailbox", "mailbox_id", "the mailbox is gone")
		return nil
	}
	if err == nil && mailbox.State != "active" {
		add("mailbox_"+mailbox.State, "mailbox_id", "the mailbox is %s", mailbox.State)
	}
	return err
}

// reach counts the audience by rule. Hours, the kill switch and the frequency
// cap do not exclude anybody: they only put off.
func (s *Service) reach(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, sender compliance.Sender, notes *notes) (Reach, error) {
	reach := Reach{}
	counts := map[compliance.Rule]int{}
	sender = counting(sender)
	for after := id.Nil; ; {
		people, err := s.Leads.Select(ctx, tx, org, c.Audience.Filter, after, audienceChunk)
		if err != nil {
			return Reach{}, fmt.Errorf("audience: %w", err)
		}
		if len(people) == 0 {
			break
		}
		after = people[len(people)-1]
		if err := s.reachOf(ctx, tx, org, c.ID, c.firstChannel(), sender, people, counts, &reach, notes); err != nil {
			return Reach{}, err
		}
	}
	reach.Excluded = excludedOf(counts)
	return reach, nil
}

// excludedOf lists the rules that keep people out, the most frequent first.
func excludedOf(counts map[compliance.Rule]int) []Excluded {
	out := []Excluded{}
	for rule, count := range counts {
		out = append(out, Excluded{string(rule), count, wordsOf(rule)})
	}
	slices.SortFunc(out, func(a, b Excluded) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Rule, b.Rule)) })
	return out
}

// reachOf adds one chunk of the audience to the counts.
func (s *Service) reachOf(ctx context.Context, tx db.Tx, org, campaign id.ID, channel string, sender compliance.Sender, people []id.ID, counts map[compliance.Rule]int, reach *Reach, notes *notes) error {
	judged, err := s.judge(ctx, tx, org, campaign, channel, sender, people)
	if err != nil {
		return err
	}
	for _, j := range judged {
		reach.Total++
		if j.rule != compliance.Allowed {
			counts[j.rule]++
			continue
		}
		reach.Reachable++
		if len(j.zones) == 0 {
			reach.ZoneUnknown++
		}
		notes.take(&j)
	}
	return nil
}

// judged is what the gate says of one person.
type judged struct {
	lead   id.ID
	person lead.Contact
	rule   compliance.Rule  // Allowed when they can be contacted now or later
	zones  []*time.Location // none: unknown
}

// judge asks the rules that exclude a person for good, and whether they are in
// the campaign already.
func (s *Service) judge(ctx context.Context, tx db.Tx, org, campaign id.ID, channel string, sender compliance.Sender, people []id.ID) ([]judged, error) {
	contacts, err := s.Leads.Contacts(ctx, tx, org, people)
	if err != nil {
		return nil, err
	}
	enrolled, err := enrolment.Enrolled(ctx, tx, org, campaign, people)
	if err != nil {
		return nil, err
	}
	touches := make([]compliance.Touch, len(people))
	for i, person := range people {
		contact := contacts[person]
		touches[i] = compliance.Touch{
			Lead: person, Channel: channel, Status: string(contact.Status),
			EmailBlind: contact.EmailBlind, DomainBlind: contact.EmailDomainBlind, PhoneBlind: contact.PhoneBlind,
			Zones: s.Compliance.Zones().Of(contact.Timezone, contact.Phone, contact.Region),
		}
	}
	verdicts, err := s.Compliance.Check(ctx, tx, org, sender, touches)
	if err != nil {
		return nil, err
	}
	out := make([]judged, len(people))
	for i, person := range people {
		out[i] = judged{lead: person, person: contacts[person], rule: compliance.Allowed, zones: touches[i].Zones}
		if enrolled[person] {
			out[i].rule = alreadyEnrolled
		} else if !verdicts[i].Allows() && !verdicts[i].PutsOff() {
			out[i].rule = verdicts[i].Rule
		}
	}
	return out, nil
}

// firstChannel is the channel on which the gate counts people.
func (c *Campaign) firstChannel() string {
	if len(c.Steps) > 0 && c.Steps[0].Channel == ChannelCall {
		return compliance.ChannelCall
	}
	return compliance.ChannelEmail
}

// counting is sender with what only puts off switched off.
func counting(sender compliance.Sender) compliance.Sender {
	sender.Paused, sender.Frequency.Touches, sender.HasPostalAddress = false, 0, true
	return sender
}

// Launch passes the gate, keeps a snapshot of what was launched, and starts to
// enrol. Obstacles come back together, as one Conflict.
func (s *Service) Launch(ctx context.Context, tx db.Tx, org, campaign id.ID, by string) (Campaign, Verdict, error) {
	c, err := findCampaign(ctx, tx, org, campaign, true)
	if err != nil {
		return Campaign{}, Verdict{}, err
	}
	verdict, err := s.gate(ctx, tx, org, &c)
	if err != nil {
		return Campaign{}, Verdict{}, err
	}
	if !verdict.Ready {
		refusal := errs.New(errs.Conflict, "the campaign cannot be launched")
		refusal.Code = "not_ready"
		for _, o := range verdict.Reasons {
			refusal.Fields = append(refusal.Fields, errs.Field{Location: o.Location, Message: o.Message})
		}
		return Campaign{}, verdict, refusal
	}
	now := s.Clock.Now()
	c.Status, c.LaunchedAt, c.Enrolling, c.UpdatedAt = Running, &now, true, now
	c.Version++
	if err := updateCampaign(ctx, tx, org, &c); err != nil {
		return Campaign{}, verdict, fmt.Errorf("launch campaign %s: %w", campaign, err)
	}
	if err := resetEnrolling(ctx, tx, org, campaign); err != nil {
		return Campaign{}, verdict, err
	}
	if err := s.keepSnapshot(ctx, tx, org, &c, verdict, by); err != nil {
		return Campaign{}, verdict, err
	}
	err = s.tell(ctx, tx, org, &c, "campaign.launched")
	return c, verdict, err
}

// keepSnapshot records what was launched, and the decision to.
func (s *Service) keepSnapshot(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, verdict Verdict, by string) error {
	steps, err := json.Marshal(c.Steps)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(snapshot{
		Version: c.Version, Policy: compliance.PolicyVersion, Audience: c.Audience, Counts: verdict.Audience,
		MailboxID: c.MailboxID, Schedule: c.Schedule, Steps: steps,
	})
	if err != nil {
		return err
	}
	if err := insertLaunch(ctx, tx, org, c.ID, by, s.Clock.Now(), raw); err != nil {
		return fmt.Errorf("keep launch: %w", err)
	}
	inputs, err := json.Marshal(verdict.Audience)
	if err != nil {
		return err
	}
	return s.Log.Decide(ctx, tx, org, action.Decision{
		Kind: "campaign.launch", CampaignID: c.ID, Inputs: inputs, Options: json.RawMessage(`["launch", "hold"]`), Chosen: "launch",
		Probability: 1, Decider: by, Reason: reachSentence(verdict.Audience),
	})
}

// reachSentence says the counts as a person would.
func reachSentence(r Reach) string {
	out := fmt.Sprintf("%d people: %d reachable, %d excluded", r.Total, r.Reachable, r.Total-r.Reachable)
	for i, x := range r.Excluded {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		out += fmt.Sprintf("%s%d %s", sep, x.Count, x.Message)
	}
	return out
}

// Enrolled says what became of a request to enrol people. Matched = Enrolled +
// the sum of Excluded.
type Enrolled struct {
	BatchID  id.ID      `json:"batch_id" doc:"Names those who are new, for taking it back."`
	Matched  int        `json:"matched"`
	Enrolled int        `json:"enrolled" doc:"How many are new in the campaign."`
	Excluded []Excluded `json:"excluded"`
}

// Enrol adds people to a running or paused campaign: the given leads, or those
// of a filter.
func (s *Service) Enrol(ctx context.Context, tx db.Tx, org, campaign id.ID, leads []id.ID, filter *lead.Filter) (Enrolled, error) {
	out := Enrolled{BatchID: id.New(), Excluded: []Excluded{}}
	c, err := findCampaign(ctx, tx, org, campaign, true)
	if err != nil {
		return out, err
	}
	if c.LaunchedAt == nil || c.Status == Archived {
		return out, errs.New(errs.Conflict, "people are enrolled when the campaign is launched; it is %s", c.Status)
	}
	left := map[compliance.Rule]int{}
	if filter == nil {
		if out.Enrolled, err = s.enrolChunk(ctx, tx, org, &c, leads, &out.BatchID, left); err != nil {
			return out, err
		}
		out.Matched = len(leads)
	} else {
		for after := id.Nil; ; {
			people, err := s.Leads.Select(ctx, tx, org, *filter, after, audienceChunk)
			if err != nil {
				return out, err
			}
			if len(people) == 0 {
				break
			}
			after = people[len(people)-1]
			n, err := s.enrolChunk(ctx, tx, org, &c, people, &out.BatchID, left)
			if err != nil {
				return out, err
			}
			out.Enrolled += n
			out.Matched += len(people)
		}
	}
	out.Excluded = excludedOf(left)
	if err := s.tellStarted(ctx, tx, org, c.ID, out.Enrolled); err != nil {
		return out, err
	}
	if out.Enrolled > 0 && c.Status == Completed {
		c.Status, c.UpdatedAt = Running, s.Clock.Now()
		c.Version++
		if err := updateCampaign(ctx, tx, org, &c); err != nil {
			return out, err
		}
		if err := s.tell(ctx, tx, org, &c, "campaign.resumed"); err != nil {
			return out, err
		}
	}
	s.Poke()
	return out, nil
}

// enrolChunk enrols those of the given leads that can be contacted at all and
// are not in the campaign. The others are counted in left by what keeps them
// out; batch is nil for the launch.
func (s *Service) enrolChunk(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, people []id.ID, batch *id.ID, left map[compliance.Rule]int) (int, error) {
	start := s.Clock.Now()
	if c.StartAt != nil && c.StartAt.After(start) {
		start = *c.StartAt
	}
	if len(c.Steps) == 0 {
		return 0, errs.New(errs.Conflict, "the sequence has no steps")
	}
	sender, err := s.Compliance.Sender(ctx, tx, org)
	if err != nil {
		return 0, err
	}
	verdicts, err := s.judge(ctx, tx, org, c.ID, c.firstChannel(), counting(sender), people)
	if err != nil {
		return 0, err
	}
	reachable := make([]id.ID, 0, len(people))
	for _, v := range verdicts {
		if v.rule == compliance.Allowed {
			reachable = append(reachable, v.lead)
		} else {
			left[v.rule]++
		}
	}
	added, err := s.enrol(ctx, tx, org, c, batch, reachable, c.Steps[0].at(start))
	if err != nil {
		return 0, fmt.Errorf("enrol %d: %w", len(reachable), err)
	}
	if again := len(reachable) - added; again > 0 {
		left[alreadyEnrolled] += again // named twice, or enrolled by another request meanwhile
	}
	return added, nil
}

// enrol writes enrolments of which the first step is due at first. Those whose
// step is due already take it at once: written as they are after it, they need
// not be written twice.
func (s *Service) enrol(ctx context.Context, tx db.Tx, org id.ID, c *Campaign, batch *id.ID, leads []id.ID, first time.Time) (int, error) {
	now := s.Clock.Now()
	leads = slices.Clone(leads)
	slices.SortFunc(leads, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) }) // as Tick does
	p := plan{moves: make([]enrolment.Move, len(leads))}
	due := make([]enrolment.Due, len(leads))
	for i, lead := range leads {
		due[i] = enrolment.Due{ID: id.New(), Lead: lead}
		p.moves[i] = enrolment.Move{Enrolment: due[i].ID, State: "active", NextAt: first}
	}
	over := c.EndAt != nil && !now.Before(*c.EndAt)
	if c.Status == Running && !over && !first.After(now) {
		var err error
		if p, err = s.decide(ctx, tx, org, c, due, now); err != nil {
			return 0, err
		}
	}
	added, err := enrolment.Insert(ctx, tx, org, c.ID, batch, leads, p.moves, now)
	if err != nil {
		return 0, err
	}
	p.keep(added)
	busy, err := s.propose(ctx, tx, org, &p, now)
	if err != nil || len(busy) == 0 {
		return len(added), err
	}
	return len(added), enrolment.Write(ctx, tx, org, c.ID, busy, now)
}

// keep drops the proposals of all but the given enrolments.
func (p *plan) keep(enrolments map[id.ID]bool) {
	kept := 0
	for i := range p.proposals {
		if enrolments[p.proposals[i].EnrolmentID] {
			p.proposals[kept], p.proposed[kept] = p.proposals[i], p.proposed[i]
			kept++
		}
	}
	p.proposals, p.proposed = p.proposals[:kept], p.proposed[:kept]
}
