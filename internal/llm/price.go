package llm

import (
	"maps"
	"regexp"
)

// Price is what a model costs, in millionths of a US dollar per million tokens:
// $0.10 per million is 100,000.
type Price struct {
	Input       int64 `json:"input"`
	CachedInput int64 `json:"cached_input"`
	CacheWrite  int64 `json:"cache_write"` // 0: as Input
	Output      int64 `json:"output"`
}

// Prices are the known prices by model name. A model that is not listed has no
// known price; a local model that costs nothing is listed with zeros.
type Prices map[string]Price

// DefaultPrices returns the published list prices that we could read, without
// discounts. Configuration overrides and adds to them (Prices.With).
func DefaultPrices() Prices {
	// Anthropic: platform.claude.com/docs/en/about-claude/pricing, copy read
	// 2026-11-23 (base input, cache hits, 5m cache writes, output).
	opus := Price{Input: 5_000_000, CachedInput: 500_000, CacheWrite: 6_250_000, Output: 25_000_000}
	sonnet := Price{Input: 3_000_000, CachedInput: 300_000, CacheWrite: 3_750_000, Output: 15_000_000}
	return Prices{
		"claude-opus-5":     opus,
		"claude-opus-4-8":   opus,
		"claude-opus-4-7":   opus,
		"claude-opus-4-6":   opus,
		"claude-opus-4-5":   opus,
		"claude-sonnet-4-6": sonnet,
		"claude-sonnet-4-5": sonnet,
		"claude-haiku-4-5":  {Input: 1_000_000, CachedInput: 100_000, CacheWrite: 1_250_000, Output: 5_000_000},
		// platform.claude.com/docs/about-claude/models/whats-new-opus-5, copy read
		// 2026-11-23: input and output only. Cached input is set to the full price:
		// we send no cache_control, so none is billed. Haiku 5.5 is dearer above
		// 100,000 prompt tokens, which MaxPrompt rules out.
		"claude-opus-5-5":   {Input: 4_000_000, CachedInput: 4_000_000, Output: 20_000_000},
		"claude-sonnet-5-5": {Input: 2_000_000, CachedInput: 2_000_000, Output: 10_000_000},
		"claude-haiku-5-5":  {Input: 100_000, CachedInput: 100_000, Output: 500_000},

		// OpenAI: developers.openai.com/api/docs/models/<model>, copies read 2026-11-23.
		"gpt-6-luna":   {Input: 100_000, CachedInput: 10_000, CacheWrite: 125_000, Output: 500_000},
		"gpt-5.6-luna": {Input: 200_000, CachedInput: 20_000, CacheWrite: 250_000, Output: 1_200_000},
		"gpt-5-nano":   {Input: 50_000, CachedInput: 5_000, Output: 400_000},
		// Second-hand copies of openai.com/api/pricing, read 2026-11-23: Rust crates
		// openai-models 0.1.1 and adk-model 0.6.0, vercel.com/ai-gateway/models.
		"gpt-5.4-mini": {Input: 750_000, CachedInput: 75_000, Output: 4_500_000},
		"gpt-4.1-mini": {Input: 400_000, CachedInput: 100_000, Output: 1_600_000},
		"gpt-4o":       {Input: 2_500_000, CachedInput: 1_250_000, Output: 10_000_000},
		"gpt-4o-mini":  {Input: 150_000, CachedInput: 75_000, Output: 600_000},
	}
}

// With returns the prices with more's on top.
func (p Prices) With(more Prices) Prices {
	out := maps.Clone(p)
	maps.Copy(out, more)
	return out
}

// snapshot is the date at the end of a dated model name: -20251001, -2026-03-17.
var snapshot = regexp.MustCompile(`-(\d{8}|\d{4}-\d{2}-\d{2})$`)

// Of returns the price of a model; a dated snapshot has the price of its name.
// nil means unknown.
func (p Prices) Of(model string) *Price {
	price, ok := p[model]
	if !ok {
		price, ok = p[snapshot.ReplaceAllString(model, "")]
	}
	if !ok {
		return nil
	}
	return &price
}

// Cost is the price of a usage in millionths of a US dollar, rounded up.
func (p Price) Cost(u Usage) int64 {
	write := p.CacheWrite
	if write == 0 {
		write = p.Input
	}
	sum := u.Input*p.Input + u.CachedInput*p.CachedInput + u.CacheWrite*write + u.Output*p.Output
	return (sum + 999_999) / 1_000_000
}

// framing allows for what vendors add to a prompt, in tokens: roles, the
// rendering of tools and schemas. An assumption, not a vendor's promise: a call
// that takes more is settled at what it did take.
const (
	framingRequest = 600
	framingMessage = 16
)

// worst is the most that r can consume: every byte a token, every answer token
// used.
func worst(r Request) Usage {
	out := r.MaxTokens
	if out == 0 {
		out = DefaultMaxTokens
	}
	return Usage{CacheWrite: int64(r.Size() + framingRequest + framingMessage*len(r.Messages)), Output: int64(out)}
}
