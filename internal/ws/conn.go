package ws

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// catchUpBatch events are read from the outbox at once for a client that resumes.
const catchUpBatch = 200

// client is one connection. Fields below the line are guarded by hub.mu.
type client struct {
	hub  *Hub
	conn *websocket.Conn
	org  id.ID
	user id.ID
	born time.Time
	age  time.Duration

	proof  *http.Request // says who it is, again and again
	proven time.Time     // owned by the writer, and by join before it

	sent int64 // last seq sent or skipped; owned by the writer, and by join before it

	// ---
	live    bool     // gets events through queue; otherwise the writer reads the outbox
	writing bool     // a writer runs
	slow    bool     // the queue ran over
	gone    bool     // left the hub
	queue   []queued // nil while there is nothing to write
	checked time.Time
}

type queued struct {
	seq  int64
	text []byte // shared, never changed
}

// work starts a writer unless one runs. The caller holds hub.mu.
func (c *client) work() {
	if !c.writing && !c.gone {
		c.writing = true
		go c.write()
	}
}

// offer queues a frame for a live client. The caller holds hub.mu.
func (c *client) offer(seq int64, text []byte) {
	if !c.live || c.slow || c.gone {
		return
	}
	if len(c.queue) >= c.hub.Limits.Queue {
		c.slow, c.queue = true, nil
		go c.end(websocket.StatusTryAgainLater, "too slow: resume with after=SEQ")
		return
	}
	c.queue = append(c.queue, queued{seq, text})
	c.work()
}

// write sends what there is and returns: an idle client has no writer.
func (c *client) write() {
	err := c.catchUp()
	for err == nil {
		frames := c.take()
		if frames == nil {
			return
		}
		if err = c.prove(); err != nil {
			break
		}
		for _, f := range frames {
			if f.seq <= c.sent {
				continue // it resumed from a process that was ahead of this one
			}
			if err = c.send(f.text); err != nil {
				break
			}
			c.sent = f.seq
		}
	}
	c.hub.mu.Lock()
	c.writing = false
	c.hub.mu.Unlock()
	switch {
	case errors.Is(err, errSignedOut):
		c.end(websocket.StatusPolicyViolation, signInAgain)
		return
	case errors.Is(err, context.Canceled) || websocket.CloseStatus(err) != -1:
	case c.isSlow(err):
		c.hub.Logger.Debug("live client dropped: too slow", "org", c.org, "seq", c.sent)
	default:
		c.hub.Logger.Debug("live client lost", "org", c.org, "error", err)
	}
	c.end(websocket.StatusTryAgainLater, "resume with after=SEQ")
}

// errSignedOut says that the proof of a stream is not good any more.
var errSignedOut = errors.New("signed out")

const signInAgain = "sign in again and resume with after=SEQ"

// prove looks at the proof again when the last look is too long ago.
func (c *client) prove() error {
	now := time.Now()
	if now.Sub(c.proven) < c.hub.Limits.ProveEvery {
		return nil
	}
	if err := c.admitted(); err != nil {
		return err
	}
	c.proven = now
	return nil
}

// admitted asks whether the proof is still good, and still the same person's.
func (c *client) admitted() error {
	org, user, err := c.hub.Auth.Authenticate(c.proof)
	switch {
	case errs.Is(err, errs.Unauthenticated) || errs.Is(err, errs.Forbidden):
		return errSignedOut
	case err != nil:
		return err
	case org != c.org || user != c.user:
		return errSignedOut
	}
	return nil
}

func (c *client) isSlow(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// take returns the queued frames, or ends the writer when there are none.
func (c *client) take() []queued {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	frames := c.queue
	c.queue = nil
	if len(frames) == 0 {
		c.writing = false
		return nil
	}
	return frames
}

// send writes one frame.
func (c *client) send(text []byte) error {
	ctx, cancel := context.WithTimeout(c.hub.ctx, c.hub.Limits.WriteWithin)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, text)
}

// catchUp brings a client from where it was to where the hub is, then makes it
// live. What the hub dispatches meanwhile is found in the outbox too.
func (c *client) catchUp() error {
	if c.isLive() {
		return nil
	}
	if err := c.checkPosition(); err != nil {
		return err
	}
	for {
		c.hub.mu.Lock()
		pos := c.hub.pos
		if c.sent >= pos {
			c.live = true
			c.hub.mu.Unlock()
			return nil
		}
		c.hub.mu.Unlock()
		if err := c.replay(pos); err != nil {
			return err
		}
	}
}

func (c *client) isLive() bool {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	return c.live
}

// checkPosition settles where the client starts: from now when it asked for
// nothing, or when its position is gone or was never given out here.
func (c *client) checkPosition() error {
	if c.sent == 0 {
		c.sent = c.hub.position()
		return nil
	}
	floor, last, err := event.Bounds(c.hub.ctx, c.hub.DB)
	if err != nil {
		return err
	}
	if c.sent >= floor && c.sent <= last {
		return nil
	}
	c.sent = c.hub.position()
	return c.send(resync(c.sent, time.Now().UTC()))
}

// replay sends one batch of the organisation's events up to pos.
func (c *client) replay(pos int64) error {
	var events []event.Event
	err := c.hub.DB.InTenant(c.hub.ctx, c.org, func(tx db.Tx) (err error) {
		events, err = event.ReadOrg(c.hub.ctx, tx, c.org, c.sent, pos, catchUpBatch)
		return err
	})
	if err != nil {
		return err
	}
	for i := range events {
		text, err := encode(&events[i])
		if err != nil {
			return err
		}
		if err := c.send(text); err != nil {
			return err
		}
		c.sent = events[i].Seq
	}
	if len(events) < catchUpBatch {
		c.sent = pos
	}
	return nil
}

// listen handles pongs and the close frame until the connection ends. Clients
// must not send data.
func (c *client) listen() {
	_, _, err := c.conn.Reader(c.hub.ctx)
	if err == nil {
		c.end(websocket.StatusPolicyViolation, "this stream goes one way")
		return
	}
	c.hub.leave(c)
	_ = c.conn.CloseNow() // ended already in nearly every case
}

// check pings the client, or ends it when it is too old. It is silent for at
// most PingEvery afterwards.
func (c *client) check(now time.Time) {
	if now.Sub(c.born) >= c.age {
		c.end(websocket.StatusGoingAway, signInAgain)
		return
	}
	if err := c.admitted(); errors.Is(err, errSignedOut) {
		c.end(websocket.StatusPolicyViolation, signInAgain)
		return
	}
	ctx, cancel := context.WithTimeout(c.hub.ctx, c.hub.Limits.PingEvery)
	defer cancel()
	if err := c.conn.Ping(ctx); err != nil {
		c.hub.leave(c)
		_ = c.conn.CloseNow() // it does not answer
	}
}

// end says goodbye and forgets the client.
func (c *client) end(code websocket.StatusCode, why string) {
	c.hub.leave(c)
	_ = c.conn.Close(code, why) // waits at most 5 s for the answer, then cuts
}
