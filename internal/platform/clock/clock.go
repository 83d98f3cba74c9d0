// Package clock is the only place that asks for the time. Domain code takes a
// Clock, so that tests and the dev mode can shift it.
package clock

import "time"

// Clock tells the time, in UTC.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock plus Offset. Offset is zero except in demo and
// --dev (CONTRACT: RAINMAKER_DEV_CLOCK_OFFSET).
type System struct{ Offset time.Duration }

// Now returns the shifted time in UTC.
func (s System) Now() time.Time { return time.Now().Add(s.Offset).UTC() }

// Fixed is a clock that stands still, for tests.
type Fixed time.Time

// Now returns the fixed time in UTC.
func (f Fixed) Now() time.Time { return time.Time(f).UTC() }
