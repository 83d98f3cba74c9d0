package campaign

import (
	"context"
	"fmt"
	"slices"

	"rainmaker/internal/platform/id"
)

// Ask is what a Writer is told of one step.
type Ask struct {
	Goal    string
	Persona string
	Model   string // as the campaign names it; empty is the default
	Prompt  string
	Step    int // position, from 0
}

// wordless reports whether a variant leaves its words to its prompt.
func (v *Variant) wordless() bool { return v.Subject == "" && v.Body == "" }

// awaits reports whether a variant of a mail is still to be written.
func (c *Campaign) awaits() bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool {
		return s.Channel == ChannelEmail && slices.ContainsFunc(s.Variants, func(v Variant) bool { return v.wordless() })
	})
}

// Compose writes what variants of c leave to their prompt. It asks the writer, so
// it is called before the transaction that stores c: a slow model holds no lock,
// and one that fails leaves nothing behind.
func (s *Service) Compose(ctx context.Context, org id.ID, c *Campaign) error {
	if !c.awaits() {
		return nil
	}
	if err := c.validate(); err != nil { // nobody pays for words of a wrong campaign
		return err
	}
	for i := range c.Steps {
		step := &c.Steps[i]
		for j := range step.Variants {
			v := &step.Variants[j]
			if step.Channel != ChannelEmail || !v.wordless() {
				continue
			}
			ask := Ask{Goal: c.Goal, Persona: c.AI.Persona, Model: c.AI.Model, Prompt: v.Prompt, Step: i}
			subject, body, err := s.Writer.WriteStep(ctx, org, ask)
			if err != nil {
				return fmt.Errorf("write step %d: %w", i+1, err)
			}
			v.Subject, v.Body = subject, body
		}
	}
	return nil
}

// Composed returns an edit for Update that does what edit does, with the words
// that it leaves to prompts written. Like Compose it asks the writer, outside any
// transaction; a change that Update will refuse asks nobody.
func (s *Service) Composed(ctx context.Context, org, campaign id.ID, version int, edit func(*Campaign) error) (func(*Campaign) error, error) {
	c, err := s.Find(ctx, org, campaign)
	if err != nil {
		return nil, err
	}
	if c.Status == Archived || version != 0 && version != c.Version {
		return edit, nil
	}
	if err := edit(&c); err != nil {
		return nil, err
	}
	if !c.awaits() {
		return edit, nil
	}
	if err := s.Compose(ctx, org, &c); err != nil {
		return nil, err
	}
	return func(now *Campaign) error {
		if err := edit(now); err != nil {
			return err
		}
		for i := range min(len(now.Steps), len(c.Steps)) {
			to, from := now.Steps[i].Variants, c.Steps[i].Variants
			for j := range min(len(to), len(from)) {
				if to[j].wordless() && to[j].Prompt == from[j].Prompt {
					to[j].Subject, to[j].Body = from[j].Subject, from[j].Body
				}
			}
		}
		return nil
	}, nil
}
