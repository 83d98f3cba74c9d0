package compliance

import (
	"math/rand/v2"
	"testing"
	"time"

	"rainmaker/internal/platform/errs"
)

var everyDay = [7]bool{true, true, true, true, true, true, true}

func TestParseWindow(t *testing.T) {
	t.Parallel()
	weekdaysOnly := [7]bool{false, true, true, true, true, true, false}
	for name, tt := range map[string]struct {
		days     []string
		from, to string
		want     Window
	}{
		"nothing means always": {nil, "", "", Window{}},
		"office":               {[]string{"mon", "tue", "wed", "thu", "fri"}, "09:00", "17:30", Window{weekdaysOnly, 540, 1050}},
		"capitals, repeated":   {[]string{"SUN", "Sun"}, "", "", Window{[7]bool{true}, 0, 1440}},
		"times only":           {nil, "00:00", "24:00", Window{everyDay, 0, 1440}},
		"from only":            {nil, "22:00", "", Window{everyDay, 1320, 1440}},
		"to only":              {nil, "", "06:15", Window{everyDay, 0, 375}},
	} {
		got, err := ParseWindow("s", tt.days, tt.from, tt.to)
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, tt := range map[string]struct {
		days     []string
		from, to string
		field    string
	}{
		"a day nobody knows":  {[]string{"mon", "monday"}, "", "", "s.days[1]"},
		"an empty day":        {[]string{""}, "", "", "s.days[0]"},
		"25 o'clock":          {nil, "25:00", "", "s.from"},
		"after midnight":      {nil, "", "24:01", "s.to"},
		"60 minutes":          {nil, "09:60", "", "s.from"},
		"one digit":           {nil, "9:00", "", "s.from"},
		"seconds":             {nil, "09:00:00", "", "s.from"},
		"a sign":              {nil, "+9:00", "", "s.from"},
		"a minus":             {nil, "09:-1", "", "s.from"},
		"words":               {nil, "", "evening", "s.to"},
		"no colon":            {nil, "09.00", "", "s.from"},
		"backwards":           {nil, "17:00", "09:00", "s.to"},
		"empty":               {nil, "09:00", "09:00", "s.to"},
		"from midnight's end": {nil, "24:00", "", "s.to"},
	} {
		_, err := ParseWindow("s", tt.days, tt.from, tt.to)
		e, ok := err.(*errs.Error)
		if !ok || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Location != tt.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNextOpening(t *testing.T) {
	t.Parallel()
	const layout = "2006-01-02 15:04 MST"
	week := office(t)
	all := func(from, to int) Window { return Window{everyDay, from, to} }
	sundays := Window{[7]bool{true}, 0, 24 * 60}
	for name, tt := range map[string]struct {
		window Window
		zones  []string
		from   string // in the first zone
		want   string // in the first zone; empty: never
	}{
		"open":                {week, []string{"America/New_York"}, "2026-11-18 12:00 EST", "2026-11-18 12:00 EST"},
		"Friday evening":      {week, []string{"America/New_York"}, "2026-11-20 17:00 EST", "2026-11-23 09:00 EST"},
		"the day after":       {week, []string{"America/New_York"}, "2026-11-18 18:00 EST", "2026-11-19 09:00 EST"},
		"early":               {week, []string{"America/New_York"}, "2026-11-18 08:59 EST", "2026-11-18 09:00 EST"},
		"one day a week":      {Window{[7]bool{false, true}, 540, 1020}, []string{"America/New_York"}, "2026-11-16 17:00 EST", "2026-11-23 09:00 EST"},
		"a year's end":        {week, []string{"America/New_York"}, "2026-12-31 17:00 EST", "2027-01-01 09:00 EST"},
		"clocks go forward":   {all(540, 1020), []string{"America/Los_Angeles"}, "2026-03-07 20:00 PST", "2026-03-08 09:00 PDT"},
		"inside the gap":      {all(150, 165), []string{"America/Los_Angeles"}, "2026-03-08 01:00 PST", "2026-03-09 02:30 PDT"},
		"across the gap":      {all(150, 240), []string{"America/Los_Angeles"}, "2026-03-08 01:00 PST", "2026-03-08 03:00 PDT"},
		"ends in the gap":     {all(60, 150), []string{"America/Los_Angeles"}, "2026-03-08 03:00 PDT", "2026-03-09 01:00 PDT"},
		"clocks go back":      {all(540, 1020), []string{"America/Los_Angeles"}, "2026-10-31 20:00 PDT", "2026-11-01 09:00 PST"},
		"the first 01:30":     {all(90, 105), []string{"America/Los_Angeles"}, "2026-11-01 01:00 PDT", "2026-11-01 01:30 PDT"},
		"the second 01:30":    {all(90, 105), []string{"America/Los_Angeles"}, "2026-11-01 01:30 PST", "2026-11-01 01:30 PST"},
		"between the two":     {all(90, 105), []string{"America/Los_Angeles"}, "2026-11-01 01:50 PDT", "2026-11-01 01:30 PST"},
		"no midnight":         {sundays, []string{"America/Santiago"}, "2026-09-05 12:00 -04", "2026-09-06 01:00 -03"},
		"Guam":                {week, []string{"Pacific/Guam"}, "2026-11-20 17:00 ChST", "2026-11-23 09:00 ChST"},
		"Samoa":               {week, []string{"Pacific/Pago_Pago"}, "2026-11-20 17:00 SST", "2026-11-23 09:00 SST"},
		"Guam and Samoa":      {week, []string{"Pacific/Guam", "Pacific/Pago_Pago"}, "2026-11-18 15:00 ChST", "2026-11-19 09:00 ChST"},
		"Samoa's Friday":      {week, []string{"Pacific/Guam", "Pacific/Pago_Pago"}, "2026-11-20 15:00 ChST", "2026-11-24 09:00 ChST"},
		"Guam and New York":   {week, []string{"Pacific/Guam", "America/New_York"}, "2026-11-18 12:00 ChST", ""},
		"both coasts":         {week, []string{"America/New_York", "America/Los_Angeles"}, "2026-11-18 09:00 EST", "2026-11-18 12:00 EST"},
		"both coasts, late":   {week, []string{"America/Los_Angeles", "America/New_York"}, "2026-11-20 14:00 PST", "2026-11-23 09:00 PST"},
		"Hawaii to New York":  {week, []string{"America/New_York", "Pacific/Honolulu"}, "2026-11-18 09:00 EST", "2026-11-18 14:00 EST"},
		"always, any zones":   {Window{}, []string{"Pacific/Guam", "Pacific/Pago_Pago"}, "2026-11-18 03:00 ChST", "2026-11-18 03:00 ChST"},
		"no zone at all":      {week, nil, "2026-11-18 03:00 UTC", "2026-11-18 03:00 UTC"},
		"half an hour off":    {all(540, 600), []string{"Asia/Kolkata"}, "2026-11-18 10:00 IST", "2026-11-19 09:00 IST"},
		"summer in one only":  {week, []string{"America/Phoenix", "America/Denver"}, "2026-07-15 08:00 MST", "2026-07-15 09:00 MST"},
		"summer in one, late": {week, []string{"America/Phoenix", "America/Denver"}, "2026-07-15 16:00 MST", "2026-07-16 09:00 MST"},
	} {
		t.Run(name, func(t *testing.T) {
			home := time.UTC
			var zones []*time.Location
			for _, z := range tt.zones {
				zones = append(zones, zone(t, z))
			}
			if len(zones) > 0 {
				home = zones[0]
			}
			from, err := time.ParseInLocation(layout, tt.from, home)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := tt.window.Next(from, zones)
			if tt.want == "" {
				if ok {
					t.Errorf("opens %s", got.In(home).Format(layout))
				}
				return
			}
			if !ok || got.In(home).Format(layout) != tt.want {
				t.Errorf("opens %s (%v), want %s", got.In(home).Format(layout), ok, tt.want)
			}
		})
	}
}

// TestNextAgainstEveryMinute compares Next with a walk over the minutes, around
// the days on which clocks change.
func TestNextAgainstEveryMinute(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{
		zone(t, "America/Los_Angeles"), zone(t, "America/New_York"), zone(t, "Pacific/Honolulu"), zone(t, "Australia/Lord_Howe"),
		zone(t, "America/Santiago"), zone(t, "Africa/Cairo"), zone(t, "Asia/Beirut"), zone(t, "America/St_Johns"), zone(t, "Pacific/Guam"),
	}
	changes := []time.Time{
		time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 4, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 23, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 4, 0, 0, 0, 0, time.UTC),
	}
	random := rand.New(rand.NewPCG(1, 2))
	open := func(w Window, at time.Time, in []*time.Location) bool {
		for _, z := range in {
			local := at.In(z)
			if minute := local.Hour()*60 + local.Minute(); !w.Days[local.Weekday()] || minute < w.From || minute >= w.To {
				return false
			}
		}
		return true
	}
	for range 400 {
		var w Window
		for day := range w.Days {
			w.Days[day] = random.IntN(3) > 0
		}
		w.From = random.IntN(24*4) * 15
		w.To = w.From + 15 + random.IntN((24*60-w.From)/15)*15
		in := []*time.Location{zones[random.IntN(len(zones))]}
		if random.IntN(2) == 0 {
			in = append(in, zones[random.IntN(len(zones))])
		}
		from := changes[random.IntN(len(changes))].Add(time.Duration(random.IntN(60*36)) * time.Minute)
		got, ok := w.Next(from, in)
		want := from
		for limit := from.AddDate(0, 0, 14); want.Before(limit) && !open(w, want, in); {
			want = want.Add(time.Minute)
		}
		if !open(w, want, in) {
			continue // beyond the walk
		}
		if !ok || !got.Equal(want) {
			t.Errorf("%+v in %v from %s: opens %s (%v), want %s", w, in, from, got, ok, want)
		}
	}
}
