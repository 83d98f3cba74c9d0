package compliance

import (
	"testing"
	"time"

	"rainmaker/internal/platform/id"
)

// wednesday is noon in New York on a working day.
var wednesday = time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func office(t *testing.T) Window {
	t.Helper()
	w, err := ParseWindow("schedule", []string{"mon", "tue", "wed", "thu", "fri"}, "09:00", "17:00")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// world are the arguments of Decide.
type world struct {
	now        time.Time
	sender     Sender
	touch      Touch
	suppressed bool
}

// fine is a world in which every channel is allowed.
func fine(t *testing.T, channel string) world {
	newYork := zone(t, "America/New_York")
	return world{
		now:    wednesday,
		sender: Sender{HasPostalAddress: true, Zone: newYork, Frequency: FrequencyCap{Touches: 14, Days: 7}},
		touch: Touch{
			Lead: id.New(), Channel: channel, Status: "new", EmailBlind: []byte("e"), DomainBlind: []byte("d"), PhoneBlind: []byte("p"),
			Window: office(t), Zones: []*time.Location{newYork}, Consented: true,
		},
	}
}

func (w world) decide() Verdict { return Decide(w.now, w.sender, w.touch, w.suppressed) }

func TestEveryRule(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		channel string
		change  func(*world)
		rule    Rule
		until   time.Duration // after now; 0: never
	}{
		"mail is allowed":            {ChannelEmail, func(*world) {}, Allowed, 0},
		"call is allowed":            {ChannelCall, func(*world) {}, Allowed, 0},
		"suppressed":                 {ChannelEmail, func(w *world) { w.suppressed = true }, Suppressed, 0},
		"unsubscribed":               {ChannelEmail, func(w *world) { w.touch.Status = "unsubscribed" }, LeadClosed, 0},
		"invalid":                    {ChannelCall, func(w *world) { w.touch.Status = "invalid" }, LeadClosed, 0},
		"a customer":                 {ChannelEmail, func(w *world) { w.touch.Status = "customer" }, Allowed, 0},
		"no e-mail":                  {ChannelEmail, func(w *world) { w.touch.EmailBlind = nil }, NoAddress, 0},
		"mail needs no phone":        {ChannelEmail, func(w *world) { w.touch.PhoneBlind = nil }, Allowed, 0},
		"no phone":                   {ChannelCall, func(w *world) { w.touch.PhoneBlind = nil }, NoAddress, 0},
		"call needs no mail":         {ChannelCall, func(w *world) { w.touch.EmailBlind, w.sender.HasPostalAddress = nil, false }, Allowed, 0},
		"no postal address":          {ChannelEmail, func(w *world) { w.sender.HasPostalAddress = false }, NoPostalAddress, 0},
		"call to an unknown zone":    {ChannelCall, func(w *world) { w.touch.Zones = nil }, ZoneUnknown, 0},
		"mail to an unknown zone":    {ChannelEmail, func(w *world) { w.touch.Zones = nil }, Allowed, 0},
		"mail, unknown zone, closed": {ChannelEmail, func(w *world) { w.touch.Zones, w.sender.Zone = nil, zone(t, "Asia/Tokyo") }, OutsideHours, 7 * time.Hour},
		"call without consent":       {ChannelCall, func(w *world) { w.touch.Consented = false }, NoConsent, 0},
		"mail without consent":       {ChannelEmail, func(w *world) { w.touch.Consented = false }, Allowed, 0},
		"kill switch":                {ChannelEmail, func(w *world) { w.sender.Paused = true }, OrgPaused, time.Minute},
		"one touch below the cap":    {ChannelEmail, func(w *world) { w.touch.Recent = 13 }, Allowed, 0},
		"at the cap":                 {ChannelEmail, func(w *world) { w.touch.Recent = 14 }, Frequency, 12 * time.Hour},
		"above the cap":              {ChannelEmail, func(w *world) { w.touch.Recent = 99 }, Frequency, 12 * time.Hour},
		"a cap below one a day": {ChannelEmail, func(w *world) {
			w.sender.Frequency, w.touch.Recent = FrequencyCap{Touches: 2, Days: 30}, 2
		}, Frequency, 24 * time.Hour},
		"no cap":        {ChannelEmail, func(w *world) { w.sender.Frequency, w.touch.Recent = FrequencyCap{}, 1000 }, Allowed, 0},
		"closes now":    {ChannelEmail, func(w *world) { w.now = w.now.Add(5 * time.Hour) }, OutsideHours, 16 * time.Hour},
		"before that":   {ChannelEmail, func(w *world) { w.now = w.now.Add(5*time.Hour - time.Second) }, Allowed, 0},
		"opens now":     {ChannelEmail, func(w *world) { w.now = w.now.Add(-3 * time.Hour) }, Allowed, 0},
		"before that 2": {ChannelEmail, func(w *world) { w.now = w.now.Add(-3*time.Hour - time.Second) }, OutsideHours, time.Second},
		"never open": {ChannelEmail, func(w *world) {
			w.touch.Zones = append(w.touch.Zones, zone(t, "Asia/Kolkata"))
		}, OutsideHours, 7 * 24 * time.Hour},
		"always open": {ChannelEmail, func(w *world) { w.touch.Window, w.now = Window{}, w.now.Add(9*time.Hour) }, Allowed, 0},
		"no call before eight, whatever the campaign says": {ChannelCall, func(w *world) {
			w.touch.Window, w.now = Window{}, time.Date(2026, 11, 18, 12, 59, 59, 0, time.UTC)
		}, OutsideHours, time.Second},
		"no call from nine in the evening": {ChannelCall, func(w *world) {
			w.touch.Window, w.now = Window{}, time.Date(2026, 11, 19, 2, 0, 0, 0, time.UTC)
		}, OutsideHours, 11 * time.Hour},
		"a call just before nine": {ChannelCall, func(w *world) {
			w.touch.Window, w.now = Window{}, time.Date(2026, 11, 19, 1, 59, 59, 0, time.UTC)
		}, Allowed, 0},
		"a window that lies in the night": {ChannelCall, func(w *world) {
			w.touch.Window = Window{Days: everyDay, From: 22 * 60, To: 23 * 60}
		}, OutsideHours, 7 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := fine(t, tt.channel)
			tt.change(&w)
			got := w.decide()
			want := Verdict{Rule: tt.rule, Policy: PolicyVersion}
			if tt.until != 0 {
				want.Until = w.now.Add(tt.until)
			}
			if got.Rule != want.Rule || !got.Until.Equal(want.Until) || got.Policy != want.Policy {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got.Allows() != (tt.rule == Allowed) || got.PutsOff() != (tt.until != 0) {
				t.Errorf("allows %v, puts off %v", got.Allows(), got.PutsOff())
			}
		})
	}
}

