package llm_test

import (
	"testing"

	"rainmaker/internal/llm"
	"rainmaker/internal/llm/llmtest"
	"rainmaker/internal/platform/id"
)

func TestStatusTellsWhatHappened(t *testing.T) {
	usage := llm.Usage{Model: "priced-2026", Input: 1000, Output: 500} // 2000 micros
	m := llmtest.New(llmtest.Turn{Chunks: []string{"hello"}, Usage: &usage}, llmtest.Turn{Chunks: []string{"who knows"}},
		llmtest.Turn{Status: 401})
	s, _, org := service(t, m, llm.Budget{})
	before, err := s.Status(t.Context(), org)
	if err != nil || before != (llm.Status{Provider: "fake", Model: "priced"}) {
		t.Fatalf("before any call: %+v, %v", before, err)
	}
	ref := llm.Ref{Purpose: "email.draft"}
	for _, model := range []string{"priced", "unpriced", "priced"} {
		r := llmtest.Ask("hi")
		r.Model, r.MaxTokens = model, 100
		_, _ = s.Complete(t.Context(), org, ref, r)
	}
	got, err := s.Status(t.Context(), org)
	if err != nil || got.LastSuccess == nil || !got.LastSuccess.Equal(noon) || got.LastError == nil || !got.LastError.Equal(noon) {
		t.Fatalf("times: %+v, %v", got, err)
	}
	got.LastSuccess, got.LastError = nil, nil
	if want := (llm.Status{Provider: "fake", Model: "priced", ErrorCode: llm.CodeCredentials, Calls: 3, Failed: 1, CostMicros: 2000, UnknownCost: 1}); got != want {
		t.Errorf("status %+v, want %+v", got, want)
	}
	if other, err := s.Status(t.Context(), id.New()); err != nil || other.Calls != 0 || other.LastError != nil {
		t.Errorf("another organisation sees %+v, %v", other, err)
	}
	if llm.ErrorWords(llm.CodeCredentials) != "the provider refused the key" || llm.ErrorWords("new") == "" {
		t.Error("a code has no words")
	}

	none, _, tenant := service(t, nil, llm.Budget{})
	_, err = none.Draft(t.Context(), tenant, ref, "", llm.Brief{Goal: llm.BookDemo, Step: 1, Steps: 1, Sender: llm.SenderFacts{Organization: "Acme", Offer: "bikes"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := none.Status(t.Context(), tenant); err != nil || got != (llm.Status{Offline: 1}) {
		t.Errorf("offline: %+v, %v", got, err)
	}
}
