package lead

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/lead/score"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

func notFound() error { return errs.New(errs.NotFound, "not found") }

// Interaction is one thing that passed between us and a lead. Types that change
// the score: email.replied and call.answered (data.intent says how), reply.corrected
// and reply.resorted (data.from and data.to), meeting.booked, payment.received, and
// email.clicked with data.human true.
type Interaction struct {
	ID         id.ID           `json:"id"`
	LeadID     id.ID           `json:"lead_id"`
	CampaignID *id.ID          `json:"campaign_id"`
	ActionID   *id.ID          `json:"action_id"`
	Type       string          `json:"type"`
	Channel    string          `json:"channel"`
	Direction  string          `json:"direction" enum:"in,out,none"`
	OccurredAt time.Time       `json:"occurred_at"`
	Data       json.RawMessage `json:"data"`
	Body       string          `json:"body,omitempty" doc:"Text of a reply or note" personal:"text"` // sealed
}

// changesScore reports whether interactions of the type can move a score.
func changesScore(typ string) bool {
	switch typ {
	case "email.replied", "email.clicked", "call.answered", "meeting.booked", "payment.received", "reply.corrected", "reply.resorted":
		return true
	}
	return false
}

// AddInteractions records interactions in tx, in one statement, and scores the
// leads anew whose score they can change. Missing ids, times and data are
// filled in.
func (s *Service) AddInteractions(ctx context.Context, tx db.Tx, org id.ID, list []Interaction) error {
	if len(list) == 0 {
		return nil
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	rows := make([]interactionRow, len(list))
	var rescore []id.ID
	for i, in := range list {
		if in.ID == id.Nil {
			in.ID = id.New()
		}
		if in.OccurredAt.IsZero() {
			in.OccurredAt = s.Clock.Now()
		}
		if len(in.Data) == 0 {
			in.Data = json.RawMessage("{}")
		}
		if in.Direction == "" {
			in.Direction = "none"
		}
		rows[i].Interaction = in
		if rows[i].body, err = keys.Seal("interactions", "body", in.ID, in.Body); err != nil {
			return err
		}
		if changesScore(in.Type) {
			rescore = append(rescore, in.LeadID)
		}
	}
	if err := insertInteractions(ctx, tx, org, rows); err != nil {
		return err
	}
	return s.Rescore(ctx, tx, org, rescore)
}

// Rescore computes the scores of leads from their facts of this moment and
// tells of those that changed.
func (s *Service) Rescore(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID) error {
	if len(leads) == 0 {
		return nil
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return err
	}
	facts, err := lockForScore(ctx, tx, org, leads)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	scores := score.NewScorer(now)
	var ids []id.ID
	var points []int
	var reasons []string
	var events []event.Event
	for _, f := range facts {
		email, err := keys.Open("leads", "email", f.id, f.emailSealed)
		if err != nil {
			return err
		}
		if email != "" {
			f.facts.EmailDomain = compliance.EmailDomain(email)
		}
		fresh, err := scores.Score(f.facts)
		if err != nil {
			return err
		}
		if fresh.Points == f.score {
			continue
		}
		ids, points, reasons = append(ids, f.id), append(points, fresh.Points), append(reasons, string(fresh.Stored))
		e, err := event.New(eventScored, f.id.String(), now, scoreChanged{f.id, f.score, fresh.Points, score.Version})
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	if len(ids) == 0 {
		return nil
	}
	if err := writeScores(ctx, tx, org, ids, points, reasons, now); err != nil {
		return err
	}
	return event.Append(ctx, tx, org, events...)
}

// SetStatus moves a lead because something happened, in tx. Where Next does not
// allow the move nothing changes, and that is no error.
func (s *Service) SetStatus(ctx context.Context, tx db.Tx, org, lead id.ID, status Status, reason string) error {
	return s.SetStatuses(ctx, tx, org, []id.ID{lead}, status, reason)
}

// SetStatuses is SetStatus for many leads.
func (s *Service) SetStatuses(ctx context.Context, tx db.Tx, org id.ID, leads []id.ID, status Status, reason string) error {
	now := s.Clock.Now()
	changed, err := moveStatus(ctx, tx, org, leads, sources(status), status, reason, now)
	if err != nil {
		return err
	}
	events := make([]event.Event, 0, len(changed))
	for _, m := range changed {
		e, err := event.New(eventStatusChanged, m.id.String(), now, statusChanged{m.id, m.from, status, reason})
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	if err := event.Append(ctx, tx, org, events...); err != nil {
		return err
	}
	// A closed lead has no score.
	if !status.closed() {
		return nil
	}
	ids := make([]id.ID, len(changed))
	for i, m := range changed {
		ids[i] = m.id
	}
	return s.Rescore(ctx, tx, org, ids)
}

// History is one page of a lead's interactions, newest first.
type History struct {
	Items []Interaction
	Next  string
}

// Interactions returns a page of what passed between us and a lead.
func (s *Service) Interactions(ctx context.Context, org, lead id.ID, from string, limit int) (History, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return History{}, err
	}
	before, beforeID, err := ParsePlace(from)
	if err != nil {
		return History{}, err
	}
	limit = min(max(limit, 1), 200)
	page := History{Items: []Interaction{}}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		if err := Exists(ctx, tx, org, lead); err != nil {
			return err
		}
		rows, err := listInteractions(ctx, tx, org, lead, before, beforeID, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			page.Next = Place(rows[limit-1].OccurredAt, rows[limit-1].ID)
		}
		for _, r := range rows {
			if r.Body, err = keys.Open("interactions", "body", r.ID, r.body); err != nil {
				return err
			}
			page.Items = append(page.Items, r.Interaction)
		}
		return nil
	})
	return page, err
}

// maxNote bounds a note.
const maxNote = 32 << 10

// AddNote records what a person of the organisation wants remembered.
func (s *Service) AddNote(ctx context.Context, org, lead id.ID, author id.ID, body string) (Interaction, error) {
	body = plain.Text(body)
	if body == "" || len(body) > maxNote {
		return Interaction{}, errs.InvalidField("body.body", "must be 1 to %d bytes of text", maxNote)
	}
	data, err := json.Marshal(map[string]any{"author_id": author})
	if err != nil {
		return Interaction{}, fmt.Errorf("note: %w", err)
	}
	note := Interaction{
		ID: id.New(), LeadID: lead, Type: "note.added", Channel: "note", Direction: "none",
		OccurredAt: s.Clock.Now(), Data: data, Body: body,
	}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		if err := Exists(ctx, tx, org, lead); err != nil {
			return err
		}
		return s.AddInteractions(ctx, tx, org, []Interaction{note})
	})
	return note, err
}

// uniqueIDs returns ids sorted without repetition.
func uniqueIDs(ids []id.ID) []id.ID {
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(out)
}
