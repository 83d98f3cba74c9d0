package openai

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"rainmaker/internal/llm"
)

// answer gathers one stream. Text is handed on at once; tool calls come in
// pieces, by index, and are handed on whole at the end.
type answer struct {
	began bool
	calls []llm.ToolCall
	usage *llm.Usage
	stop  llm.StopReason
	err   error
}

// see returns the events of one chunk; a.err says that the answer is unusable.
func (a *answer) see(c sdk.ChatCompletionChunk) []llm.Event {
	a.began = true
	if c.Usage.PromptTokens != 0 || c.Usage.CompletionTokens != 0 {
		cached := min(c.Usage.PromptTokensDetails.CachedTokens, c.Usage.PromptTokens)
		a.usage = &llm.Usage{
			Model: c.Model, Input: c.Usage.PromptTokens - cached, CachedInput: cached, Output: c.Usage.CompletionTokens,
		}
	}
	if len(c.Choices) == 0 {
		return nil
	}
	choice := c.Choices[0]
	if choice.FinishReason != "" {
		a.stop = stopReason(choice.FinishReason)
	}
	for _, piece := range choice.Delta.ToolCalls {
		a.tool(piece)
	}
	if choice.Delta.Refusal != "" {
		a.stop = llm.StopRefused
	}
	if choice.Delta.Content == "" {
		return nil
	}
	return []llm.Event{{Kind: llm.Text, Text: choice.Delta.Content}}
}

func (a *answer) tool(piece sdk.ChatCompletionChunkChoiceDeltaToolCall) {
	i := int(piece.Index)
	if i < 0 || i > len(a.calls) || i > llm.MaxToolCalls {
		a.err = llm.BadAnswer("tool call %d of %d", i, len(a.calls))
		return
	}
	if i == len(a.calls) {
		a.calls = append(a.calls, llm.ToolCall{})
	}
	call := &a.calls[i]
	call.ID += piece.ID
	call.Name += piece.Function.Name
	// One byte beyond the bound is enough for the guard to refuse it.
	if len(call.Arguments) <= llm.MaxArguments {
		call.Arguments = append(call.Arguments, piece.Function.Arguments...)
	}
}

// end returns the events after the last chunk, or the failure of a stream that
// never said why it stopped.
func (a *answer) end(ctx context.Context) ([]llm.Event, error) {
	if ctx.Err() != nil || a.stop == "" {
		return nil, llm.Classify(ctx, vendor, true, llm.Broken(vendor, nil))
	}
	var events []llm.Event
	for _, c := range a.calls {
		if len(c.Arguments) == 0 {
			c.Arguments = json.RawMessage("{}")
		}
		events = append(events, llm.Event{Kind: llm.ToolUse, Tool: c})
	}
	if a.usage != nil {
		events = append(events, llm.Event{Kind: llm.Used, Usage: *a.usage})
	}
	return append(events, llm.Event{Kind: llm.Stopped, Stop: a.stop}), nil
}

func stopReason(s string) llm.StopReason {
	switch s {
	case "length":
		return llm.StopLength
	case "tool_calls", "function_call":
		return llm.StopTools
	case "content_filter":
		return llm.StopRefused
	}
	return llm.StopEnd
}

// failure turns the SDK's error into the port's.
func (c *Client) failure(ctx context.Context, began bool, err error) error {
	var api *sdk.Error
	var midway *ssestream.StreamError
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &api) && api.StatusCode >= 400:
		var after time.Duration
		if api.Response != nil {
			after = llm.ParseRetryAfter(api.Response.Header.Get("Retry-After"), time.Now())
		}
		return llm.StatusError(vendor, api.StatusCode, after, llm.Scrub(api.Type+" "+api.Code+": "+api.Message, c.cfg.APIKey.Reveal()))
	case errors.As(err, &midway):
		return llm.StatusError(vendor, 500, 0, llm.Scrub(midway.Message, c.cfg.APIKey.Reveal()))
	}
	return llm.Classify(ctx, vendor, began, err)
}
