package campaign_test

import (
	"context"
	"errors"
	"testing"

	"rainmaker/internal/campaign"
	"rainmaker/internal/lead/task"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// scribe is a campaign.Writer that says what it was asked, or fails.
type scribe struct {
	asked []campaign.Ask
	fails error
}

func (s *scribe) WriteStep(_ context.Context, _ id.ID, ask campaign.Ask) (subject, body string, err error) {
	s.asked = append(s.asked, ask)
	return "About " + ask.Prompt, "Hello {{first_name | there}}", s.fails
}

func prompted(prompts ...string) []campaign.Step {
	var steps []campaign.Step
	for _, prompt := range prompts {
		steps = append(steps, campaign.Step{Channel: campaign.ChannelEmail, Variants: []campaign.Variant{{Weight: 100, Prompt: prompt}}})
	}
	return steps
}

// TestModelIsAskedBeforeTheTransaction: what runs in one never waits for a model.
func TestModelIsAskedBeforeTheTransaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	model := &scribe{}
	h.campaigns.Writer = model
	c := campaign.Campaign{Name: "Written", Type: "email_sequence", Goal: "meet", AI: campaign.AI{Model: "m-1"}, Steps: prompted("bikes", "lamps")}
	store := func(c campaign.Campaign) (out campaign.Campaign, err error) {
		err = h.db.InTenant(h.ctx, h.org, func(tx db.Tx) (err error) {
			out, err = h.campaigns.Create(h.ctx, tx, h.org, c)
			return err
		})
		return out, err
	}
	if _, err := store(c); !errs.Is(err, errs.Conflict) || len(model.asked) != 0 {
		t.Fatalf("an unwritten campaign was stored (%v), or the model asked in the transaction: %v", err, model.asked)
	}
	h.must(h.campaigns.Compose(h.ctx, h.org, &c))
	made, err := store(c)
	h.must(err)
	if len(model.asked) != 2 || model.asked[1] != (campaign.Ask{Goal: "meet", Model: "m-1", Prompt: "lamps", Step: 1}) ||
		made.Steps[1].Variants[0].Subject != "About lamps" {
		t.Fatalf("asked %+v, stored %+v", model.asked, made.Steps)
	}

	update := func(edit func(*campaign.Campaign) error) (out campaign.Campaign, err error) {
		err = h.db.InTenant(h.ctx, h.org, func(tx db.Tx) (err error) {
			out, err = h.campaigns.Update(h.ctx, tx, h.org, made.ID, made.Version, edit)
			return err
		})
		return out, err
	}
	edit := func(c *campaign.Campaign) error { c.Steps = prompted("boats"); return nil }
	composed, err := h.campaigns.Composed(h.ctx, h.org, made.ID, made.Version, edit)
	h.must(err)
	changed, err := update(composed)
	h.must(err)
	if got := changed.Steps[0].Variants[0].Subject; len(changed.Steps) != 1 || got != "About boats" || len(model.asked) != 3 {
		t.Errorf("changed to %q after %d questions", got, len(model.asked))
	}
	// An old version is refused without paying for words.
	if _, err := h.campaigns.Composed(h.ctx, h.org, made.ID, made.Version, edit); err != nil || len(model.asked) != 3 {
		t.Errorf("the model was asked for a change that is refused: %v", err)
	}
}

func TestModelThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	model := &scribe{fails: errs.New(errs.Unavailable, "the model is down")}
	h.campaigns.Writer = model
	c := campaign.Campaign{Name: "Unwritten", Type: "email_sequence", Steps: prompted("bikes")}
	if err := h.campaigns.Compose(h.ctx, h.org, &c); !errors.Is(err, model.fails) {
		t.Errorf("composed with %v", err)
	}
	list, err := h.campaigns.List(h.ctx, h.org, "", id.Nil, 10)
	h.must(err)
	if len(list) != 0 {
		t.Errorf("stored %+v", list)
	}
	// What is wrong is said before anybody pays for words.
	c.AI.KnowledgeIDs = []string{"whatever"}
	var refused *errs.Error
	if err := h.campaigns.Compose(h.ctx, h.org, &c); !errors.As(err, &refused) || refused.Fields[0].Location != "body.ai.knowledge_ids[0]" || len(model.asked) != 1 {
		t.Errorf("knowledge that does not exist: %v, %d questions", err, len(model.asked))
	}
}

func TestTitlesOfTasksAreFilled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.people(1)
	h.start(campaign.Step{Channel: campaign.ChannelTask, Variants: []campaign.Variant{{Weight: 100, Subject: "Call {{first_name | them}} at {{company | their company}}"}}})
	var titles []string
	h.eventually("a task", func() bool {
		list, err := task.New(h.leads).List(h.ctx, h.org, people["p0@people.test"])
		h.must(err)
		titles = nil
		for _, made := range list {
			titles = append(titles, made.Title)
		}
		return len(titles) > 0
	})
	if titles[0] != "Call P0 at their company" {
		t.Errorf("the task is %q", titles[0])
	}
}
