package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	sdk "github.com/anthropics/anthropic-sdk-go"

	"rainmaker/internal/llm"
)

// answer gathers one stream. Text is handed on at once, a tool call when its
// block ends. Thinking is not handed on: it is nobody's answer.
type answer struct {
	began bool
	done  bool
	tool  *llm.ToolCall // the open block, when it is a tool call
	tools int
	usage llm.Usage
	known bool // the API has counted tokens
	stop  llm.StopReason
	err   error
}

// see returns the events of one stream event; a.err says that the answer is
// unusable.
func (a *answer) see(e sdk.MessageStreamEventUnion) []llm.Event {
	a.began = true
	switch e.Type {
	case "message_start":
		u := e.Message.Usage
		a.usage = llm.Usage{Model: e.Message.Model, Input: u.InputTokens, CachedInput: u.CacheReadInputTokens, CacheWrite: u.CacheCreationInputTokens}
	case "content_block_start":
		return a.open(e.ContentBlock)
	case "content_block_delta":
		return a.delta(e.Delta.Text, e.Delta.PartialJSON)
	case "content_block_stop":
		return a.close()
	case "message_delta":
		a.count(e.Usage)
		if e.Delta.StopReason != "" {
			a.stop = stopReason(e.Delta.StopReason)
		}
	case "message_stop":
		return a.end()
	}
	return nil // pings and kinds to come
}

func (a *answer) open(b sdk.ContentBlockStartEventContentBlockUnion) []llm.Event {
	if b.Type == "tool_use" {
		if a.tools++; a.tools > llm.MaxToolCalls+1 {
			a.err = llm.BadAnswer("more than %d tool calls", llm.MaxToolCalls)
			return nil
		}
		a.tool = &llm.ToolCall{ID: b.ID, Name: b.Name}
		return nil
	}
	if b.Type == "text" && b.Text != "" {
		return []llm.Event{{Kind: llm.Text, Text: b.Text}}
	}
	return nil
}

func (a *answer) delta(text, args string) []llm.Event {
	// One byte beyond the bound is enough for the guard to refuse the call.
	if a.tool != nil && len(a.tool.Arguments) <= llm.MaxArguments {
		a.tool.Arguments = append(a.tool.Arguments, args...)
	}
	if text == "" {
		return nil
	}
	return []llm.Event{{Kind: llm.Text, Text: text}}
}

func (a *answer) close() []llm.Event {
	if a.tool == nil {
		return nil
	}
	call := *a.tool
	a.tool = nil
	if len(call.Arguments) == 0 {
		call.Arguments = json.RawMessage("{}")
	}
	return []llm.Event{{Kind: llm.ToolUse, Tool: call}}
}

// count takes the cumulative counts of message_delta. Input counts may be left
// out there; then message_start's hold.
func (a *answer) count(u sdk.MessageDeltaUsage) {
	if u.OutputTokens == 0 && a.usage.Input == 0 {
		return
	}
	a.known = true
	a.usage.Output = u.OutputTokens
	a.usage.Input = max(a.usage.Input, u.InputTokens)
	a.usage.CachedInput = max(a.usage.CachedInput, u.CacheReadInputTokens)
	a.usage.CacheWrite = max(a.usage.CacheWrite, u.CacheCreationInputTokens)
}

func (a *answer) end() []llm.Event {
	if a.stop == "" {
		return nil // without a reason it is not a proper end
	}
	a.done = true
	var events []llm.Event
	if a.known {
		events = append(events, llm.Event{Kind: llm.Used, Usage: a.usage})
	}
	return append(events, llm.Event{Kind: llm.Stopped, Stop: a.stop})
}

func stopReason(s sdk.StopReason) llm.StopReason {
	switch s {
	case sdk.StopReasonMaxTokens, sdk.StopReasonModelContextWindowExceeded:
		return llm.StopLength
	case sdk.StopReasonToolUse:
		return llm.StopTools
	case sdk.StopReasonRefusal:
		return llm.StopRefused
	}
	return llm.StopEnd
}

// failure turns the SDK's error into the port's. An error event inside a stream
// that began with 200 is a failure of the vendor (overloaded_error and its
// like).
func (c *Client) failure(ctx context.Context, began bool, err error) error {
	var api *sdk.Error
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &api):
		status := api.StatusCode
		if status < 400 {
			status = 500
		}
		var after time.Duration
		if api.Response != nil {
			after = llm.ParseRetryAfter(api.Response.Header.Get("Retry-After"), time.Now())
		}
		return llm.StatusError(vendor, status, after, llm.Scrub(string(api.Type())+": "+api.RawJSON(), c.cfg.APIKey.Reveal()))
	case strings.HasPrefix(err.Error(), "received error while streaming"):
		return llm.StatusError(vendor, 500, 0, llm.Scrub(err.Error(), c.cfg.APIKey.Reveal()))
	}
	return llm.Classify(ctx, vendor, began, err)
}
