package llm

import (
	"context"
	"strings"
)

// Answer is a whole answer.
type Answer struct {
	Text      string
	ToolCalls []ToolCall
	Usage     *Usage // nil when the vendor did not say
	Stop      StopReason
	Provider  string // set by Service
	Model     string // the configured model; set by Service
}

// Complete folds a stream into an answer. It guards the stream, so that a bare
// vendor model is safe to pass.
func Complete(ctx context.Context, m Model, r Request) (Answer, error) {
	var text strings.Builder
	var a Answer
	for e, err := range WithGuard(m).Stream(ctx, r) {
		if err != nil {
			return Answer{}, err
		}
		switch e.Kind {
		case Text:
			text.WriteString(e.Text)
		case ToolUse:
			a.ToolCalls = append(a.ToolCalls, e.Tool)
		case Used:
			usage := e.Usage
			a.Usage = &usage
		case Stopped:
			a.Stop = e.Stop
		}
	}
	a.Text = text.String()
	return a, nil
}
