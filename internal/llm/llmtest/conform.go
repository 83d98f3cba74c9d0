package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rainmaker/internal/llm"
	"rainmaker/internal/platform/errs"
)

// patience is how long a test waits for what should happen at once.
const patience = 10 * time.Second

// Conform holds a model to the promises of llm.Model. open returns a model that
// plays the turns, one a request: the fake by itself, a vendor's client through
// a local server that speaks the vendor's protocol.
func Conform(t *testing.T, open func(t *testing.T, turns ...Turn) llm.Model) {
	t.Helper()
	t.Run("text usage stop", func(t *testing.T) { conformText(t, open) })
	t.Run("tool call", func(t *testing.T) { conformTool(t, open) })
	t.Run("conversation", func(t *testing.T) { conformConversation(t, open) })
	t.Run("schema", func(t *testing.T) { conformSchema(t, open) })
	t.Run("stop reasons", func(t *testing.T) { conformStops(t, open) })
	t.Run("failures", func(t *testing.T) { conformFailures(t, open) })
	t.Run("hostile answers", func(t *testing.T) { conformHostile(t, open) })
	t.Run("retry", func(t *testing.T) { conformRetry(t, open) })
	t.Run("cancel", func(t *testing.T) { conformCancel(t, open) })
}

type opener = func(t *testing.T, turns ...Turn) llm.Model

// Ask is a plain request.
func Ask(text string) llm.Request {
	return llm.Request{System: "Be brief.", Messages: []llm.Message{{Role: llm.User, Text: text}}, MaxTokens: 256}
}

// lookup is a tool to offer.
func lookup() llm.Tool {
	return llm.Tool{
		Name: "find_slots", Description: "Free slots of a day.",
		Schema: json.RawMessage(`{"type":"object","properties":{"day":{"type":"string","minLength":3}},"required":["day"],"additionalProperties":false}`),
	}
}

func conformText(t *testing.T, open opener) {
	temperature, seed := 0.2, int64(7)
	r := Ask("Say hello to Zoë ✓ in two words.")
	r.Temperature, r.Seed = &temperature, &seed
	usage := llm.Usage{Model: "model-1", Input: 11, CachedInput: 4, Output: 3}
	m := open(t, Turn{Chunks: []string{"Hel", "lo, ", "Zoë ✓\n\"quoted\""}, Usage: &usage})
	var kinds []llm.EventKind
	for e, err := range m.Stream(t.Context(), r) {
		if err != nil {
			t.Fatalf("stream: %v", err)
		}
		if len(kinds) == 0 || kinds[len(kinds)-1] != e.Kind {
			kinds = append(kinds, e.Kind)
		}
	}
	if diff := cmp.Diff([]llm.EventKind{llm.Text, llm.Used, llm.Stopped}, kinds); diff != "" {
		t.Errorf("order of events (-want +got):\n%s", diff)
	}
	got, err := llm.Complete(t.Context(), open(t, Turn{Chunks: []string{"Hel", "lo, ", "Zoë ✓\n\"quoted\""}, Usage: &usage}), r)
	if err != nil {
		t.Fatalf("complete: %v", err)
	}
	want := llm.Answer{Text: "Hello, Zoë ✓\n\"quoted\"", Usage: &usage, Stop: llm.StopEnd}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	got, err = llm.Complete(t.Context(), open(t, Turn{Chunks: []string{"hi"}}), r)
	if err != nil || got.Usage != nil {
		t.Errorf("without usage: %+v, %v; want no usage, no error", got.Usage, err)
	}
}

func conformTool(t *testing.T, open opener) {
	r := Ask("When are you free on Tuesday?")
	r.Tools = []llm.Tool{lookup()}
	calls := []llm.ToolCall{
		{ID: "call_1", Name: "find_slots", Arguments: json.RawMessage(`{"day":"Tuesday \"2\""}`)},
		{ID: "call_2", Name: "find_slots", Arguments: json.RawMessage(`{"day":"Friday"}`)},
	}
	got, err := llm.Complete(t.Context(), open(t, Turn{Chunks: []string{"One moment. "}, Tools: calls}), r)
	if err != nil {
		t.Fatalf("complete: %v", err)
	}
	want := llm.Answer{Text: "One moment. ", ToolCalls: calls, Stop: llm.StopTools}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(llm.Answer{}, "Usage")); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	for name, bad := range map[string]llm.ToolCall{
		"not offered":   {ID: "c", Name: "drop_tables", Arguments: json.RawMessage(`{}`)},
		"wrong type":    {ID: "c", Name: "find_slots", Arguments: json.RawMessage(`{"day":7}`)},
		"extra key":     {ID: "c", Name: "find_slots", Arguments: json.RawMessage(`{"day":"Tue","to":"x@example.com"}`)},
		"full schema":   {ID: "c", Name: "find_slots", Arguments: json.RawMessage(`{"day":""}`)},
		"not JSON":      {ID: "c", Name: "find_slots", Arguments: json.RawMessage(`{"day":`)},
		"not an object": {ID: "c", Name: "find_slots", Arguments: json.RawMessage(`["day"]`)},
	} {
		_, err := llm.Complete(t.Context(), open(t, Turn{Tools: []llm.ToolCall{bad}}), r)
		if llm.CodeOf(err) != llm.CodeBadAnswer {
			t.Errorf("%s: %v; want %s", name, err, llm.CodeBadAnswer)
		}
	}
	big := json.RawMessage(`{"day":"` + strings.Repeat("x", 2*llm.MaxArguments) + `"}`)
	_, err = llm.Complete(t.Context(), open(t, Turn{Tools: []llm.ToolCall{{ID: "c", Name: "find_slots", Arguments: big}}}), r)
	if llm.CodeOf(err) != llm.CodeAnswerTooLarge {
		t.Errorf("huge arguments: %v; want %s", err, llm.CodeAnswerTooLarge)
	}
}

