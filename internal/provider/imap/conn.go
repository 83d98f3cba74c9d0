package imap

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// errTooMuch ends a session whose server sends without end.
var errTooMuch = errors.New("the server sent too much")

// bounded is a connection that ends by a time and after as many bytes as were
// allowed.
type bounded struct {
	net.Conn
	left  atomic.Int64
	until time.Time
}

// Read counts what comes.
func (c *bounded) Read(b []byte) (int, error) {
	if c.left.Load() <= 0 {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(b)
	c.left.Add(int64(-n))
	return n, err
}

// SetReadDeadline allows no later one than that of the session.
func (c *bounded) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.within(t)) }

// SetWriteDeadline allows no later one than that of the session.
func (c *bounded) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.within(t)) }

// SetDeadline allows no later one than that of the session.
func (c *bounded) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.within(t)) }

func (c *bounded) within(t time.Time) time.Time {
	if t.IsZero() || t.After(c.until) {
		return c.until
	}
	return t
}
