package ws

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/event"
	"rainmaker/internal/platform/id"
)

// Hub is the live side of one process: it tails the events once and gives each
// to the clients of its organisation.
type Hub struct {
	Deps
	origins []string

	mu      sync.Mutex
	pos     int64 // every event up to here has been dispatched
	ready   bool  // pos is known
	orgs    map[id.ID]map[*client]struct{}
	users   map[id.ID]int
	total   int // reserved places, upgrades under way included
	clients int // in orgs
	closing bool
	ctx     context.Context // of all connections, ends with Run
	cancel  context.CancelFunc
}

// New returns a hub. Run must run for clients to hear anything.
func New(deps Deps) *Hub {
	deps.Limits.fill()
	ctx, cancel := context.WithCancel(context.Background())
	return &Hub{
		Deps: deps, origins: originOf(deps.PublicURL), ctx: ctx, cancel: cancel,
		orgs: map[id.ID]map[*client]struct{}{}, users: map[id.ID]int{},
	}
}

// Run dispatches until ctx ends, then closes every connection with 1001: the
// clients come back to another process, or to the next one here.
func (h *Hub) Run(ctx context.Context) error {
	defer h.shut()
	for !h.begin(ctx) {
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { h.keepAlive(ctx) })
	for h.whenWanted(ctx) {
		for events, err := range h.Relay.Follow(ctx, h.position()) {
			if err != nil {
				h.Logger.Warn("follow events", "error", err)
				continue
			}
			h.dispatch(events)
			if h.unwanted() {
				break
			}
		}
	}
	return nil
}

// begin finds out where the events are now, and lets waiting clients start.
func (h *Hub) begin(ctx context.Context) bool {
	_, last, err := event.Bounds(ctx, h.DB)
	if err != nil {
		h.Logger.Warn("live updates", "error", err)
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pos, h.ready = last, true
	for _, group := range h.orgs {
		for c := range group {
			c.work()
		}
	}
	return true
}

// whenWanted skips events for as long as nobody is connected. It returns false
// when ctx ends.
func (h *Hub) whenWanted(ctx context.Context) bool {
	for ctx.Err() == nil {
		if !h.Relay.WaitPast(ctx, h.position()) {
			return false
		}
		h.mu.Lock()
		// Nobody can join in between: a client that joins later starts at pos.
		if h.clients > 0 {
			h.mu.Unlock()
			return true
		}
		h.pos = max(h.pos, h.Relay.Last())
		h.mu.Unlock()
	}
	return false
}

func (h *Hub) position() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pos
}

func (h *Hub) unwanted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clients == 0
}

// isolated is the event of auth/watch that ends proofs.
const isolated = "security.isolated"

// dispatch gives events to the clients that are up to date; the others find them
// in the outbox.
func (h *Hub) dispatch(events []event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range events {
		e := &events[i]
		h.pos = e.Seq
		group := h.orgs[e.Org]
		if len(group) == 0 {
			continue
		}
		text, err := encode(e)
		if err != nil {
			h.Logger.Error("frame of an event", "seq", e.Seq, "type", e.Type, "error", err)
			continue
		}
		for c := range group {
			c.offer(e.Seq, text)
			if e.Type == isolated {
				// Somebody is shut out: everybody shows a proof again, and comes back.
				go c.end(websocket.StatusGoingAway, "sign in again and resume with after=SEQ")
			}
		}
	}
}

// reserve takes a place for a connection of user.
func (h *Hub) reserve(user id.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing:
		return errs.New(errs.Unavailable, "shutting down")
	case h.total >= h.Limits.Connections:
		return &errs.Error{Kind: errs.Unavailable, Message: "too many live connections", RetryAfter: 5 * time.Second}
	case h.users[user] >= h.Limits.PerUser:
		return &errs.Error{Kind: errs.LimitExceeded, Message: "too many live connections of this user", RetryAfter: 5 * time.Second}
	}
	h.total++
	h.users[user]++
	return nil
}

func (h *Hub) release(user id.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.releaseLocked(user)
}

func (h *Hub) releaseLocked(user id.ID) {
	h.total--
	if h.users[user]--; h.users[user] <= 0 {
		delete(h.users, user)
	}
}

// join makes a connection part of the hub and starts it.
func (h *Hub) join(c *client) {
	h.mu.Lock()
	if h.closing {
		h.releaseLocked(c.user)
		h.mu.Unlock()
		_ = c.conn.Close(websocket.StatusGoingAway, "shutting down")
		return
	}
	if h.orgs[c.org] == nil {
		h.orgs[c.org] = map[*client]struct{}{}
	}
	h.orgs[c.org][c] = struct{}{}
	if h.clients == 0 && h.ready {
		// Nobody was here to whom events up to now would matter: "from now on" is now.
		h.pos = max(h.pos, h.Relay.Last())
	}
	h.clients++
	if h.ready {
		c.work()
	}
	h.mu.Unlock()
	go c.listen()
}

// leave forgets a client; doing it twice changes nothing.
func (h *Hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	group := h.orgs[c.org]
	if _, there := group[c]; !there {
		return
	}
	delete(group, c)
	if len(group) == 0 {
		delete(h.orgs, c.org)
	}
	h.clients--
	c.queue, c.gone = nil, true
	h.releaseLocked(c.user)
}

// keepAlive pings every connection once in PingEvery, spread over that time, and
// ends those that are too old.
func (h *Hub) keepAlive(ctx context.Context) {
	tick := max(h.Limits.PingEvery/30, 10*time.Millisecond)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, c := range h.due(now) {
				go c.check(now)
			}
		}
	}
}

// due lists the clients that were not looked at for PingEvery.
func (h *Hub) due(now time.Time) []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*client
	for _, group := range h.orgs {
		for c := range group {
			if c.checked.IsZero() {
				c.checked = c.born
			}
			if now.Sub(c.checked) >= h.Limits.PingEvery || now.Sub(c.born) >= c.age {
				c.checked = now
				out = append(out, c)
			}
		}
	}
	return out
}

// shut closes every connection and waits a moment for their goodbyes.
func (h *Hub) shut() {
	h.mu.Lock()
	h.closing = true
	var all []*client
	for _, group := range h.orgs {
		for c := range group {
			all = append(all, c)
		}
	}
	h.mu.Unlock()
	var goodbyes sync.WaitGroup
	for _, c := range all {
		goodbyes.Go(func() { c.end(websocket.StatusGoingAway, "the server restarts: resume with after=SEQ") })
	}
	goodbyes.Wait()
	h.cancel()
}
