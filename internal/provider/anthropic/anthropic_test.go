package anthropic_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"rainmaker/internal/llm"
	"rainmaker/internal/llm/llmtest"
	"rainmaker/internal/provider/anthropic"
)

const key = "sk-ant-test-do-not-print"

func block(start map[string]any, deltas ...map[string]any) []llmtest.SSE {
	out := []llmtest.SSE{llmtest.Named("content_block_start", map[string]any{"type": "content_block_start", "index": 1, "content_block": start})}
	for _, d := range deltas {
		out = append(out, llmtest.Named("content_block_delta", map[string]any{"type": "content_block_delta", "index": 1, "delta": d}))
	}
	return append(out, llmtest.Named("content_block_stop", map[string]any{"type": "content_block_stop", "index": 1}))
}

// dialect is Messages as streamed, with shapes of the contract, pings and
// thinking included.
func dialect(check func(t *testing.T, r *http.Request, body []byte)) llmtest.Dialect {
	return llmtest.Dialect{
		Path:  "/v1/messages",
		Check: check,
		Open: func(turn llmtest.Turn) []llmtest.SSE {
			usage := map[string]any{"input_tokens": 0, "output_tokens": 1}
			model := "model-1"
			if u := turn.Usage; u != nil {
				usage = map[string]any{"input_tokens": u.Input, "cache_read_input_tokens": u.CachedInput, "output_tokens": 1}
				model = u.Model
			}
			out := []llmtest.SSE{
				llmtest.Named("message_start", map[string]any{"type": "message_start", "message": map[string]any{
					"id": "msg_1", "type": "message",
					"role": "assistant", "content": []any{}, "model": model, "stop_reason": nil, "stop_sequence": nil, "usage": usage,
				}}),
				llmtest.Named("ping", map[string]any{"type": "ping"}),
			}
			return append(out, block(map[string]any{"type": "thinking", "thinking": "", "signature": ""},
				map[string]any{"type": "thinking_delta", "thinking": "hm"}, map[string]any{"type": "signature_delta", "signature": "c2ln"})...)
		},
		Chunk: func(text string) []llmtest.SSE {
			return block(map[string]any{"type": "text", "text": ""}, map[string]any{"type": "text_delta", "text": text})
		},
		Tools: func(calls []llm.ToolCall) []llmtest.SSE {
			var out []llmtest.SSE
			for _, c := range calls {
				half := len(c.Arguments) / 2
				out = append(out, block(map[string]any{"type": "tool_use", "id": c.ID, "name": c.Name, "input": map[string]any{}},
					map[string]any{"type": "input_json_delta", "partial_json": string(c.Arguments[:half])},
					map[string]any{"type": "input_json_delta", "partial_json": string(c.Arguments[half:])})...)
			}
			return out
		},
		Close: func(turn llmtest.Turn) []llmtest.SSE {
			stop := map[llm.StopReason]string{llm.StopEnd: "end_turn", llm.StopLength: "max_tokens", llm.StopTools: "tool_use", llm.StopRefused: "refusal"}
			usage := map[string]any{"output_tokens": 0}
			if u := turn.Usage; u != nil {
				usage["output_tokens"] = u.Output
			}
			return []llmtest.SSE{
				llmtest.Named("message_delta", map[string]any{"type": "message_delta", "delta": map[string]any{"stop_reason": stop[turn.Reason()], "stop_sequence": nil}, "usage": usage}),
				llmtest.Named("message_stop", map[string]any{"type": "message_stop"}),
			}
		},
		Error: func(status int) string {
			return fmt.Sprintf(`{"type":"error","error":{"type":"api_error","message":"status %d for %s"}}`, status, key)
		},
	}
}