func conformConversation(t *testing.T, open opener) {
	r := Ask("When are you free on Tuesday?")
	r.Tools = []llm.Tool{lookup()}
	r.Messages = append(r.Messages,
		llm.Message{Role: llm.Assistant, Text: "Let me look.", ToolCalls: []llm.ToolCall{
			{ID: "call_1", Name: "find_slots", Arguments: json.RawMessage(`{"day":"Tuesday"}`)},
			{ID: "call_2", Name: "find_slots", Arguments: json.RawMessage(`{"day":"Friday"}`)},
		}},
		llm.Message{Role: llm.ToolRole, ToolCallID: "call_1", Text: `["10:00"]`},
		llm.Message{Role: llm.ToolRole, ToolCallID: "call_2", Text: `[]`},
	)
	got, err := llm.Complete(t.Context(), open(t, Say("Tuesday at ten.")), r)
	if err != nil || got.Text != "Tuesday at ten." {
		t.Errorf("answer %q, %v", got.Text, err)
	}
}

func conformSchema(t *testing.T, open opener) {
	r := Ask("Sort: yes please")
	r.Schema = &llm.Schema{Name: "sorted", JSON: json.RawMessage(
		`{"type":"object","properties":{"label":{"type":"string","enum":["yes","no"]},"why":{"type":"string","maxLength":10}},"required":["label","why"],"additionalProperties":false}`)}
	ask := func(turns ...Turn) (out struct{ Label, Why string }, err error) {
		m := open(t, turns...)
		_, err = llm.CompleteJSON(t.Context(), r, &out, func(ctx context.Context, r llm.Request) (llm.Answer, error) {
			return llm.Complete(ctx, m, r)
		})
		return out, err
	}
	good := Turn{Chunks: []string{`{"label":`, `"yes","why":"asked"}`}}
	if out, err := ask(good); err != nil || out.Label != "yes" {
		t.Errorf("valid answer: %+v, %v", out, err)
	}
	if out, err := ask(Say(`{"label":"maybe","why":""}`), good); err != nil || out.Label != "yes" {
		t.Errorf("repaired answer: %+v, %v", out, err)
	}
	if _, err := ask(Say(`{"label":"yes","why":"far too long a reason"}`), Say("sorry")); llm.CodeOf(err) != llm.CodeBadAnswer {
		t.Errorf("twice wrong: %v; want %s", err, llm.CodeBadAnswer)
	}
	if _, err := ask(Turn{}, Say(`{"label":"yes","why":""}`)); err != nil {
		t.Errorf("empty, then good: %v", err)
	}
}

func conformStops(t *testing.T, open opener) {
	for _, stop := range []llm.StopReason{llm.StopEnd, llm.StopLength, llm.StopRefused} {
		got, err := llm.Complete(t.Context(), open(t, Turn{Chunks: []string{"x"}, Stop: stop}), Ask("go"))
		if err != nil || got.Stop != stop {
			t.Errorf("stop %q: got %q, %v", stop, got.Stop, err)
		}
	}
}

func conformFailures(t *testing.T, open opener) {
	for _, c := range []struct {
		status int
		after  time.Duration
		kind   errs.Kind
		code   string
	}{
		{429, 3 * time.Second, errs.Unavailable, llm.CodeRateLimited},
		{429, 0, errs.Unavailable, llm.CodeRateLimited},
		{500, 0, errs.Unavailable, llm.CodeVendorDown},
		{503, 2 * time.Second, errs.Unavailable, llm.CodeVendorDown},
		{529, 0, errs.Unavailable, llm.CodeVendorDown},
		{400, 0, errs.Invalid, llm.CodeRefused},
		{404, 0, errs.Invalid, llm.CodeRefused},
		{401, 0, errs.Conflict, llm.CodeCredentials},
		{307, 0, errs.Invalid, llm.CodeRefused},
	} {
		_, err := llm.Complete(t.Context(), open(t, Turn{Status: c.status, RetryAfter: c.after}), Ask("go"))
		var e *errs.Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Code != c.code || e.RetryAfter != c.after {
			t.Errorf("status %d: %#v; want %s %s after %s", c.status, err, c.kind, c.code, c.after)
		}
	}
}

