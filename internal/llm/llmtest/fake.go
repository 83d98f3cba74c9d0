// Package llmtest has a scripted model and the conformance suite that every
// model, scripted or a vendor's, has to pass.
//
// Files: fake.go (Turn, Fake), conform.go (Conform), sse.go (a local server for
// a vendor's event stream), contract.go (requests against the vendor's OpenAPI).
package llmtest

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"rainmaker/internal/llm"
)

// End is how a scripted answer ends after its events.
type End string

// The ends. The zero value finishes properly.
const (
	Finish    End = ""
	Truncate  End = "truncate"  // the connection ends without a stop
	Hang      End = "hang"      // nothing more comes until the caller goes away
	Malformed End = "malformed" // bytes that are not the protocol
	Endless   End = "endless"   // text for ever
)

// Turn is what a model does with one request.
type Turn struct {
	Status     int           // not 0: refuse with this HTTP status
	RetryAfter time.Duration // with Status
	Chunks     []string      // pieces of text
	Tools      []llm.ToolCall
	Usage      *llm.Usage
	Stop       llm.StopReason // empty: StopTools when there are Tools, else StopEnd
	End        End
	// OnEnd, when set, is called once the model sees that its caller went away.
	OnEnd func()
}

// Reason is the stop reason of the turn.
func (t Turn) Reason() llm.StopReason {
	switch {
	case t.Stop != "":
		return t.Stop
	case len(t.Tools) > 0:
		return llm.StopTools
	}
	return llm.StopEnd
}

// Say is a turn that answers text and counts some tokens.
func Say(text string) Turn {
	return Turn{Chunks: []string{text}, Usage: &llm.Usage{Model: "fake-1", Input: 10, Output: int64(len(text)/4 + 1)}}
}

// Fake is a model that follows a script: one turn a request, the last one again
// and again. It is safe for concurrent use.
type Fake struct {
	mu       sync.Mutex
	turns    []Turn
	requests []llm.Request
}

// New returns a Fake of the turns.
func New(turns ...Turn) *Fake { return &Fake{turns: turns} }

// Requests returns what has been asked so far.
func (f *Fake) Requests() []llm.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]llm.Request(nil), f.requests...)
}

func (f *Fake) next(r llm.Request) (Turn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r)
	if len(f.turns) == 0 {
		return Turn{}, errors.New("llmtest: a fake without a script was asked")
	}
	t := f.turns[0]
	if len(f.turns) > 1 {
		f.turns = f.turns[1:]
	}
	return t, nil
}

// Stream plays the next turn.
func (f *Fake) Stream(ctx context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(llm.Event{}, err)
			return
		}
		t, err := f.next(r)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		if t.Status != 0 {
			yield(llm.Event{}, llm.StatusError("fake", t.Status, t.RetryAfter, nil))
			return
		}
		for _, c := range t.Chunks {
			if !yield(llm.Event{Kind: llm.Text, Text: c}, nil) {
				t.gone()
				return
			}
		}
		t.end(ctx, yield)
	}
}

func (t Turn) gone() {
	if t.OnEnd != nil {
		t.OnEnd()
	}
}

func (t Turn) end(ctx context.Context, yield func(llm.Event, error) bool) {
	switch t.End {
	case Truncate:
		yield(llm.Event{}, llm.Broken("fake", nil))
		return
	case Malformed:
		yield(llm.Event{}, llm.BadAnswer("not the protocol"))
		return
	case Hang:
		<-ctx.Done()
		t.gone()
		yield(llm.Event{}, ctx.Err())
		return
	case Endless:
		for ctx.Err() == nil {
			if !yield(llm.Event{Kind: llm.Text, Text: "and so on "}, nil) {
				t.gone()
				return
			}
		}
		t.gone()
		yield(llm.Event{}, ctx.Err())
		return
	}
	for _, c := range t.Tools {
		if !yield(llm.Event{Kind: llm.ToolUse, Tool: c}, nil) {
			return
		}
	}
	if t.Usage != nil && !yield(llm.Event{Kind: llm.Used, Usage: *t.Usage}, nil) {
		return
	}
	yield(llm.Event{Kind: llm.Stopped, Stop: t.Reason()}, nil)
}
