package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// frame is one event of the stream.
type frame struct {
	Seq        int64           `json:"seq"`
	Event      string          `json:"event"`
	Type       string          `json:"type"`
	OccurredAt time.Time       `json:"occurred_at"`
	Data       json.RawMessage `json:"data"`
}

// live listens to the stream until the connection or the test ends.
type live struct {
	conn *websocket.Conn

	mu     sync.Mutex // guards frames
	frames []frame
	wrong  []string
}

// listen connects; after 0 means from now on.
func (c *client) listen(after int64) *live {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	url := "ws" + strings.TrimPrefix(c.base, "http") + "/api/v1/ws?after=" + strconv.FormatInt(after, 10)
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + c.token}}})
	if err != nil {
		c.t.Fatalf("connect to the stream: %v", err)
	}
	conn.SetReadLimit(1 << 20)
	l := &live{conn: conn}
	c.t.Cleanup(func() { _ = conn.CloseNow() }) // closed already, as a rule
	go l.read(after)
	return l
}

// read collects frames and notes what must not be.
func (l *live) read(last int64) {
	for {
		_, text, err := l.conn.Read(context.Background())
		if err != nil {
			return
		}
		var f frame
		err = json.Unmarshal(text, &f)
		l.mu.Lock()
		switch {
		case err != nil:
			l.wrong = append(l.wrong, err.Error()+": "+string(text))
		case f.Seq <= last:
			l.wrong = append(l.wrong, "seq does not grow: "+string(text))
		case f.Event == "" || f.OccurredAt.IsZero() || len(f.Data) == 0:
			l.wrong = append(l.wrong, "not a whole frame: "+string(text))
		case f.Event == "resync":
			l.wrong = append(l.wrong, "events are gone: "+string(text))
		case strings.Contains(string(text), "@"):
			l.wrong = append(l.wrong, "an address in a frame: "+string(text))
		}
		last = f.Seq
		l.frames = append(l.frames, f)
		l.mu.Unlock()
	}
}

// all returns what has come so far, and fails the test for what was wrong with
// it.
func (l *live) all(t *testing.T) []frame {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.wrong {
		t.Errorf("stream: %s", w)
	}
	return append([]frame(nil), l.frames...)
}

// counts says how many frames of each type have come; frames of a batch count
// its items.
func (l *live) counts(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, f := range l.all(t) {
		var batch struct {
			Count int `json:"count"`
		}
		_ = json.Unmarshal(f.Data, &batch) // data of every form is allowed
		out[f.Type] += max(batch.Count, 1)
	}
	return out
}

// close ends the connection as a browser does that is closed.
func (l *live) close() { _ = l.conn.Close(websocket.StatusNormalClosure, "") }
