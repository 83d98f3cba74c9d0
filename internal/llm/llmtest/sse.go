package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"rainmaker/internal/llm"
)

// Dialect is a vendor's protocol, as far as the conformance suite needs it.
// Each function returns server-sent events: an event name ("" for none) and the
// data.
type Dialect struct {
	Path string // of the endpoint, such as /chat/completions
	// Check judges a request: its headers and its body.
	Check func(t *testing.T, r *http.Request, body []byte)
	// Open, Chunk, Tools and Close are the events of an answer: before the text,
	// for one piece of text, for the tool calls, and the proper end.
	Open  func(t Turn) []SSE
	Chunk func(text string) []SSE
	Tools func(calls []llm.ToolCall) []SSE
	Close func(t Turn) []SSE
	// Error is the body of a refusal.
	Error func(status int) string
}

// SSE is one server-sent event.
type SSE struct{ Event, Data string }

// Data is an unnamed event of v as JSON.
func Data(v any) SSE { return Named("", v) }

// Named is a named event of v as JSON.
func Named(event string, v any) SSE {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps of strings and numbers are passed
	}
	return SSE{event, string(raw)}
}

// Serve starts a local server that speaks the dialect and plays the turns, one
// a request, the last one again and again.
func Serve(t *testing.T, d Dialect, turns ...Turn) *httptest.Server {
	t.Helper()
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != d.Path {
			t.Errorf("%s %s (%v); want POST %s", r.Method, r.URL.Path, err, d.Path)
			http.Error(w, "no", http.StatusNotFound)
			return
		}
		d.Check(t, r, body)
		mu.Lock()
		turn := turns[0]
		if len(turns) > 1 {
			turns = turns[1:]
		}
		mu.Unlock()
		d.play(w, r, turn)
	}))
	t.Cleanup(s.Close)
	return s
}

func (d Dialect) play(w http.ResponseWriter, r *http.Request, turn Turn) {
	if turn.Status != 0 {
		if turn.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(turn.RetryAfter.Seconds())))
		}
		if turn.Status/100 == 3 {
			w.Header().Set("Location", "/elsewhere") // must not be followed: the key would go along
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(turn.Status)
		_, _ = io.WriteString(w, d.Error(turn.Status))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	send := func(events []SSE) {
		for _, e := range events {
			if e.Event != "" {
				_, _ = fmt.Fprintf(w, "event: %s\n", e.Event)
			}
			_, _ = fmt.Fprintf(w, "data: %s\n\n", e.Data)
		}
		_ = flush.Flush()
	}
	send(d.Open(turn))
	for _, c := range turn.Chunks {
		send(d.Chunk(c))
	}
	switch turn.End {
	case Truncate:
		return
	case Malformed:
		send([]SSE{{"content_block_delta", `{"choices":[{"delta":{"content":"x`}})
		return
	case Hang:
		<-r.Context().Done()
		turn.gone()
		return
	case Endless:
		for r.Context().Err() == nil {
			send(d.Chunk("and so on "))
		}
		turn.gone()
		return
	}
	if len(turn.Tools) > 0 {
		send(d.Tools(turn.Tools))
	}
	send(d.Close(turn))
}
