package compliance

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/platform/errs"
)

// Window is when people may be contacted, in their local time: on Days, from
// From (inclusive) to To (exclusive), in minutes since midnight. The zero Window
// is always open.
type Window struct {
	Days [7]bool // by time.Weekday
	From int
	To   int
}

// searchDays bounds the search for an opening: two zones that never overlap
// have none.
const searchDays = 15

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// ParseWindow reads days such as "mon" and clock times "00:00" to "24:00";
// location names the schedule in errors. No days and no times mean always.
func ParseWindow(location string, days []string, from, to string) (Window, error) {
	if len(days) == 0 && from == "" && to == "" {
		return Window{}, nil
	}
	var w Window
	for i, name := range days {
		day, ok := weekdays[strings.ToLower(name)]
		if !ok {
			return Window{}, errs.InvalidField(fmt.Sprintf("%s.days[%d]", location, i), "not a day: want mon, tue, wed, thu, fri, sat or sun")
		}
		w.Days[day] = true
	}
	if len(days) == 0 {
		w.Days = [7]bool{true, true, true, true, true, true, true}
	}
	var err error
	if w.From, err = parseMinutes(location+".from", from, 0); err != nil {
		return Window{}, err
	}
	if w.To, err = parseMinutes(location+".to", to, 24*60); err != nil {
		return Window{}, err
	}
	if w.From >= w.To {
		return Window{}, errs.InvalidField(location+".to", "must be later than from")
	}
	return w, nil
}

func parseMinutes(location, text string, missing int) (int, error) {
	if text == "" {
		return missing, nil
	}
	hours, minutes, ok := strings.Cut(text, ":")
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if !ok || err1 != nil || err2 != nil || len(text) != 5 || strings.ContainsAny(text, "+-") || h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m > 0 {
		return 0, errs.InvalidField(location, "not a time of day: want HH:MM from 00:00 to 24:00")
	}
	return h*60 + m, nil
}

// within narrows the window to the minutes from from to to of each day. What
// lies outside of it altogether never opens.
func (w Window) within(from, to int) Window {
	if w.Always() {
		w = Window{Days: [7]bool{true, true, true, true, true, true, true}, To: 24 * 60}
	}
	w.From, w.To = max(w.From, from), min(w.To, to)
	return w
}

// Always reports whether the window never closes.
func (w Window) Always() bool {
	return w == Window{} || w.From == 0 && w.To == 24*60 && w.Days == [7]bool{true, true, true, true, true, true, true}
}

// Next returns the first instant from t on at which the window is open in every
// one of the zones at once, and false when there is none within two weeks.
func (w Window) Next(t time.Time, zones []*time.Location) (time.Time, bool) {
	if w.Always() {
		return t, true
	}
	end := t.AddDate(0, 0, searchDays)
	for t.Before(end) {
		moved := false
		for _, zone := range zones {
			opens := w.nextIn(t, zone)
			if opens.After(t) {
				t, moved = opens, true
			}
		}
		if !moved {
			return t, true
		}
	}
	return time.Time{}, false
}

// nextIn returns the first opening from t on in one zone. Between two changes of
// its clocks a zone's time is even, so an opening is computed as if there were no
// changes, and asked again from the change on when one comes first.
func (w Window) nextIn(t time.Time, zone *time.Location) time.Time {
	never := t.AddDate(0, 0, searchDays+1)
	for t.Before(never) {
		local := t.In(zone)
		if minute := local.Hour()*60 + local.Minute(); w.Days[local.Weekday()] && minute >= w.From && minute < w.To {
			return t
		}
		opens := w.nextEven(local, never)
		_, change := local.ZoneBounds()
		if change.IsZero() || opens.Before(change) {
			return opens.UTC()
		}
		t = change
	}
	return never
}

// nextEven returns the next beginning of the window after local, as if clocks
// never changed.
func (w Window) nextEven(local, never time.Time) time.Time {
	clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute +
		time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	midnight := local.Add(-clock)
	for ahead := range 8 {
		opens := midnight.Add(time.Duration(ahead)*24*time.Hour + time.Duration(w.From)*time.Minute)
		if w.Days[(int(local.Weekday())+ahead)%7] && opens.After(local) {
			return opens
		}
	}
	return never
}
