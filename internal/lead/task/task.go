// Package task keeps what people have to do for leads.
//
// Invariants: a task belongs to one lead and goes with it; its body is sealed.
// Each shows in the history of its lead as task.created.
//
// Events out: lead.task_created, lead.task_finished; the subject is the lead.
// Table: tasks. Files: task.go (rules), store.go (SQL).
package task

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rainmaker/internal/lead"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

const (
	maxBody = 32 << 10 // bytes
	// maxListed is the length of a list of tasks.
	maxListed = 200
)

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

// Service keeps tasks.
type Service struct{ leads *lead.Service }

// New returns a Service.
func New(leads *lead.Service) *Service { return &Service{leads} }

// Add creates a task in a transaction of its own.
func (s *Service) Add(ctx context.Context, org id.ID, t Task) (Task, error) {
	err := s.leads.DB.InTenant(ctx, org, func(tx db.Tx) (err error) {
		t, err = s.AddIn(ctx, tx, org, t)
		return err
	})
	return t, err
}

// AddIn creates a task in tx; a campaign's task step calls it.
func (s *Service) AddIn(ctx context.Context, tx db.Tx, org id.ID, t Task) (Task, error) {
	t.Title, t.Body = plain.Line(t.Title), plain.Text(t.Body)
	if t.Title == "" || len(t.Title) > lead.MaxName {
		return Task{}, errs.InvalidField("body.title", "must be 1 to %d bytes", lead.MaxName)
	}
	if len(t.Body) > maxBody {
		return Task{}, errs.InvalidField("body.body", "longer than %d bytes", maxBody)
	}
	keys, err := s.leads.Keys.Keys(ctx, org)
	if err != nil {
		return Task{}, err
	}
	if err := lead.Exists(ctx, tx, org, t.LeadID); err != nil {
		return Task{}, err
	}
	t.ID, t.CreatedAt, t.DoneAt = id.New(), s.leads.Clock.Now(), nil
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
	entry := lead.Interaction{LeadID: t.LeadID, CampaignID: t.CampaignID, Type: "task.created", Channel: "task", OccurredAt: t.CreatedAt, Data: data}
	if err := s.leads.AddInteractions(ctx, tx, org, []lead.Interaction{entry}); err != nil {
		return Task{}, err
	}
	return t, tell(ctx, tx, org, "lead.task_created", t.CreatedAt, told{t.LeadID, t.ID, t.Title})
}

// List returns the tasks of a lead, newest first; for the zero lead all open
// ones, the most urgent first.
func (s *Service) List(ctx context.Context, org, of id.ID) ([]Task, error) {
	keys, err := s.leads.Keys.Keys(ctx, org)
	if err != nil {
		return nil, err
	}
	out := []Task{}
	err = s.leads.DB.InTenant(ctx, org, func(tx db.Tx) error {
		if of != id.Nil {
			if err := lead.Exists(ctx, tx, org, of); err != nil {
				return err
			}
		}
		rows, err := listTasks(ctx, tx, org, of, maxListed)
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

// Finish marks a task done, or open again.
func (s *Service) Finish(ctx context.Context, org, task id.ID, done bool) error {
	now := s.leads.Clock.Now()
	return s.leads.DB.InTenant(ctx, org, func(tx db.Tx) error {
		var at *time.Time
		if done {
			at = &now
		}
		of, err := finishTask(ctx, tx, org, task, at)
		if db.NoRows(err) {
			return errs.New(errs.NotFound, "not found")
		}
		if err != nil {
			return fmt.Errorf("finish task: %w", err)
		}
		if !done {
			return nil
		}
		return tell(ctx, tx, org, "lead.task_finished", now, told{ID: of, Task: task})
	})
}

// told is the data of the events.
type told struct {
	ID    id.ID  `json:"lead_id"`
	Task  id.ID  `json:"task_id"`
	Title string `json:"title"`
}

// tell appends one event in tx.
func tell(ctx context.Context, tx db.Tx, org id.ID, typ string, at time.Time, data told) error {
	e, err := event.New(typ, data.ID.String(), at, data)
	if err != nil {
		return err
	}
	return event.Append(ctx, tx, org, e)
}
