package smtp

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// PoolOptions bound a pool. Zero values mean the defaults.
type PoolOptions struct {
	Connections int           // 1: at most, at once
	IdleTimeout time.Duration // 30 s: then a connection is closed
	// MaxMessages is how many mails a connection carries, 200: servers cut
	// longer ones off, or throttle them.
	MaxMessages int
	// BackoffMin and BackoffMax, 500 ms and 1 min, bound the pause after a
	// connection failed. While it lasts, Send fails at once.
	BackoffMin, BackoffMax time.Duration
}

func (o PoolOptions) withDefaults() PoolOptions {
	if o.Connections <= 0 {
		o.Connections = 1
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 30 * time.Second
	}
	if o.MaxMessages <= 0 {
		o.MaxMessages = 200
	}
	if o.BackoffMin <= 0 {
		o.BackoffMin = 500 * time.Millisecond
	}
	o.BackoffMax = max(o.BackoffMax, o.BackoffMin)
	if o.BackoffMax == o.BackoffMin {
		o.BackoffMax = max(o.BackoffMin, time.Minute)
	}
	return o
}

// Pool keeps the connections of one mailbox. It is safe for concurrent use.
type Pool struct {
	dial  func(ctx context.Context) (*Conn, error)
	o     PoolOptions
	slots chan struct{} // one element a connection in use
	alone atomic.Bool   // the server was silent, or hung up, when a mail was announced with a dot

	mu       sync.Mutex // guards what follows
	idle     []*Conn    // the last used is last, and used first
	reaper   *time.Timer
	closed   bool
	failures int
	retryAt  time.Time
	lastFail error
}

// NewPool makes a pool that connects with dial when it must.
func NewPool(dial func(ctx context.Context) (*Conn, error), o PoolOptions) *Pool {
	o = o.withDefaults()
	return &Pool{dial: dial, o: o, slots: make(chan struct{}, o.Connections)}
}

// Send sends one mail over a connection of the pool, as a Line of one mail does.
func (p *Pool) Send(ctx context.Context, m *Mail, intent func(ctx context.Context) error) (Reply, error) {
	line := p.Line()
	defer line.Close()
	return line.Send(ctx, m, nil, intent)
}

// Line sends one mail after the other over connections of a pool. It is not safe
// for concurrent use.
type Line struct {
	pool *Pool
	conn *Conn // on which the next mail is announced; it has a slot of the pool
}

// Line begins a line. It takes a connection when it sends.
func (p *Pool) Line() *Line { return &Line{pool: p} }

// Send is Conn.Send on a connection of the pool, waiting for one if all are in
// use. A connection that the server closed while it idled, or would not go on
// with, is replaced, once, provided that intent has not been called.
func (l *Line) Send(ctx context.Context, m, next *Mail, intent func(ctx context.Context) error) (Reply, error) {
	p := l.pool
	if l.conn == nil {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return Reply{}, broken(PhaseDial, "given up waiting for a connection", context.Cause(ctx))
		}
	}
	defer func() {
		if l.conn == nil {
			<-p.slots
		}
	}()
	begun := false
	once := func(ctx context.Context) error {
		begun = true
		return intent(ctx)
	}
	for fresh := false; ; fresh = true {
		c, reused, err := l.take(ctx, m, fresh)
		if err != nil {
			return Reply{}, err
		}
		announced, follows := c.Awaits(m), p.announce(c, next)
		reply, err := c.Send(ctx, m, follows, once)
		if c.Awaits(next) {
			l.conn = c
			return reply, err
		}
		p.give(c)
		if follows != nil && doubtful(err) {
			p.alone.Store(true) // it may be what followed that the server could not bear
		}
		if err == nil || !reused || begun || !stale(err) || ctx.Err() != nil {
			return reply, err
		}
		if announced && mute(err) {
			p.alone.Store(true)
		}
	}
}

