// Package llm is the port to language models: one streaming interface, the
// decorators that make any model safe to use (guard, time limits, retry,
// budget), the record of what every call cost, structured answers, the choice
// of one label of a closed set, and the offline composer that writes without a
// model.
//
// Invariants:
//   - Model output is hostile until proved otherwise: text, tool calls and the
//     number of events are bounded, arguments and structured answers are
//     validated against their schema, labels are compared with the closed set.
//   - No call leaves without a reservation against the organisation's budget of
//     the day, and every reservation is settled once.
//   - Prompts and answers are never stored or logged here, only their SHA-256
//     and size. A price that is not known is recorded as unknown, never guessed.
//   - What no model wrote says so: its model is "offline".
//
// Tables: llm_calls (one row a call attempt), llm_days (what a day has used).
// Events: none. Vendors satisfy Model in internal/provider/<vendor> and are held
// to llmtest.Conform.
//
// Files: llm.go (the port), complete.go (fold), guard.go (bounds), retry.go,
// timeout.go, budget.go, price.go, failure.go, transport.go (HTTP bounds),
// structured.go (JSON answers), choose.go (labels), draft.go, draft_check.go,
// draft_model.go, offline.go, offline_copy.go (drafts), service.go, store.go.
package llm

import (
	"context"
	"encoding/json"
	"iter"
	"regexp"

	"rainmaker/internal/platform/errs"
)

// Model is a language model. Stream sends the request once the sequence is
// ranged over and yields, in order: text and tool events, at most one usage
// event, exactly one stop event, the last. A failure is yielded once, with an
// errs kind (Unavailable = worth another try), and ends the sequence. Breaking
// off the loop cancels the request. A Model is safe for concurrent use.
type Model interface {
	Stream(ctx context.Context, r Request) iter.Seq2[Event, error]
}

// StreamFunc is a function that is a Model; decorators return it.
type StreamFunc func(ctx context.Context, r Request) iter.Seq2[Event, error]

// Stream calls f.
func (f StreamFunc) Stream(ctx context.Context, r Request) iter.Seq2[Event, error] { return f(ctx, r) }

// Role says who speaks in a message.
type Role string

// The roles. Instructions stand in Request.System, never in a message.
const (
	User      Role = "user"
	Assistant Role = "assistant"
	ToolRole  Role = "tool" // the result of a tool call; ToolCallID says which
)

// Message is one turn of the conversation.
type Message struct {
	Role       Role
	Text       string
	ToolCalls  []ToolCall // only of the assistant
	ToolCallID string     // only of a tool
}

// Tool is something the model may ask for. Its arguments are a JSON object that
// Schema (JSON Schema 2020-12) describes.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage
}

// ToolCall is a model's wish to use a tool: a proposal (DESIGN law 6), never a
// permission.
type ToolCall struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// Schema asks for an answer that is one JSON value of this schema.
type Schema struct {
	Name string // letters, digits, _ and -; vendors show it to the model
	JSON json.RawMessage
}

// Request is one question to a model. Tools and Schema exclude each other.
type Request struct {
	Model       string // one of the configured models; empty means the default
	System      string
	Messages    []Message
	Tools       []Tool
	Schema      *Schema
	MaxTokens   int      // of the answer; 0 means DefaultMaxTokens
	Temperature *float64 // a wish: models that fix their own ignore it
	Seed        *int64   // a wish, likewise
}

// Bounds of a request.
const (
	// DefaultMaxTokens leaves room for models that think before they write.
	DefaultMaxTokens = 4096
	maxMaxTokens     = 32_768
	// MaxPrompt bounds the text of a request in bytes. A token is at least one
	// byte, so no request reaches the vendors' dearer tiers for long prompts,
	// which begin at 100,000 tokens.
	MaxPrompt   = 96 << 10
	maxMessages = 200
	maxTools    = 32
)

var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Validate reports a request that no vendor would take.
func (r Request) Validate() error {
	if len(r.Messages) == 0 || len(r.Messages) > maxMessages {
		return errs.InvalidField("messages", "must be 1 to %d", maxMessages)
	}
	if len(r.Tools) > maxTools {
		return errs.InvalidField("tools", "must be at most %d", maxTools)
	}
	if r.Schema != nil && len(r.Tools) > 0 {
		return errs.InvalidField("schema", "cannot be combined with tools")
	}
	if r.Schema != nil && !toolName.MatchString(r.Schema.Name) {
		return errs.InvalidField("schema.name", "must be 1 to 64 letters, digits, _ or -")
	}
	for _, t := range r.Tools {
		if !toolName.MatchString(t.Name) {
			return errs.InvalidField("tools.name", "must be 1 to 64 letters, digits, _ or -")
		}
	}
	if r.MaxTokens < 0 || r.MaxTokens > maxMaxTokens {
		return errs.InvalidField("max_tokens", "must be 0 to %d", maxMaxTokens)
	}
	if size := r.Size(); size > MaxPrompt {
		return &errs.Error{Kind: errs.TooLarge, Code: CodePromptTooLarge, Message: "the prompt is too long for a model call"}
	}
	return nil
}

// Size is the request's text in bytes: an upper bound of its tokens apart from
// the vendor's framing.
func (r Request) Size() int {
	n := len(r.System)
	for _, m := range r.Messages {
		n += len(m.Text)
		for _, c := range m.ToolCalls {
			n += len(c.Name) + len(c.Arguments)
		}
	}
	for _, t := range r.Tools {
		n += len(t.Name) + len(t.Description) + len(t.Schema)
	}
	if r.Schema != nil {
		n += len(r.Schema.JSON)
	}
	return n
}

// EventKind says which field of an Event is set.
type EventKind string

// The kinds of events.
const (
	Text    EventKind = "text"
	ToolUse EventKind = "tool"
	Used    EventKind = "usage"
	Stopped EventKind = "stop"
)

// Event is one step of an answer.
type Event struct {
	Kind  EventKind
	Text  string     // Text: a piece of the answer
	Tool  ToolCall   // ToolUse: whole, never a piece
	Usage Usage      // Used
	Stop  StopReason // Stopped
}

// StopReason says why the model ended.
type StopReason string

// The stop reasons.
const (
	StopEnd     StopReason = "end"     // it had finished
	StopTools   StopReason = "tools"   // it waits for tool results
	StopLength  StopReason = "length"  // MaxTokens cut it off
	StopRefused StopReason = "refused" // the vendor or the model declined
)

// Usage is what a call consumed, in tokens as the vendor counted them.
type Usage struct {
	Model       string // the vendor's own name of the model that answered
	Input       int64  // not from the cache
	CachedInput int64
	CacheWrite  int64
	Output      int64 // with reasoning
}

// Tokens is the sum of all kinds.
func (u Usage) Tokens() int64 { return u.Input + u.CachedInput + u.CacheWrite + u.Output }
