package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Offset is a shift of the clock, written as a Go duration that also knows days,
// with a sign: "+11d", "-2h30m", "+1d12h".
type Offset time.Duration

var offsetForm = regexp.MustCompile(`^([+-]?)(?:(\d{1,5})d)?(.*)$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Offset) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*o = 0
		return nil
	}
	m := offsetForm.FindStringSubmatch(string(text))
	if m == nil || m[2] == "" && m[3] == "" {
		return fmt.Errorf("%q is no offset: want something like +11d or -2h30m", text)
	}
	var d time.Duration
	if m[2] != "" {
		days, _ := strconv.Atoi(m[2]) // digits only, says the pattern
		d = time.Duration(days) * 24 * time.Hour
	}
	if m[3] != "" {
		rest, err := time.ParseDuration(m[3])
		if err != nil || rest < 0 {
			return fmt.Errorf("%q is no offset: want something like +11d or -2h30m", text)
		}
		d += rest
	}
	if m[1] == "-" {
		d = -d
	}
	*o = Offset(d)
	return nil
}

// String writes the offset the way UnmarshalText reads it; none is "".
func (o Offset) String() string {
	if o == 0 {
		return ""
	}
	d, sign := time.Duration(o), "+"
	if d < 0 {
		d, sign = -d, "-"
	}
	const day = 24 * time.Hour
	s := sign
	if d >= day {
		s += strconv.Itoa(int(d/day)) + "d"
	}
	if d%day != 0 {
		s += (d % day).String()
	}
	return s
}
