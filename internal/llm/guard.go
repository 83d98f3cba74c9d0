package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"strings"
)

// Bounds of an answer. The longest thing we ask for is a call script of a few
// thousand words.
const (
	MaxText      = 64 << 10 // bytes of text in one answer
	MaxArguments = 16 << 10 // bytes of arguments in one tool call
	MaxToolCalls = 16       // in one answer
	maxEvents    = 40_000   // pieces in one answer
	maxToolID    = 128      // bytes
)

// WithGuard holds m to the port's promises and bounds: it refuses impossible
// requests before they leave, cuts off answers that are too long, lets pass
// only calls of offered tools whose arguments are valid for their schema, and
// turns a stream without a stop into a failure. Text is made valid UTF-8
// without NUL, which PostgreSQL cannot store.
func WithGuard(m Model) Model {
	return StreamFunc(func(ctx context.Context, r Request) iter.Seq2[Event, error] {
		return func(yield func(Event, error) bool) {
			g, err := newGuard(r)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for e, err := range m.Stream(ctx, r) {
				if err == nil {
					e, err = g.check(e)
				}
				if err != nil {
					yield(Event{}, err)
					return
				}
				if !yield(e, nil) || e.Kind == Stopped {
					return
				}
			}
			yield(Event{}, Broken("the model", nil))
		}
	})
}

// guard counts one answer.
type guard struct {
	tools  map[string]*validator
	text   int
	events int
	calls  int
}

func newGuard(r Request) (*guard, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	g := &guard{tools: make(map[string]*validator, len(r.Tools))}
	for _, t := range r.Tools {
		v, err := compile(t.Schema)
		if err != nil {
			return nil, err
		}
		g.tools[t.Name] = v
	}
	return g, nil
}

func (g *guard) check(e Event) (Event, error) {
	if g.events++; g.events > maxEvents {
		return e, tooLarge("it does not end")
	}
	switch e.Kind {
	case Text:
		if g.text += len(e.Text); g.text > MaxText {
			return e, tooLarge("more than 64 KiB of text")
		}
		e.Text = strings.ReplaceAll(strings.ToValidUTF8(e.Text, "\uFFFD"), "\x00", "")
	case ToolUse:
		if g.calls++; g.calls > MaxToolCalls {
			return e, tooLarge("too many tool calls")
		}
		return e, g.checkTool(e.Tool)
	case Used:
		u := e.Usage
		if u.Input < 0 || u.CachedInput < 0 || u.CacheWrite < 0 || u.Output < 0 {
			return e, BadAnswer("negative token counts")
		}
	case Stopped:
	default:
		return e, BadAnswer("event of unknown kind %q", e.Kind)
	}
	return e, nil
}

func (g *guard) checkTool(c ToolCall) error {
	schema, offered := g.tools[c.Name]
	switch {
	case !offered:
		return BadAnswer("call of a tool that was not offered")
	case len(c.Arguments) > MaxArguments:
		return tooLarge("tool arguments")
	case len(c.ID) > maxToolID:
		return BadAnswer("tool call id of %d bytes", len(c.ID))
	case !bytes.HasPrefix(bytes.TrimSpace(c.Arguments), []byte("{")) || !json.Valid(c.Arguments):
		return BadAnswer("arguments of %s are not a JSON object", c.Name)
	}
	if err := schema.check(c.Arguments); err != nil {
		return BadAnswer("arguments of %s: %v", c.Name, err)
	}
	return nil
}