// TestOrderOfRules breaks the rules one after the other, the last first: the
// gravest is named, and what is final wins over what only puts off.
func TestOrderOfRules(t *testing.T) {
	t.Parallel()
	breaches := []struct {
		rule     Rule
		channels string
		breach   func(*world)
	}{
		{OutsideHours, "email call", func(w *world) { w.now = w.now.Add(9 * time.Hour) }},
		{Frequency, "email call", func(w *world) { w.touch.Recent = 100 }},
		{OrgPaused, "email call", func(w *world) { w.sender.Paused = true }},
		{NoConsent, "call", func(w *world) { w.touch.Consented = false }},
		{ZoneUnknown, "call", func(w *world) { w.touch.Zones = nil }},
		{NoPostalAddress, "email", func(w *world) { w.sender.HasPostalAddress = false }},
		{NoAddress, "email call", func(w *world) { w.touch.EmailBlind, w.touch.PhoneBlind = nil, nil }},
		{LeadClosed, "email call", func(w *world) { w.touch.Status = "unsubscribed" }},
		{Suppressed, "email call", func(w *world) { w.suppressed = true }},
	}
	for _, channel := range []string{ChannelEmail, ChannelCall} {
		w := fine(t, channel)
		want := Allowed
		for _, b := range breaches {
			b.breach(&w)
			if b.channels == "email call" || b.channels == channel {
				want = b.rule
			}
			if got := w.decide().Rule; got != want {
				t.Errorf("%s after %s: %s, want %s", channel, b.rule, got, want)
			}
		}
	}
}