// take returns the line's connection if the server awaits the mail there, else
// one of the pool.
func (l *Line) take(ctx context.Context, m *Mail, fresh bool) (c *Conn, reused bool, err error) {
	c, l.conn = l.conn, nil
	if c != nil && c.Awaits(m) {
		return c, true, nil
	}
	if c != nil {
		_ = c.Close() // what it awaits does not come
	}
	return l.pool.take(ctx, fresh)
}

// Close ends the line. A mail that was announced does not come.
func (l *Line) Close() error {
	c := l.conn
	if c == nil {
		return nil
	}
	l.conn = nil
	<-l.pool.slots
	return c.Close()
}

// announce returns the mail that the server may be told of with the dot of the
// one before: none on a connection's last, or where that was not understood.
func (p *Pool) announce(c *Conn, next *Mail) *Mail {
	if p.alone.Load() || c.Sent()+1 >= p.o.MaxMessages {
		return nil
	}
	return next
}

// doubtful reports a final dot of which nobody knows what became.
func doubtful(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Doubtful
}

// mute reports a server that gave no answer.
func mute(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == 0
}

// stale reports a failure of the connection, not of the mail.
func stale(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == 0 || e.Code == 421) && !e.Doubtful
}

// take returns an idle connection, or a new one.
func (p *Pool) take(ctx context.Context, fresh bool) (c *Conn, reused bool, err error) {
	now := time.Now()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, false, broken(PhaseDial, "the pool is closed", net.ErrClosed)
	}
	if n := len(p.idle); n > 0 && !fresh {
		if c = p.idle[n-1]; now.Sub(c.idleSince) < p.o.IdleTimeout {
			p.idle = p.idle[:n-1]
			p.mu.Unlock()
			return c, true, nil
		}
	}
	if now.Before(p.retryAt) {
		err := p.lastFail
		p.mu.Unlock()
		return nil, false, err
	}
	p.mu.Unlock()

	c, err = p.dial(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.failures, p.retryAt = 0, time.Time{}
		return c, false, nil
	}
	if ctx.Err() == nil { // the server's fault, not the caller's hurry
		pause := p.o.BackoffMax
		if p.failures < 16 {
			pause = min(p.o.BackoffMin<<p.failures, p.o.BackoffMax)
		}
		p.failures++
		p.retryAt, p.lastFail = time.Now().Add(pause), err
	}
	return nil, false, err
}

// give takes a connection back, or closes it when it has served.
func (p *Pool) give(c *Conn) {
	p.mu.Lock()
	keep := c.Usable() && !p.closed && c.Sent() < p.o.MaxMessages
	if keep {
		c.idleSince = time.Now()
		p.idle = append(p.idle, c)
		if p.reaper == nil {
			p.reaper = time.AfterFunc(p.o.IdleTimeout, p.reap)
		}
	}
	p.mu.Unlock()
	if !keep {
		_ = c.Close() // the mail's outcome is known; the farewell does not matter
	}
}

// reap closes connections that idled too long, and comes back while any are
// left.
func (p *Pool) reap() {
	now := time.Now()
	p.mu.Lock()
	old := 0
	for old < len(p.idle) && now.Sub(p.idle[old].idleSince) >= p.o.IdleTimeout {
		old++
	}
	gone := append([]*Conn(nil), p.idle[:old]...)
	p.idle = append(p.idle[:0], p.idle[old:]...)
	p.reaper = nil
	if len(p.idle) > 0 && !p.closed {
		p.reaper = time.AfterFunc(p.o.IdleTimeout-now.Sub(p.idle[0].idleSince), p.reap)
	}
	p.mu.Unlock()
	for _, c := range gone {
		_ = c.Close() // idle: nothing is lost
	}
}

// Idle returns how many connections wait for work.
func (p *Pool) Idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

// Close hangs up all idle connections; those in use close when their mail is
// done.
func (p *Pool) Close() error {
	p.mu.Lock()
	gone := p.idle
	p.idle, p.closed = nil, true
	if p.reaper != nil {
		p.reaper.Stop()
		p.reaper = nil
	}
	p.mu.Unlock()
	var errs []error
	for _, c := range gone {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
