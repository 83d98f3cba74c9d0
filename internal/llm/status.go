package llm

import (
	"context"
	"time"

	"rainmaker/internal/platform/id"
)

// Status is how the models did for an organisation.
type Status struct {
	Provider    string // of the default model; empty: none is configured
	Model       string
	LastSuccess *time.Time // of any model
	LastError   *time.Time
	ErrorCode   string // of LastError
	Calls       int64  // of models, this UTC month
	Failed      int64
	CostMicros  int64 // this UTC month, of the calls whose cost is known
	UnknownCost int64 // calls whose cost is not known
	Offline     int64 // texts that no model wrote, this UTC month
}

// Status tells what stands in the record of calls.
func (s *Service) Status(ctx context.Context, org id.ID) (Status, error) {
	now := s.clock.Now().UTC()
	out, err := s.store.status(ctx, org, time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC), now)
	if len(s.models) > 0 {
		out.Provider, out.Model = s.models[0].Provider, s.models[0].Name
	}
	return out, err
}

// ErrorWords says for people what a code of a failure means.
func ErrorWords(code string) string {
	words := map[string]string{
		CodeNotConfigured: "no language model is configured", CodeUnknownModel: "the model is not known",
		CodeBudget: "the model budget of the day was used up", CodeUnknownPrice: "the price of the model is not known",
		CodePromptTooLarge: "the question was too long", CodeRateLimited: "the provider limits the rate of calls",
		CodeVendorDown: "the provider had a fault", CodeUnreachable: "the provider could not be reached",
		CodeCredentials: "the provider refused the key", CodeRefused: "the provider refused the question",
		CodeTimeout: "the provider took too long", CodeTruncated: "the answer broke off",
		CodeBadAnswer: "the answer was not usable", CodeAnswerTooLarge: "the answer was too long",
	}
	if said, known := words[code]; known {
		return said
	}
	return "the model failed"
}
