package app

import (
	"cmp"
	"context"
	"path/filepath"

	"rainmaker/internal/llm"
	"rainmaker/internal/platform/config"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/provider/anthropic"
	"rainmaker/internal/provider/openai"
)

// models is the table of model vendors: the one chosen by llm.provider first,
// then every other that is configured, so that campaigns may name it. offline
// means none.
func (a *App) models() (*llm.Service, error) {
	deps := llm.Deps{
		DB: a.in.DB, Clock: a.clock, Logger: a.log,
		Budget: func(context.Context, id.ID) (llm.Budget, error) {
			return llm.Budget{TokensPerDay: a.cfg.LLM.TokensPerDay}, nil
		},
	}
	c := a.cfg
	if c.LLM.Provider == config.ProviderOffline {
		return llm.New(deps), nil
	}
	vendors := []struct {
		name, model string
		configured  bool
		open        func() (llm.Model, error)
	}{
		{
			config.ProviderOpenAI, cmp.Or(c.OpenAI.Model, openai.DefaultModel), c.OpenAI.APIKey != "" || c.OpenAI.BaseURL != "",
			func() (llm.Model, error) {
				return openai.New(openai.Config{APIKey: c.OpenAI.APIKey, BaseURL: c.OpenAI.BaseURL, Model: c.OpenAI.Model})
			},
		},
		{
			config.ProviderAnthropic, cmp.Or(c.Anthropic.Model, anthropic.DefaultModel), c.Anthropic.APIKey != "" || c.Anthropic.BaseURL != "",
			func() (llm.Model, error) {
				return anthropic.New(anthropic.Config{APIKey: c.Anthropic.APIKey, BaseURL: c.Anthropic.BaseURL, Model: c.Anthropic.Model})
			},
		},
	}
	for _, v := range vendors {
		if !v.configured {
			continue
		}
		model, err := v.open()
		if err != nil {
			return nil, err
		}
		binding := llm.Binding{Provider: v.name, Name: v.model, Model: model}
		if v.name == c.LLM.Provider {
			deps.Models = append([]llm.Binding{binding}, deps.Models...)
		} else {
			deps.Models = append(deps.Models, binding)
		}
	}
	return llm.New(deps), nil
}

// uploads is where files wait for their import.
func (a *App) uploads() string { return filepath.Join(a.cfg.Data, "uploads") }
