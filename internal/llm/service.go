package llm

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/telemetry"
)

// Binding is one configured model: what a campaign may name as its model.
type Binding struct {
	Provider string // openai, anthropic
	Name     string // the vendor's model name
	Model    Model
}

// Deps is what a Service needs.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Logger *slog.Logger
	// Models that may be used, the default first. Empty: nothing is configured,
	// every question is refused with code llm_not_configured and drafts are
	// written offline.
	Models []Binding
	Prices Prices // nil means DefaultPrices
	// Budget of an organisation's day; nil means DefaultBudget for everybody.
	Budget  func(ctx context.Context, org id.ID) (Budget, error)
	Retry   Retry
	Timeout Timeout
}

// DefaultBudget bounds a day whose organisation has set nothing. It bounds
// tokens and not money, so that models of unknown price work without set-up.
func DefaultBudget() Budget { return Budget{TokensPerDay: 5_000_000} }

// Service asks the configured models on behalf of organisations. Calls leave
// outside any transaction: never hold one while asking.
type Service struct {
	store   *store
	clock   clock.Clock
	log     *slog.Logger
	models  []Binding
	prices  Prices
	retry   Retry
	timeout Timeout
}

// New returns a Service.
func New(d Deps) *Service {
	if d.Prices == nil {
		d.Prices = DefaultPrices()
	}
	if d.Budget == nil {
		d.Budget = func(context.Context, id.ID) (Budget, error) { return DefaultBudget(), nil }
	}
	return &Service{
		store: &store{db: d.DB, clock: d.Clock, budget: d.Budget}, clock: d.Clock, log: d.Logger,
		models: d.Models, prices: d.Prices, retry: d.Retry, timeout: d.Timeout,
	}
}

// Configured reports whether there is a model to ask.
func (s *Service) Configured() bool { return len(s.models) > 0 }

// Models returns the names that a campaign may choose from, the default first.
func (s *Service) Models() []string {
	names := make([]string, len(s.models))
	for i, b := range s.models {
		names[i] = b.Name
	}
	return names
}

// pick returns the binding of a model name or of provider/name; "" is the
// default.
func (s *Service) pick(name string) (Binding, error) {
	if len(s.models) == 0 {
		return Binding{}, &errs.Error{Kind: errs.Conflict, Code: CodeNotConfigured, Message: "no language model is configured"}
	}
	if name == "" {
		return s.models[0], nil
	}
	for _, b := range s.models {
		if b.Name == name || b.Provider+"/"+b.Name == name {
			return b, nil
		}
	}
	e := errs.InvalidField("ai.model", "is not one of the configured models")
	e.Code = CodeUnknownModel
	return Binding{}, e
}

// Stream asks the model that r names, within the organisation's budget, and
// records every attempt. Text is handed on as it comes.
func (s *Service) Stream(ctx context.Context, org id.ID, ref Ref, r Request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		m, r, err := s.prepare(org, ref, r)
		if err != nil {
			yield(Event{}, err)
			return
		}
		for e, err := range m.Stream(ctx, r) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// Complete asks like Stream and returns the whole answer.
func (s *Service) Complete(ctx context.Context, org id.ID, ref Ref, r Request) (Answer, error) {
	m, prepared, err := s.prepare(org, ref, r)
	if err != nil {
		return Answer{}, err
	}
	ctx, span := telemetry.Span(ctx, "llm complete", telemetry.OrgID.String(org.String()), telemetry.Model.String(prepared.Model))
	a, err := Complete(ctx, m, prepared)
	span.End(err)
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s for %s: %w", prepared.Model, ref.Purpose, err)
	}
	b, _ := s.pick(r.Model) // found a moment ago
	a.Provider, a.Model = b.Provider, b.Name
	return a, nil
}

// JSON asks for an answer of r.Schema and decodes it into out, with one repair
// turn.
func (s *Service) JSON(ctx context.Context, org id.ID, ref Ref, r Request, out any) (Answer, error) {
	return CompleteJSON(ctx, r, out, func(ctx context.Context, r Request) (Answer, error) {
		return s.Complete(ctx, org, ref, r)
	})
}

// prepare stacks the decorators. Retry stands outside the budget, so that each
// attempt has its own reservation and row; the guard stands inside, so that a
// hostile answer is recorded as failed. The outermost limit is of time for all
// attempts together.
func (s *Service) prepare(org id.ID, ref Ref, r Request) (Model, Request, error) {
	if ref.Purpose == "" {
		return nil, r, errNoPurpose
	}
	b, err := s.pick(r.Model)
	if err != nil {
		return nil, r, err
	}
	r.Model = b.Name
	if r.MaxTokens == 0 {
		r.MaxTokens = DefaultMaxTokens
	}
	if err := r.Validate(); err != nil {
		return nil, r, err
	}
	m := WithTimeout(WithGuard(b.Model), s.timeout)
	m = WithBudget(m, Spending{
		Ledger: s.store, Clock: s.clock, Logger: s.log, Org: org, Ref: ref,
		Provider: b.Provider, Model: b.Name, Price: s.prices.Of(b.Name),
	})
	total := s.timeout.defaults().Total
	return WithTimeout(WithRetry(m, s.retry), Timeout{Whole: total, First: total, Idle: total}), r, nil
}

// Spent sums the calls of the UTC days from..to by purpose, model and campaign.
func (s *Service) Spent(ctx context.Context, org id.ID, from, to time.Time) ([]Spent, error) {
	return s.store.spent(ctx, org, from, to)
}

// Today is what the organisation has used of today's budget.
func (s *Service) Today(ctx context.Context, org id.ID) (Today, error) {
	return s.store.today(ctx, org)
}

// offline records a text that no model wrote.
func (s *Service) offline(ctx context.Context, org id.ID, ref Ref, prompt, answer []byte) error {
	if ref.Purpose == "" {
		return errNoPurpose
	}
	return s.store.recordOffline(ctx,
		Reservation{Org: org, Ref: ref, Provider: OfflineModel, Model: OfflineModel, PromptHash: sha256.Sum256(prompt), PromptBytes: len(prompt)},
		Settlement{AnswerHash: sha256.Sum256(answer), AnswerBytes: len(answer)})
}
