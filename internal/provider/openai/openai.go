// Package openai asks models over OpenAI's Chat Completions, and over every
// server that speaks the same protocol (llama.cpp, vLLM, Ollama, gateways): the
// base URL decides. It satisfies llm.Model.
//
// The official SDK speaks HTTP; its own retries are off, because llm.WithRetry
// decides. The key is shown to the SDK only.
//
// Files: openai.go (client, request), stream.go (answer).
package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"rainmaker/internal/llm"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

const vendor = "openai"

// DefaultBaseURL is OpenAI's own.
const DefaultBaseURL = "https://api.openai.com/v1"

// DefaultModel is asked when nothing else is configured.
const DefaultModel = "gpt-6-luna"

// Config says how to reach the server.
type Config struct {
	APIKey     secret.String // empty: no Authorization header, for local servers
	BaseURL    string        // empty: DefaultBaseURL; without a path, /v1 is meant
	Model      string        // empty: DefaultModel
	HTTPClient *http.Client  // nil: a fresh one; time limits come from the context
	// OldMaxTokens sends max_tokens instead of max_completion_tokens, for servers
	// that do not know the newer name.
	OldMaxTokens bool
	// ReasoningEffort is sent when not empty (none, minimal, low, medium, high).
	ReasoningEffort string
}

// Client is a model at an OpenAI-compatible server.
type Client struct {
	chat sdk.ChatCompletionService
	cfg  Config
}

// New returns a Client. It does not connect.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if cfg.Model == "" {
		cfg.Model = DefaultModel
	}
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errs.InvalidField("openai.base_url", "must be an http or https URL")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1"
	}
	opts := []option.RequestOption{
		option.WithBaseURL(u.String()),
		option.WithHTTPClient(llm.BoundedClient(vendor, cfg.HTTPClient)),
		option.WithMaxRetries(0),
	}
	if key := cfg.APIKey.Reveal(); key != "" {
		opts = append(opts, option.WithAPIKey(key))
	}
	return &Client{chat: sdk.NewChatCompletionService(opts...), cfg: cfg}, nil
}

// Stream asks once.
func (c *Client) Stream(ctx context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		params, err := c.params(r)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		stream := c.chat.NewStreaming(ctx, params)
		defer func() { _ = stream.Close() }() // only frees the connection
		a := &answer{}
		for stream.Next() {
			for _, e := range a.see(stream.Current()) {
				if !yield(e, nil) {
					return
				}
			}
			if a.err != nil {
				yield(llm.Event{}, a.err)
				return
			}
		}
		if err := stream.Err(); err != nil {
			yield(llm.Event{}, c.failure(ctx, a.began, err))
			return
		}
		events, err := a.end(ctx)
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(llm.Event{}, err)
		}
	}
}

func (c *Client) params(r llm.Request) (sdk.ChatCompletionNewParams, error) {
	model := r.Model
	if model == "" {
		model = c.cfg.Model
	}
	p := sdk.ChatCompletionNewParams{
		Model:         model,
		Messages:      messages(r),
		StreamOptions: sdk.ChatCompletionStreamOptionsParam{IncludeUsage: sdk.Bool(true)},
	}
	most := int64(r.MaxTokens)
	if most == 0 {
		most = llm.DefaultMaxTokens
	}
	if c.cfg.OldMaxTokens {
		p.MaxTokens = sdk.Int(most)
	} else {
		p.MaxCompletionTokens = sdk.Int(most)
	}
	if r.Temperature != nil && !reasons(model) {
		p.Temperature = sdk.Float(*r.Temperature)
	}
	if r.Seed != nil && !reasons(model) {
		p.Seed = sdk.Int(*r.Seed)
	}
	if c.cfg.ReasoningEffort != "" {
		p.ReasoningEffort = shared.ReasoningEffort(c.cfg.ReasoningEffort)
	}
	if len(r.Tools) > 0 && strings.HasPrefix(model, "gpt-6") {
		// Chat Completions of these models calls tools only without reasoning.
		p.ReasoningEffort = "none"
	}
	for _, t := range r.Tools {
		schema, err := llm.WireSchema(t.Schema)
		if err != nil {
			return p, err
		}
		p.Tools = append(p.Tools, sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Name, Description: sdk.String(t.Description), Parameters: schema, Strict: sdk.Bool(strict(schema)),
		}))
	}
	if r.Schema != nil {
		schema, err := llm.WireSchema(r.Schema.JSON)
		if err != nil {
			return p, err
		}
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: r.Schema.Name, Schema: schema, Strict: sdk.Bool(strict(schema))},
		}
	}
	return p, nil
}

// reasons reports whether the model thinks first; those fix temperature and
// seed and refuse a request that sets them.
func reasons(model string) bool {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// strict reports whether a schema may be enforced while decoding: every object
// closed, every property required.
func strict(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if props, ok := v["properties"].(map[string]any); ok {
			required, _ := v["required"].([]any)
			if v["additionalProperties"] != false || len(required) != len(props) {
				return false
			}
		}
		for _, sub := range v {
			if !strict(sub) {
				return false
			}
		}
	case []any:
		for _, sub := range v {
			if !strict(sub) {
				return false
			}
		}
	}
	return true
}

func messages(r llm.Request) []sdk.ChatCompletionMessageParamUnion {
	var out []sdk.ChatCompletionMessageParamUnion
	if r.System != "" {
		out = append(out, sdk.SystemMessage(r.System))
	}
	for _, m := range r.Messages {
		switch m.Role {
		case llm.ToolRole:
			out = append(out, sdk.ToolMessage(m.Text, m.ToolCallID))
		case llm.Assistant:
			a := sdk.ChatCompletionAssistantMessageParam{}
			if m.Text != "" {
				a.Content.OfString = sdk.String(m.Text)
			}
			for _, c := range m.ToolCalls {
				a.ToolCalls = append(a.ToolCalls, sdk.ChatCompletionMessageToolCallUnionParam{
					OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
						ID:       c.ID,
						Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: c.Name, Arguments: string(compact(c.Arguments))},
					},
				})
			}
			out = append(out, sdk.ChatCompletionMessageParamUnion{OfAssistant: &a})
		default:
			out = append(out, sdk.UserMessage(m.Text))
		}
	}
	return out
}

func compact(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

// String names the client without its key, for logs.
func (c *Client) String() string { return fmt.Sprintf("openai(%s)", c.cfg.Model) }
