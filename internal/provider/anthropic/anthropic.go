// Package anthropic asks Claude models over Anthropic's Messages API. It
// satisfies llm.Model.
//
// The official SDK speaks HTTP; its own retries, its environment look-ups and
// its traces (which could carry prompts) are off. The key is shown to the SDK
// only.
//
// Files: anthropic.go (client, request), stream.go (answer).
package anthropic

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"rainmaker/internal/llm"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/secret"
)

const vendor = "anthropic"

// DefaultBaseURL is Anthropic's own.
const DefaultBaseURL = "https://api.anthropic.com"

// DefaultModel is asked when nothing else is configured.
const DefaultModel = "claude-haiku-4-5"

// Config says how to reach the API.
type Config struct {
	APIKey     secret.String
	BaseURL    string       // empty: DefaultBaseURL; a final /v1 is left out
	Model      string       // empty: DefaultModel
	HTTPClient *http.Client // nil: a fresh one; time limits come from the context
}

// Client is a Claude model.
type Client struct {
	messages sdk.MessageService
	cfg      Config
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
		return nil, errs.InvalidField("anthropic.base_url", "must be an http or https URL")
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/v1") + "/"
	return &Client{cfg: cfg, messages: sdk.NewMessageService(
		option.WithoutEnvironmentDefaults(),
		option.WithoutOpenTelemetry(),
		option.WithBaseURL(u.String()),
		option.WithHTTPClient(llm.BoundedClient(vendor, cfg.HTTPClient)),
		option.WithMaxRetries(0),
		option.WithAPIKey(cfg.APIKey.Reveal()),
	)}, nil
}

// Stream asks once.
func (c *Client) Stream(ctx context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		params, err := c.params(r)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		stream := c.messages.NewStreaming(ctx, params)
		defer func() { _ = stream.Close() }() // only frees the connection
		a := &answer{}
		for !a.done && stream.Next() {
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
		if err := stream.Err(); err != nil && !a.done {
			yield(llm.Event{}, c.failure(ctx, a.began, err))
			return
		}
		if !a.done {
			yield(llm.Event{}, llm.Classify(ctx, vendor, true, llm.Broken(vendor, nil)))
		}
	}
}

func (c *Client) params(r llm.Request) (sdk.MessageNewParams, error) {
	model := r.Model
	if model == "" {
		model = c.cfg.Model
	}
	p := sdk.MessageNewParams{Model: model, MaxTokens: int64(r.MaxTokens), Messages: messages(r.Messages)}
	if p.MaxTokens == 0 {
		p.MaxTokens = llm.DefaultMaxTokens
	}
	if r.System != "" {
		p.System = []sdk.TextBlockParam{{Text: r.System}}
	}
	if r.Temperature != nil && samples(model) {
		p.Temperature = param.NewOpt(min(max(*r.Temperature, 0), 1)) // the API's range
	}
	for _, t := range r.Tools {
		tool, err := toolParam(t)
		if err != nil {
			return p, err
		}
		p.Tools = append(p.Tools, tool)
	}
	if r.Schema != nil {
		schema, err := llm.WireSchema(r.Schema.JSON)
		if err != nil {
			return p, err
		}
		p.OutputConfig.Format = sdk.JSONOutputFormatParam{Schema: schema}
	}
	return p, nil
}

// samples reports whether the model takes a temperature. Newer ones refuse it;
// an unknown one is spared it.
func samples(model string) bool {
	for _, prefix := range []string{"claude-3", "claude-haiku-4-5", "claude-sonnet-4-5", "claude-sonnet-4-6", "claude-opus-4-5", "claude-opus-4-6"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

func toolParam(t llm.Tool) (sdk.ToolUnionParam, error) {
	schema, err := llm.WireSchema(t.Schema)
	if err != nil {
		return sdk.ToolUnionParam{}, err
	}
	in := sdk.ToolInputSchemaParam{Properties: schema["properties"], ExtraFields: map[string]any{}}
	if required, ok := schema["required"].([]any); ok {
		for _, name := range required {
			if s, ok := name.(string); ok {
				in.Required = append(in.Required, s)
			}
		}
	}
	for k, v := range schema {
		if k != "type" && k != "properties" && k != "required" {
			in.ExtraFields[k] = v
		}
	}
	tool := sdk.ToolUnionParamOfTool(in, t.Name)
	tool.OfTool.Description = param.NewOpt(t.Description)
	return tool, nil
}

// messages renders turns; tool results that follow each other become one turn,
// as the API wants them.
func messages(in []llm.Message) []sdk.MessageParam {
	var out []sdk.MessageParam
	results := false
	for _, m := range in {
		switch m.Role {
		case llm.ToolRole:
			block := sdk.NewToolResultBlock(m.ToolCallID, m.Text, false)
			if results {
				last := &out[len(out)-1]
				last.Content = append(last.Content, block)
			} else {
				out = append(out, sdk.NewUserMessage(block))
			}
		case llm.Assistant:
			var blocks []sdk.ContentBlockParamUnion
			if m.Text != "" {
				blocks = append(blocks, sdk.NewTextBlock(m.Text))
			}
			for _, c := range m.ToolCalls {
				args := c.Arguments
				if len(args) == 0 {
					args = json.RawMessage("{}")
				}
				blocks = append(blocks, sdk.NewToolUseBlock(c.ID, args, c.Name))
			}
			out = append(out, sdk.NewAssistantMessage(blocks...))
		default:
			out = append(out, sdk.NewUserMessage(sdk.NewTextBlock(m.Text)))
		}
		results = m.Role == llm.ToolRole
	}
	return out
}

// String names the client without its key, for logs.
func (c *Client) String() string { return "anthropic(" + c.cfg.Model + ")" }