func open(t *testing.T, cfg anthropic.Config, check func(*testing.T, *http.Request, []byte), turns ...llmtest.Turn) llm.Model {
	t.Helper()
	s := llmtest.Serve(t, dialect(check), turns...)
	cfg.APIKey, cfg.BaseURL, cfg.HTTPClient = key, s.URL, s.Client()
	m, err := anthropic.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConforms(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
	t.Setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
	contract := llmtest.Contract(t, "anthropic/anthropic-hosted-spec-2024-11.json", "CreateMessageParams")
	llmtest.Conform(t, func(t *testing.T, turns ...llmtest.Turn) llm.Model {
		return open(t, anthropic.Config{}, func(t *testing.T, r *http.Request, body []byte) {
			if got := r.Header.Get("X-Api-Key"); got != key || r.Header.Get("Anthropic-Version") == "" {
				t.Errorf("X-Api-Key %q, Anthropic-Version %q", got, r.Header.Get("Anthropic-Version"))
			}
			contract(t, known(t, body))
		}, turns...)
	})
}

// known leaves out what came to the API after the contract's copy of 2024.
func known(t *testing.T, body []byte) []byte {
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("request: %v", err)
	}
	delete(m, "output_config")
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRequestByModel(t *testing.T) {
	warm := 1.7 // beyond the API's range
	r := llmtest.Ask("hi")
	r.Temperature = &warm
	r.Schema = &llm.Schema{Name: "x", JSON: json.RawMessage(`{"type":"object","properties":{"a":{"type":"string","maxLength":3}},"required":["a"],"additionalProperties":false}`)}
	for _, c := range []struct{ model, has, hasno string }{
		{"claude-haiku-4-5", `"temperature":1`, `maxLength`},
		{"claude-haiku-4-5", `"format":{"schema":{"additionalProperties":false`, `"tool_choice"`},
		{"claude-opus-5-5", `"model":"claude-opus-5-5"`, `"temperature"`},
		{"", `"model":"claude-haiku-4-5"`, `"stop_sequences"`},
	} {
		var seen string
		m := open(t, anthropic.Config{Model: c.model}, func(_ *testing.T, _ *http.Request, body []byte) { seen = string(body) }, llmtest.Say(`{"a":"x"}`))
		if _, err := llm.Complete(t.Context(), m, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(seen, c.has) || strings.Contains(seen, c.hasno) {
			t.Errorf("%s: %s; want %s, not %s", c.model, seen, c.has, c.hasno)
		}
	}
}

// TestErrorEvent: an overloaded API tells so inside a stream that began well.
func TestErrorEvent(t *testing.T) {
	d := dialect(func(*testing.T, *http.Request, []byte) {})
	d.Chunk = func(string) []llmtest.SSE {
		return []llmtest.SSE{{Event: "error", Data: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`}}
	}
	s := llmtest.Serve(t, d, llmtest.Say("x"))
	m, err := anthropic.New(anthropic.Config{APIKey: key, BaseURL: s.URL + "/v1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := llm.Complete(t.Context(), m, llmtest.Ask("hi")); llm.CodeOf(err) != llm.CodeVendorDown {
		t.Errorf("error event: %v; want %s", err, llm.CodeVendorDown)
	}
}

func TestKeyIsNotShown(t *testing.T) {
	m := open(t, anthropic.Config{}, func(*testing.T, *http.Request, []byte) {}, llmtest.Turn{Status: 401})
	_, err := llm.Complete(t.Context(), m, llmtest.Ask("hi"))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "error", err, "model", m, "config", anthropic.Config{APIKey: key})
	for _, shown := range []string{err.Error(), log.String(), fmt.Sprintf("%v %+v %s", m, anthropic.Config{APIKey: key}, m)} {
		if strings.Contains(shown, key) {
			t.Errorf("the key is shown: %s", shown)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, bad := range []string{"localhost:8080", "ftp://example.com", "://", "/v1"} {
		if _, err := anthropic.New(anthropic.Config{BaseURL: bad}); err == nil {
			t.Errorf("base URL %q accepted", bad)
		}
	}
}