func conformHostile(t *testing.T, open opener) {
	// A stream that breaks must be an error, whatever has come before.
	for _, chunks := range [][]string{nil, {"half an ans"}} {
		_, err := llm.Complete(t.Context(), open(t, Turn{Chunks: chunks, End: Truncate}), Ask("go"))
		if llm.CodeOf(err) != llm.CodeTruncated || !errs.Is(err, errs.Unavailable) {
			t.Errorf("truncated after %q: %v; want %s", chunks, err, llm.CodeTruncated)
		}
		_, err = llm.Complete(t.Context(), open(t, Turn{Chunks: chunks, End: Malformed}), Ask("go"))
		if llm.CodeOf(err) != llm.CodeBadAnswer {
			t.Errorf("malformed after %q: %v; want %s", chunks, err, llm.CodeBadAnswer)
		}
	}
	_, err := llm.Complete(t.Context(), open(t, Turn{Chunks: []string{strings.Repeat("x", 1<<20)}}), Ask("go"))
	if llm.CodeOf(err) != llm.CodeAnswerTooLarge {
		t.Errorf("1 MB answer: %v; want %s", err, llm.CodeAnswerTooLarge)
	}
	gone := make(chan struct{})
	_, err = llm.Complete(t.Context(), open(t, Turn{End: Endless, OnEnd: func() { close(gone) }}), Ask("go"))
	if llm.CodeOf(err) != llm.CodeAnswerTooLarge {
		t.Errorf("endless answer: %v; want %s", err, llm.CodeAnswerTooLarge)
	}
	wait(t, gone, "the endless stream to be hung up")

	gone = make(chan struct{})
	slow := llm.WithTimeout(open(t, Turn{Chunks: []string{"so"}, End: Hang, OnEnd: func() { close(gone) }}), llm.Timeout{Idle: 50 * time.Millisecond})
	_, err = llm.Complete(t.Context(), slow, Ask("go"))
	if llm.CodeOf(err) != llm.CodeTimeout {
		t.Errorf("slow stream: %v; want %s", err, llm.CodeTimeout)
	}
	wait(t, gone, "the slow stream to be hung up")
	slow = llm.WithTimeout(open(t, Turn{End: Hang}), llm.Timeout{First: 50 * time.Millisecond})
	if _, err = llm.Complete(t.Context(), slow, Ask("go")); llm.CodeOf(err) != llm.CodeTimeout {
		t.Errorf("no first token: %v; want %s", err, llm.CodeTimeout)
	}
}

func conformRetry(t *testing.T, open opener) {
	quick := llm.Retry{Attempts: 3, Base: time.Millisecond, Max: time.Second}
	got, err := llm.Complete(t.Context(), llm.WithRetry(open(t, Turn{Status: 500}, Turn{End: Truncate}, Say("third time")), quick), Ask("go"))
	if err != nil || got.Text != "third time" {
		t.Errorf("two failures, then good: %q, %v", got.Text, err)
	}
	_, err = llm.Complete(t.Context(), llm.WithRetry(open(t, Turn{Chunks: []string{"ha"}, End: Truncate}, Say("again")), quick), Ask("go"))
	if llm.CodeOf(err) != llm.CodeTruncated {
		t.Errorf("failure after the first token: %v; want it handed on", err)
	}
	_, err = llm.Complete(t.Context(), llm.WithRetry(open(t, Turn{Status: 400}, Say("again")), quick), Ask("go"))
	if llm.CodeOf(err) != llm.CodeRefused {
		t.Errorf("refusal: %v; want it handed on", err)
	}
	_, err = llm.Complete(t.Context(), llm.WithRetry(open(t, Turn{Status: 429, RetryAfter: time.Hour}, Say("again")), quick), Ask("go"))
	if llm.CodeOf(err) != llm.CodeRateLimited {
		t.Errorf("Retry-After beyond the patience: %v; want it handed on", err)
	}
}

func conformCancel(t *testing.T, open opener) {
	// Breaking off the loop frees the connection.
	gone := make(chan struct{})
	for e, err := range open(t, Turn{Chunks: []string{"first "}, End: Endless, OnEnd: func() { close(gone) }}).Stream(t.Context(), Ask("go")) {
		if err != nil || e.Kind != llm.Text {
			t.Fatalf("first event %+v, %v", e, err)
		}
		break
	}
	wait(t, gone, "a broken-off stream to be hung up")

	// So does the context, and the error says whose fault it was.
	gone = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range open(t, Turn{Chunks: []string{"first "}, End: Hang, OnEnd: func() { close(gone) }}).Stream(ctx, Ask("go")) {
		last = err
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("cancelled stream: %v; want context.Canceled", last)
	}
	wait(t, gone, "a cancelled stream to be hung up")
}

func wait(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Errorf("waited %s for %s", patience, what)
	}
}
