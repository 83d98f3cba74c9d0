package openai_test

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
	"rainmaker/internal/provider/openai"
)

const key = "sk-test-do-not-print"

func chunk(choices ...any) map[string]any {
	if choices == nil {
		choices = []any{}
	}
	return map[string]any{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "model-1", "choices": choices}
}

func delta(d map[string]any, finish any) map[string]any {
	return chunk(map[string]any{"index": 0, "delta": d, "finish_reason": finish})
}

// dialect is Chat Completions as streamed, with shapes of the contract.
func dialect(check func(t *testing.T, r *http.Request, body []byte)) llmtest.Dialect {
	return llmtest.Dialect{
		Path:  "/v1/chat/completions",
		Check: check,
		Open: func(llmtest.Turn) []llmtest.SSE {
			return []llmtest.SSE{llmtest.Data(delta(map[string]any{"role": "assistant", "content": ""}, nil))}
		},
		Chunk: func(text string) []llmtest.SSE {
			return []llmtest.SSE{llmtest.Data(delta(map[string]any{"content": text}, nil))}
		},
		Tools: func(calls []llm.ToolCall) []llmtest.SSE {
			var out []llmtest.SSE
			for i, c := range calls {
				out = append(out, llmtest.Data(delta(map[string]any{"tool_calls": []any{map[string]any{
					"index": i, "id": c.ID, "type": "function", "function": map[string]any{"name": c.Name, "arguments": ""},
				}}}, nil)))
				for piece := range slices(string(c.Arguments), 7) {
					out = append(out, llmtest.Data(delta(map[string]any{"tool_calls": []any{map[string]any{
						"index": i, "function": map[string]any{"arguments": piece},
					}}}, nil)))
				}
			}
			return out
		},
		Close: func(turn llmtest.Turn) []llmtest.SSE {
			finish := map[llm.StopReason]string{llm.StopEnd: "stop", llm.StopLength: "length", llm.StopTools: "tool_calls", llm.StopRefused: "content_filter"}
			out := []llmtest.SSE{llmtest.Data(delta(map[string]any{}, finish[turn.Reason()]))}
			if u := turn.Usage; u != nil {
				last := chunk()
				last["model"] = u.Model
				last["usage"] = map[string]any{
					"prompt_tokens": u.Input + u.CachedInput, "completion_tokens": u.Output,
					"total_tokens": u.Tokens(), "prompt_tokens_details": map[string]any{"cached_tokens": u.CachedInput},
				}
				out = append(out, llmtest.Data(last))
			}
			return append(out, llmtest.SSE{Data: "[DONE]"})
		},
		Error: func(status int) string {
			return fmt.Sprintf(`{"error":{"message":"Incorrect API key provided: %s","type":"test","param":null,"code":"code_%d"}}`, key, status)
		},
	}
}

// slices yields s in pieces of n bytes.
func slices(s string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			m := min(n, len(s))
			if !yield(s[:m]) {
				return
			}
			s = s[m:]
		}
	}
}

func open(t *testing.T, cfg openai.Config, check func(*testing.T, *http.Request, []byte), turns ...llmtest.Turn) llm.Model {
	t.Helper()
	s := llmtest.Serve(t, dialect(check), turns...)
	cfg.APIKey, cfg.BaseURL, cfg.HTTPClient = key, s.URL, s.Client()
	m, err := openai.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConforms(t *testing.T) {
	contract := llmtest.Contract(t, "openai/openai.trim.json", "CreateChatCompletionRequest")
	llmtest.Conform(t, func(t *testing.T, turns ...llmtest.Turn) llm.Model {
		return open(t, openai.Config{Model: "gpt-4o-mini"}, func(t *testing.T, r *http.Request, body []byte) {
			if got := r.Header.Get("Authorization"); got != "Bearer "+key {
				t.Errorf("Authorization %q", got)
			}
			contract(t, body)
		}, turns...)
	})
}

func TestRequestByModel(t *testing.T) {
	temperature, seed := 0.7, int64(3)
	r := llmtest.Ask("hi")
	r.Temperature, r.Seed = &temperature, &seed
	for _, c := range []struct {
		cfg        openai.Config
		has, hasno string
	}{
		{openai.Config{Model: "gpt-4o-mini"}, `"temperature":0.7`, `"max_tokens"`},
		{openai.Config{Model: "gpt-4o-mini"}, `"seed":3`, `"max_tokens"`},
		{openai.Config{Model: "gpt-6-luna"}, `"max_completion_tokens":256`, `"temperature"`},
		{openai.Config{Model: "llama", OldMaxTokens: true}, `"max_tokens":256`, `"max_completion_tokens"`},
		{openai.Config{Model: "gpt-6-luna", ReasoningEffort: "low"}, `"reasoning_effort":"low"`, `"seed"`},
		{openai.Config{}, `"model":"gpt-6-luna"`, `"tools"`},
	} {
		var seen string
		m := open(t, c.cfg, func(_ *testing.T, _ *http.Request, body []byte) { seen = string(body) }, llmtest.Say("ok"))
		if _, err := llm.Complete(t.Context(), m, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(seen, c.has) || strings.Contains(seen, c.hasno) {
			t.Errorf("%+v: %s; want %s, not %s", c.cfg, seen, c.has, c.hasno)
		}
	}
}

func TestKeyIsNotShown(t *testing.T) {
	m := open(t, openai.Config{}, func(*testing.T, *http.Request, []byte) {}, llmtest.Turn{Status: 401})
	_, err := llm.Complete(t.Context(), m, llmtest.Ask("hi"))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "error", err, "model", m, "config", openai.Config{APIKey: key})
	raw, _ := json.Marshal(openai.Config{APIKey: key})
	for _, shown := range []string{err.Error(), log.String(), string(raw), fmt.Sprintf("%v %+v %s", m, openai.Config{APIKey: key}, m)} {
		if strings.Contains(shown, key) {
			t.Errorf("the key is shown: %s", shown)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, bad := range []string{"localhost:8080", "ftp://example.com", "://", "/v1"} {
		if _, err := openai.New(openai.Config{BaseURL: bad}); err == nil {
			t.Errorf("base URL %q accepted", bad)
		}
	}
}
