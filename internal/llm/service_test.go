package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rainmaker/internal/llm"
	"rainmaker/internal/llm/llmtest"
	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/db/dbtest"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// service returns a Service over the model, with a budget, for a new tenant.
func service(t *testing.T, m llm.Model, b llm.Budget) (*llm.Service, *db.DB, id.ID) {
	t.Helper()
	d := dbtest.New(t)
	deps := llm.Deps{
		DB: d, Clock: clock.Fixed(noon), Logger: slog.New(slog.DiscardHandler),
		Prices: llm.Prices{"priced": {Input: 1_000_000, Output: 2_000_000}},
		Budget: func(context.Context, id.ID) (llm.Budget, error) { return b, nil },
		Retry:  llm.Retry{Attempts: 2, Base: time.Millisecond},
	}
	if m != nil {
		deps.Models = []llm.Binding{{Provider: "fake", Name: "priced", Model: m}, {Provider: "fake", Name: "unpriced", Model: m}}
	}
	return llm.New(deps), d, id.New()
}

// row is what a test looks at of llm_calls.
type row struct {
	Purpose, Provider, Model, Outcome, Code string
	Input, Output, Cost                     *int64
	Counted, CountedTokens                  int64
}

func calls(t *testing.T, d *db.DB, org id.ID) []row {
	t.Helper()
	var out []row
	err := d.InTenant(t.Context(), org, func(tx db.Tx) error {
		rows, err := tx.Query(t.Context(), `select purpose, provider, model, outcome, code, input_tokens, output_tokens, cost_micros,
			counted_micros, counted_tokens from llm_calls where org_id = $1 order by id`, org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.Purpose, &r.Provider, &r.Model, &r.Outcome, &r.Code, &r.Input, &r.Output, &r.Cost, &r.Counted, &r.CountedTokens); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ptr(v int64) *int64 { return &v }

func TestEveryAttemptIsRecorded(t *testing.T) {
	usage := llm.Usage{Model: "priced-2026", Input: 1000, Output: 500}
	m := llmtest.New(llmtest.Turn{Status: 500}, llmtest.Turn{Chunks: []string{"hello"}, Usage: &usage},
		llmtest.Turn{Chunks: []string{"half"}, End: llmtest.Truncate}, llmtest.Turn{Chunks: []string{"no usage"}})
	s, d, org := service(t, m, llm.Budget{})
	campaign := id.New()
	ref := llm.Ref{Purpose: "email.draft", CampaignID: campaign, LeadID: id.New()}
	r := llmtest.Ask("hi")
	r.MaxTokens = 100

	a, err := s.Complete(t.Context(), org, ref, r)
	if err != nil || a.Text != "hello" || a.Model != "priced" || a.Provider != "fake" {
		t.Fatalf("answer %+v, %v", a, err)
	}
	if _, err := s.Complete(t.Context(), org, ref, r); llm.CodeOf(err) != llm.CodeTruncated {
		t.Fatalf("broken stream: %v", err)
	}
	r.Model = "unpriced"
	if _, err := s.Complete(t.Context(), org, ref, r); err != nil {
		t.Fatalf("without usage: %v", err)
	}

	got := calls(t, d, org)
	if len(got) != 4 {
		t.Fatalf("%d rows: %+v", len(got), got)
	}
	// What is not known counts as the reservation: worst case tokens and money.
	reserved, tokens := got[2].Counted, got[2].CountedTokens
	if reserved < 200 || tokens < 100 {
		t.Errorf("reservation of %d micros and %d tokens is no upper bound", reserved, tokens)
	}
	row := func(model, outcome, code string) row {
		return row{Purpose: "email.draft", Provider: "fake", Model: model, Outcome: outcome, Code: code}
	}
	refused, done, broken, unknown := row("priced", "failed", llm.CodeVendorDown), row("priced", "done", ""), row("priced", "failed", llm.CodeTruncated), row("unpriced", "done", "")
	refused.Cost = ptr(0)
	done.Input, done.Output, done.Cost, done.Counted, done.CountedTokens = ptr(1000), ptr(500), ptr(2000), 2000, 1500
	broken.Counted, broken.CountedTokens = reserved, tokens
	unknown.CountedTokens = tokens
	if diff := cmp.Diff([]any{refused, done, broken, unknown}, []any{got[0], got[1], got[2], got[3]}); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	today, err := s.Today(t.Context(), org)
	want := llm.Today{Micros: 2000 + reserved, Tokens: 1500 + 2*tokens, Calls: 4}
	if err != nil || today != want {
		t.Errorf("today %+v, %v; want %+v", today, err, want)
	}
	spent, err := s.Spent(t.Context(), org, noon, noon)
	if err != nil || len(spent) != 2 || spent[0].CostMicros != 2000 || spent[0].Failed != 2 || spent[0].UnknownCost != 1 ||
		spent[1].Model != "unpriced" || spent[1].UnknownCost != 1 || spent[0].CampaignID != campaign {
		t.Errorf("spent %+v, %v", spent, err)
	}
	if other, err := s.Spent(t.Context(), id.New(), noon, noon); err != nil || len(other) != 0 {
		t.Errorf("another tenant sees %+v, %v", other, err)
	}
}

// TestBudgetHolds: many at once against a budget of a few calls.
func TestBudgetHolds(t *testing.T) {
	usage := llm.Usage{Model: "priced", Input: 400, Output: 100} // 600 micros
	m := llmtest.New(llmtest.Turn{Chunks: []string{"x"}, Usage: &usage})
	const budget = 5000
	s, d, org := service(t, m, llm.Budget{MicrosPerDay: budget})
	r := llmtest.Ask("hi")
	r.MaxTokens = 100
	var wg sync.WaitGroup
	var mu sync.Mutex
	done, refused := 0, 0
	for range 60 {
		wg.Go(func() {
			_, err := s.Complete(t.Context(), org, llm.Ref{Purpose: "test"}, r)
			mu.Lock()
			defer mu.Unlock()
			var e *errs.Error
			switch {
			case err == nil:
				done++
			case errors.As(err, &e) && e.Kind == errs.LimitExceeded && e.Code == llm.CodeBudget && e.RetryAfter == 12*time.Hour:
				refused++
			default:
				t.Errorf("neither done nor refused until midnight: %v", err)
			}
		})
	}
	wg.Wait()
	today, err := s.Today(t.Context(), org)
	if err != nil || today.Micros > budget || today.Micros != int64(done)*600 {
		t.Errorf("%d done, %d refused, %d micros used of %d, %v", done, refused, today.Micros, budget, err)
	}
	if done == 0 || refused == 0 || len(calls(t, d, org)) != done {
		t.Errorf("%d done, %d refused, %d rows", done, refused, len(calls(t, d, org)))
	}
	t.Logf("%d done, %d refused, %d of %d micros", done, refused, today.Micros, budget)

	r.Model = "unpriced"
	if _, err := s.Complete(t.Context(), org, llm.Ref{Purpose: "test"}, r); llm.CodeOf(err) != llm.CodeUnknownPrice {
		t.Errorf("unknown price under a budget of money: %v", err)
	}
}

func TestTokenBudget(t *testing.T) {
	s, _, org := service(t, llmtest.New(llmtest.Say("x")), llm.Budget{TokensPerDay: 500})
	r := llmtest.Ask("hi")
	r.Model, r.MaxTokens = "unpriced", 100
	if _, err := s.Complete(t.Context(), org, llm.Ref{Purpose: "test"}, r); llm.CodeOf(err) != llm.CodeBudget {
		t.Errorf("%v; want %s", err, llm.CodeBudget)
	}
}

// TestBrokenOffStreamIsSettled: a caller that goes away leaves no open row.
func TestBrokenOffStreamIsSettled(t *testing.T) {
	s, d, org := service(t, llmtest.New(llmtest.Turn{Chunks: []string{"a", "b"}, End: llmtest.Endless}), llm.Budget{})
	for range s.Stream(t.Context(), org, llm.Ref{Purpose: "call.answer"}, llmtest.Ask("hi")) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range s.Stream(ctx, org, llm.Ref{Purpose: "call.answer"}, llmtest.Ask("hi")) {
		cancel()
	}
	for _, r := range calls(t, d, org) {
		if r.Outcome != string(llm.Cancelled) || r.Cost != nil || r.Counted == 0 {
			t.Errorf("row %+v; want cancelled, of unknown cost, counted as reserved", r)
		}
	}
}

func TestModelsAreAClosedSet(t *testing.T) {
	s, _, org := service(t, llmtest.New(llmtest.Say("x")), llm.Budget{})
	r := llmtest.Ask("hi")
	for model, want := range map[string]string{"": "", "priced": "", "fake/unpriced": "", "gpt-99": llm.CodeUnknownModel} {
		r.Model = model
		if _, err := s.Complete(t.Context(), org, llm.Ref{Purpose: "test"}, r); llm.CodeOf(err) != want || (err == nil) != (want == "") {
			t.Errorf("model %q: %v; want code %q", model, err, want)
		}
	}
	if _, err := s.Complete(t.Context(), org, llm.Ref{}, llmtest.Ask("x")); err == nil {
		t.Error("a call without a purpose was made")
	}
	none, _, org := service(t, nil, llm.Budget{})
	if _, err := none.Complete(t.Context(), org, llm.Ref{Purpose: "test"}, llmtest.Ask("x")); llm.CodeOf(err) != llm.CodeNotConfigured || none.Configured() {
		t.Errorf("without a model: %v", err)
	}
}

func TestChoose(t *testing.T) {
	s, d, org := service(t, llmtest.New(llmtest.Say("No idea!"), llmtest.Say(`{"label":"yes","reason":"they say so"}`)), llm.Budget{})
	label, reason, err := s.Choose(t.Context(), org, llm.Ref{Purpose: "reply.classify"}, "Sort.", "sure, call me", []string{"yes", "no"})
	if err != nil || label != "yes" || reason != "they say so" || len(calls(t, d, org)) != 2 {
		t.Errorf("%q %q %v, %d calls; want yes after one repair turn", label, reason, err, len(calls(t, d, org)))
	}
}

func brief() llm.Brief {
	return llm.Brief{
		Goal: llm.BookDemo, Step: 2, Steps: 4, Seed: 1,
		Lead: llm.LeadFacts{FirstName: "Dana", Company: "Harbor Dental"},
		Sender: llm.SenderFacts{
			Name: "Sam Ortiz", Organization: "Brightline", Offer: "appointment reminders that patients answer by text",
			Proof:      []llm.Proof{{Text: "Seaside Dental in Oxnard cut no-shows from 14 to 6 percent in one quarter", Source: "case study"}},
			BookingURL: "https://brightline.example/meet/sam",
		},
	}
}

func TestDraftByModel(t *testing.T) {
	good := llm.Draft{
		Subject: "No-shows at {{company | your team}}",
		Body:    "Hi {{first_name | there}},\n\nSeaside Dental in Oxnard cut no-shows from 14 to 6 percent in one quarter. Could I show you how in 15 minutes?\n\nhttps://brightline.example/meet/sam\n\nSam Ortiz\nBrightline",
		Claims:  []llm.Claim{{Text: "Seaside Dental in Oxnard cut no-shows from 14 to 6 percent in one quarter", Source: "sender.proof.1"}},
	}
	written := func(change func(*llm.Draft)) llmtest.Turn {
		d := good
		d.Claims = append([]llm.Claim(nil), good.Claims...)
		change(&d)
		raw, _ := json.Marshal(map[string]any{"subject": d.Subject, "body": d.Body, "claims": d.Claims})
		return llmtest.Say(string(raw))
	}
	for name, c := range map[string]struct {
		turn llmtest.Turn
		note string // "" : the model's draft is taken
	}{
		"good":            {written(func(*llm.Draft) {}), ""},
		"invented number": {written(func(d *llm.Draft) { d.Body = strings.Replace(d.Body, "6 percent", "3 percent", 1) }), "number 3"},
		"foreign link":    {written(func(d *llm.Draft) { d.Body += "\nSee evil.com/x" }), "link"},
		"address":         {written(func(d *llm.Draft) { d.Body += "\nWrite to boss@corp" }), "address"},
		"unknown field":   {written(func(d *llm.Draft) { d.Body += "\n{{api_key}}" }), "merge field"},
		"feigned reply":   {written(func(d *llm.Draft) { d.Subject = "Re: our call" }), "feigned"},
		"promise":         {written(func(d *llm.Draft) { d.Body += "\nResults guaranteed." }), "promise"},
		"unknown source":  {written(func(d *llm.Draft) { d.Claims[0].Source = "sender.revenue" }), "not a fact"},
		"wrong source":    {written(func(d *llm.Draft) { d.Claims[0].Source = "sender.offer" }), "does not follow"},
		"claim not there": {written(func(d *llm.Draft) { d.Claims[0].Text = "Seaside Dental loves it" }), "not in the text"},
		"not JSON":        {llmtest.Say("Sure! Here is your email:"), "could not be used"},
		"vendor down":     {llmtest.Turn{Status: 503}, "failure of its own"},
		"endless":         {llmtest.Turn{End: llmtest.Endless}, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, org := service(t, llmtest.New(c.turn), llm.Budget{})
			got, err := s.Draft(t.Context(), org, llm.Ref{Purpose: "email.draft"}, "", brief())
			if err != nil {
				t.Fatal(err)
			}
			if c.note == "" && (got.Model != "priced" || got.Body != good.Body || got.Note != "") {
				t.Errorf("draft %+v; want the model's", got)
			}
			if c.note != "" && (got.Model != llm.OfflineModel || !strings.Contains(got.Note, c.note)) {
				t.Errorf("model %q, note %q; want offline because of %q", got.Model, got.Note, c.note)
			}
		})
	}
}

func TestDraftWithoutModel(t *testing.T) {
	s, d, org := service(t, nil, llm.Budget{})
	got, err := s.Draft(t.Context(), org, llm.Ref{Purpose: "email.draft"}, "", brief())
	if err != nil || got.Model != llm.OfflineModel || got.Note != "" {
		t.Errorf("draft %+v, %v", got, err)
	}
	want := row{Purpose: "email.draft", Provider: "offline", Model: "offline", Outcome: "done", Input: ptr(0), Output: ptr(0), Cost: ptr(0)}
	if diff := cmp.Diff([]row{want}, calls(t, d, org)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if _, ok, err := s.SuggestAnswer(t.Context(), org, llm.Ref{Purpose: "reply.answer"}, "", llm.ReplyBrief{Label: "unsubscribe", Sender: brief().Sender}); ok || err != nil {
		t.Errorf("answer to an opt-out: %t, %v", ok, err)
	}
}

// TestAllAttemptsShareATimeLimit: retries do not add up for ever.
func TestAllAttemptsShareATimeLimit(t *testing.T) {
	d := dbtest.New(t)
	s := llm.New(llm.Deps{
		DB: d, Clock: clock.Fixed(noon), Logger: slog.New(slog.DiscardHandler),
		Models:  []llm.Binding{{Provider: "fake", Name: "slow", Model: llmtest.New(llmtest.Turn{End: llmtest.Hang})}},
		Retry:   llm.Retry{Attempts: 1000, Base: time.Millisecond},
		Timeout: llm.Timeout{First: 20 * time.Millisecond, Total: 200 * time.Millisecond},
	})
	org := id.New()
	_, err := s.Complete(t.Context(), org, llm.Ref{Purpose: "test"}, llmtest.Ask("hi"))
	if llm.CodeOf(err) != llm.CodeTimeout || !errs.Is(err, errs.Unavailable) {
		t.Errorf("%v; want %s", err, llm.CodeTimeout)
	}
	for _, r := range calls(t, d, org) {
		if r.Outcome == string(llm.Running) || r.Cost != nil || r.CountedTokens == 0 {
			t.Errorf("row %+v; want it settled, of unknown cost, counted", r)
		}
	}
}
