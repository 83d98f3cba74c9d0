package llm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"iter"
	"log/slog"
	"time"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/id"
)

// Ref says what a call is for: the reference of its accounting row.
type Ref struct {
	Purpose    string // such as reply.classify, email.draft; required
	CampaignID id.ID  // Nil when none
	LeadID     id.ID  // Nil when none
}

// Outcome is how a call ended.
type Outcome string

// The outcomes. Running is a call that has not been settled; one that is older
// than its time limit died with its process and stays counted at its
// reservation.
const (
	Running   Outcome = "running"
	Done      Outcome = "done"
	Failed    Outcome = "failed"
	Cancelled Outcome = "cancelled" // the caller went away
)

// Reservation is the most a call can cost, before it leaves.
type Reservation struct {
	Org         id.ID
	Ref         Ref
	Provider    string
	Model       string
	CostMicros  *int64 // nil: the model's price is unknown
	Tokens      int64
	PromptHash  [sha256.Size]byte
	PromptBytes int
}

// Settlement is what a call did cost.
type Settlement struct {
	Org         id.ID
	Call        id.ID
	Outcome     Outcome
	Code        string // of the failure
	Usage       *Usage // nil: the vendor did not say
	CostMicros  *int64 // nil: unknown
	Unbilled    bool   // the vendor refused before any work: nothing counts
	Latency     time.Duration
	FirstToken  time.Duration // 0: none came
	AnswerHash  [sha256.Size]byte
	AnswerBytes int
}

// Ledger keeps what an organisation's day has used. Reserve refuses with
// errs.LimitExceeded when the reservation does not fit into the day's budget;
// the check and the reservation are one transaction, so that parallel callers
// cannot overshoot together. Settle replaces the reservation by the cost; a
// second Settle of the same call changes nothing.
type Ledger interface {
	Reserve(ctx context.Context, r Reservation) (call id.ID, err error)
	Settle(ctx context.Context, s Settlement) error
}

// Spending is what WithBudget needs to know about a call.
type Spending struct {
	Ledger   Ledger
	Clock    clock.Clock
	Logger   *slog.Logger
	Org      id.ID
	Ref      Ref
	Provider string
	Model    string
	Price    *Price // nil: unknown
}

// settleWithin bounds the settlement, which outlives the caller's context.
const settleWithin = 5 * time.Second

// WithBudget reserves the most that a call of m can cost before it leaves and
// settles what it did cost when it ends, however it ends. What is not known
// counts as the reservation.
func WithBudget(m Model, s Spending) Model {
	return StreamFunc(func(ctx context.Context, r Request) iter.Seq2[Event, error] {
		return func(yield func(Event, error) bool) {
			call, err := s.reserve(ctx, r)
			if err != nil {
				yield(Event{}, err)
				return
			}
			metre := &metre{spending: s, call: call, began: s.Clock.Now(), outcome: Cancelled, answer: sha256.New()}
			// Deferred, so that a caller that breaks off or panics is settled too.
			defer metre.settle(ctx)
			for e, err := range m.Stream(ctx, r) {
				metre.see(ctx, e, err)
				if !yield(e, err) || err != nil {
					return
				}
			}
			if metre.outcome == Cancelled {
				metre.outcome = Failed
			}
		}
	})
}

func (s Spending) reserve(ctx context.Context, r Request) (id.ID, error) {
	prompt, err := json.Marshal(r)
	if err != nil {
		return id.Nil, fmt.Errorf("hash the prompt: %w", err)
	}
	most := worst(r)
	res := Reservation{
		Org: s.Org, Ref: s.Ref, Provider: s.Provider, Model: s.Model,
		Tokens: most.Tokens(), PromptHash: sha256.Sum256(prompt), PromptBytes: r.Size(),
	}
	if s.Price != nil {
		cost := s.Price.Cost(most)
		res.CostMicros = &cost
	}
	call, err := s.Ledger.Reserve(ctx, res)
	if err != nil {
		return id.Nil, fmt.Errorf("reserve %s call: %w", s.Ref.Purpose, err)
	}
	return call, nil
}

// metre measures one call.
type metre struct {
	spending Spending
	call     id.ID
	began    time.Time
	first    time.Duration
	outcome  Outcome
	code     string
	unbilled bool
	usage    *Usage
	answer   hash.Hash
	bytes    int
}

func (m *metre) see(ctx context.Context, e Event, err error) {
	if err != nil {
		m.outcome, m.code = Failed, CodeOf(err)
		if cancelled(ctx, err) {
			m.outcome = Cancelled
		}
		m.unbilled = m.first == 0 && unbilled(err)
		return
	}
	switch e.Kind {
	case Used:
		usage := e.Usage
		m.usage = &usage
		return
	case Stopped:
		m.outcome = Done
		return
	case Text:
		m.note([]byte(e.Text))
	case ToolUse:
		m.note([]byte(e.Tool.Name))
		m.note(e.Tool.Arguments)
	}
	if m.first == 0 {
		m.first = max(m.spending.Clock.Now().Sub(m.began), 1)
	}
}

func (m *metre) note(b []byte) {
	_, _ = m.answer.Write(b) // a hash never fails
	m.bytes += len(b)
}

func (m *metre) settle(ctx context.Context) {
	s := Settlement{
		Org: m.spending.Org, Call: m.call, Outcome: m.outcome, Code: m.code, Usage: m.usage, Unbilled: m.unbilled,
		Latency: m.spending.Clock.Now().Sub(m.began), FirstToken: m.first, AnswerBytes: m.bytes,
	}
	copy(s.AnswerHash[:], m.answer.Sum(nil))
	if m.usage != nil && m.spending.Price != nil {
		cost := m.spending.Price.Cost(*m.usage)
		s.CostMicros = &cost
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := m.spending.Ledger.Settle(ctx, s); err != nil {
		// The answer is already with the caller. The reservation stays counted, so
		// the budget cannot be overshot.
		m.spending.Logger.ErrorContext(ctx, "model call not settled", "call", m.call, "error", err)
	}
}

var errNoPurpose = errors.New("model call without a purpose")
