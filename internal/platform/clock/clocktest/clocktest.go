// Package clocktest is a clock that tests move.
package clocktest

import (
	"sync/atomic"
	"time"
)

// Ahead runs as the real clock does, ahead of it by as much as was passed.
type Ahead struct{ by atomic.Int64 }

// Now implements clock.Clock.
func (a *Ahead) Now() time.Time { return time.Now().Add(time.Duration(a.by.Load())).UTC() }

// Pass lets time pass at once.
func (a *Ahead) Pass(d time.Duration) { a.by.Add(int64(d)) }
