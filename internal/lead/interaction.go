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
// the score: email.replied and call.answered (data.intent says how), meeting.booked,
// payment.received, and email.clicked with data.human true.
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
	case "email.replied", "email.clicked", "call.answered", "meeting.booked", "payment.received":
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
		if found, err := leadExists(ctx, tx, org, lead); err != nil || !found {
			return orNotFound(err)
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

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return notFound()
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
		if found, err := leadExists(ctx, tx, org, lead); err != nil || !found {
			return orNotFound(err)
		}
		return s.AddInteractions(ctx, tx, org, []Interaction{note})
	})
	return note, err
}

// Task is something a person has to do for a lead.
type Task struct {
	ID         id.ID      `json:"id"`
	LeadID     id.ID      `json:"lead_id"`
	CampaignID *id.ID     `json:"campaign_id"`
	Title      string     `json:"title"`
	Body       string     `json:"body" personal:"text"` // sealed
	AssigneeID *id.ID     `json:"assignee_id"`
	DueAt      *time.Time `json:"due_at"`
	DoneAt     *time.Time `json:"done_at"`
	CreatedAt  time.Time  `json:"created_at"`
}

// AddTask creates a task in a transaction of its own.
func (s *Service) AddTask(ctx context.Context, org id.ID, t Task) (Task, error) {
	err := s.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		t, err = s.CreateTask(ctx, tx, org, t)
		return err
	})
	return t, err
}

// CreateTask creates a task in tx; a campaign's task step calls it.
func (s *Service) CreateTask(ctx context.Context, tx db.Tx, org id.ID, t Task) (Task, error) {
	t.Title, t.Body = plain.Line(t.Title), plain.Text(t.Body)
	if t.Title == "" || len(t.Title) > MaxName {
		return Task{}, errs.InvalidField("body.title", "must be 1 to %d bytes", MaxName)
	}
	if len(t.Body) > maxNote {
		return Task{}, errs.InvalidField("body.body", "longer than %d bytes", maxNote)
	}
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return Task{}, err
	}
	if found, err := leadExists(ctx, tx, org, t.LeadID); err != nil || !found {
		return Task{}, orNotFound(err)
	}
	t.ID, t.CreatedAt, t.DoneAt = id.New(), s.Clock.Now(), nil
	body, err := keys.Seal("tasks", "body", t.ID, t.Body)
	if err != nil {
		return Task{}, err
	}
	if err := insertTask(ctx, tx, org, t, body); err != nil {
		return Task{}, err
	}
	data, err := json.Marshal(map[string]any{"task_id": t.ID, "title": t.Title})
	if err != nil {
		return Task{}, fmt.Errorf("task: %w", err)
	}
	entry := Interaction{LeadID: t.LeadID, CampaignID: t.CampaignID, Type: "task.created", Channel: "task", OccurredAt: t.CreatedAt, Data: data}
	if err := s.AddInteractions(ctx, tx, org, []Interaction{entry}); err != nil {
		return Task{}, err
	}
	return t, s.tell(ctx, tx, org, eventTaskCreated, t.LeadID, t.CreatedAt, taskTold{t.LeadID, t.ID, t.Title})
}

// maxTasks is the length of a list of tasks.
const maxTasks = 200

// Tasks returns the tasks of a lead, newest first; for the zero lead all open
// ones, the most urgent first.
func (s *Service) Tasks(ctx context.Context, org, lead id.ID) ([]Task, error) {
	keys, err := s.Keys.Keys(ctx, org)
	if err != nil {
		return nil, err
	}
	out := []Task{}
	err = s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		if lead != id.Nil {
			if found, err := leadExists(ctx, tx, org, lead); err != nil || !found {
				return orNotFound(err)
			}
		}
		rows, err := listTasks(ctx, tx, org, lead, maxTasks)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Body, err = keys.Open("tasks", "body", r.ID, r.body); err != nil {
				return err
			}
			out = append(out, r.Task)
		}
		return nil
	})
	return out, err
}

// FinishTask marks a task done, or open again.
func (s *Service) FinishTask(ctx context.Context, org, task id.ID, done bool) error {
	now := s.Clock.Now()
	return s.DB.InTenant(ctx, org, func(tx db.Tx) error {
		var at *time.Time
		if done {
			at = &now
		}
		lead, err := finishTask(ctx, tx, org, task, at)
		if db.NoRows(err) {
			return notFound()
		}
		if err != nil {
			return fmt.Errorf("finish task: %w", err)
		}
		if !done {
			return nil
		}
		return s.tell(ctx, tx, org, eventTaskFinished, lead, now, taskTold{ID: lead, Task: task})
	})
}

// uniqueIDs returns ids sorted without repetition.
func uniqueIDs(ids []id.ID) []id.ID {
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(out)
}
