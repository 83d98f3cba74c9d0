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
	if !ok || err1 != nil || err2 != nil || len(text) != 5 || h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m > 0 {
		return 0, errs.InvalidField(location, "not a time of day: want HH:MM from 00:00 to 24:00")
	}
	return h*60 + m, nil
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

// nextIn returns the first opening from t on in one zone.
func (w Window) nextIn(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	year, month, day := local.Date()
	minute := local.Hour()*60 + local.Minute()
	if w.Days[local.Weekday()] && minute >= w.From && minute < w.To {
		return t
	}
	for ahead := range 8 {
		// time.Date moves a clock time that a DST change skips to the one after it.
		opens := time.Date(year, month, day+ahead, w.From/60, w.From%60, 0, 0, zone)
		if w.Days[opens.Weekday()] && opens.After(t) {
			return opens.UTC()
		}
	}
	return t.AddDate(0, 0, searchDays+1)
}
