package email

import (
	"testing"
	"time"

	"rainmaker/internal/email/bounce"
)

func ptr[T any](v T) *T { return &v }

func day(year int, month time.Month, date int) time.Time {
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
}

func TestThrottleTake(t *testing.T) {
	t.Parallel()
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	// In Los Angeles it is six in the evening of the 10th, in UTC the 11th.
	now := time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)
	midnight := time.Date(2026, 3, 11, 7, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		state   throttle
		zone    *time.Location
		want    int
		granted int
		again   time.Time
	}{
		"no limits":              {throttle{}, pacific, 100, 100, time.Time{}},
		"nothing wanted":         {throttle{dailyLimit: ptr(5), rate: ptr(1.0)}, pacific, 0, 0, time.Time{}},
		"below the limit":        {throttle{dailyLimit: ptr(50), day: day(2026, 3, 10), today: 20}, pacific, 30, 30, time.Time{}},
		"over the limit":         {throttle{dailyLimit: ptr(50), day: day(2026, 3, 10), today: 20}, pacific, 31, 30, midnight},
		"at the limit":           {throttle{dailyLimit: ptr(50), day: day(2026, 3, 10), today: 50}, pacific, 1, 0, midnight},
		"a lowered limit":        {throttle{dailyLimit: ptr(10), day: day(2026, 3, 10), today: 50}, pacific, 1, 0, midnight},
		"yesterday's count":      {throttle{dailyLimit: ptr(50), day: day(2026, 3, 9), today: 50}, pacific, 60, 50, midnight},
		"it is not tomorrow":     {throttle{dailyLimit: ptr(50), day: day(2026, 3, 10), today: 50}, pacific, 60, 0, midnight},
		"the day of Tokyo":       {throttle{dailyLimit: ptr(50), day: day(2026, 3, 11), today: 50}, tokyo, 60, 0, time.Date(2026, 3, 11, 15, 0, 0, 0, time.UTC)},
		"never used":             {throttle{dailyLimit: ptr(50), day: day(1970, 1, 1)}, pacific, 60, 50, midnight},
		"a full bucket":          {throttle{rate: ptr(10.0), refilledAt: day(1970, 1, 1)}, pacific, 25, 10, now.Add(100 * time.Millisecond)},
		"an empty bucket":        {throttle{rate: ptr(10.0), refilledAt: now}, pacific, 25, 0, now.Add(100 * time.Millisecond)},
		"half a token":           {throttle{rate: ptr(10.0), tokens: 0.5, refilledAt: now}, pacific, 1, 0, now.Add(50 * time.Millisecond)},
		"refilled in part":       {throttle{rate: ptr(10.0), tokens: 1, refilledAt: now.Add(-200 * time.Millisecond)}, pacific, 25, 3, now.Add(100 * time.Millisecond)},
		"enough":                 {throttle{rate: ptr(10.0), tokens: 5, refilledAt: now}, pacific, 5, 5, time.Time{}},
		"less than one a second": {throttle{rate: ptr(0.1), refilledAt: day(1970, 1, 1)}, pacific, 5, 1, now.Add(10 * time.Second)},
		"a clock set back":       {throttle{rate: ptr(10.0), tokens: 2, refilledAt: now.Add(time.Hour)}, pacific, 5, 2, now.Add(100 * time.Millisecond)},
		"the limit is lower":     {throttle{dailyLimit: ptr(3), day: day(2026, 3, 10), rate: ptr(10.0), refilledAt: day(1970, 1, 1)}, pacific, 9, 3, midnight},
		"the rate is lower":      {throttle{dailyLimit: ptr(8), day: day(2026, 3, 10), rate: ptr(5.0), refilledAt: day(1970, 1, 1)}, pacific, 9, 5, now.Add(200 * time.Millisecond)},
		"limit, full bucket":     {throttle{dailyLimit: ptr(3), day: day(2026, 3, 10), today: 3, rate: ptr(5.0), refilledAt: day(1970, 1, 1)}, pacific, 9, 0, midnight},
	} {
		state := tt.state
		granted, again := state.take(now, tt.zone, tt.want)
		if granted != tt.granted || !again.Round(time.Millisecond).Equal(tt.again) {
			t.Errorf("%s: %d, again %s; want %d, %s", name, granted, again, tt.granted, tt.again)
		}
		if granted < tt.want && !again.After(now) {
			t.Errorf("%s: asked again at once", name)
		}
	}
}

// TestThrottleOverADay takes whatever it gets, stored and loaded in between, and
// passes neither the rate nor the limit.
func TestThrottleOverADay(t *testing.T) {
	t.Parallel()
	state := throttle{dailyLimit: ptr(1000), rate: ptr(2.5), refilledAt: day(1970, 1, 1), day: day(1970, 1, 1)}
	at := day(2026, 3, 10)
	perDay := map[int]int{}
	bySecond := 0
	for at.Before(day(2026, 3, 13)) {
		stored := state // a restart
		granted, again := stored.take(at, time.UTC, 7)
		state = stored
		perDay[at.Day()] += granted
		if bySecond += granted; float64(bySecond) > 2.5*at.Sub(day(2026, 3, 10)).Seconds()+2.5 {
			t.Fatalf("%d mails in %s", bySecond, at.Sub(day(2026, 3, 10)))
		}
		switch {
		case granted == 7:
			at = at.Add(time.Second)
		default:
			at = again
		}
	}
	for date, n := range perDay {
		if n != 1000 {
			t.Errorf("%d mails on the %dth", n, date)
		}
	}
}

// TestThrottleAcrossClockChange: the day has 23 hours.
func TestThrottleAcrossClockChange(t *testing.T) {
	t.Parallel()
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	state := throttle{dailyLimit: ptr(1)}
	morning := time.Date(2026, 3, 8, 1, 0, 0, 0, pacific)
	if _, again := state.take(morning, pacific, 2); !again.Equal(time.Date(2026, 3, 9, 0, 0, 0, 0, pacific)) {
		t.Errorf("again %s", again.In(pacific))
	}
}

func TestRejection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		failed SendError
		reason string
	}{
		{SendError{Phase: "rcpt", Code: 550, Enhanced: "5.1.1", Text: "no"}, "userunknown"},
		{SendError{Phase: "rcpt", Code: 550, Enhanced: "5.1.10", Text: "RecipientNotFound"}, "userunknown"},
		{SendError{Phase: "rcpt", Code: 550, Text: "No such user here"}, "userunknown"},
		{SendError{Phase: "rcpt", Code: 550, Enhanced: "5.4.1", Text: "Recipient address rejected: Access denied"}, "userunknown"},
		{SendError{Phase: "rcpt", Code: 550, Enhanced: "5.0.0", Text: "first line\nUser unknown"}, "userunknown"},
		{SendError{Phase: "rcpt", Code: 553, Enhanced: "5.1.2", Text: "bad domain"}, "hostunknown"},
		{SendError{Phase: "rcpt", Code: 550, Enhanced: "5.7.1", Text: "user unknown to our list of friends"}, ""},
		{SendError{Phase: "rcpt", Code: 552, Enhanced: "5.2.2", Text: "mailbox full"}, ""},
		{SendError{Phase: "rcpt", Code: 550, Text: "SPF record not found"}, ""},
		{SendError{Phase: "rcpt", Code: 550, Text: "reverse DNS not found"}, ""},
		{SendError{Phase: "rcpt", Code: 450, Enhanced: "4.1.1", Text: "user unknown", Temporary: true}, ""},
		{SendError{Phase: "mail", Code: 550, Enhanced: "5.1.1", Text: "user unknown"}, ""},
		{SendError{Phase: "dot", Code: 550, Enhanced: "5.1.1", Text: "user unknown"}, ""},
		{SendError{Phase: "rcpt", Text: "connection reset"}, ""},
	} {
		reason, hard := bounce.Refusal(withoutAddresses(tt.failed.Error()))
		if reason != tt.reason || hard != (tt.reason != "") {
			t.Errorf("%v: %q, %v", tt.failed.Error(), reason, hard)
		}
	}
}

func TestWithoutAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"rcpt: 550 5.1.1 <ann.lee+x@example.com>: Recipient address rejected": "rcpt: 550 5.1.1 <[address]>: Recipient address rejected",
		"no ann@bücher.example, no jörg@x.de":                                 "no [address], no [address]",
		"for=ann@example.com; relay=mx1":                                      "for=[address]; relay=mx1",
		"nothing to hide":                                                     "nothing to hide",
	} {
		if got := withoutAddresses(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestMachineRead(t *testing.T) {
	t.Parallel()
	const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
	for _, tt := range []struct {
		method, agent string
		since         time.Duration
		machine       bool
	}{
		{"GET", chrome, time.Hour, false},
		{"POST", chrome, time.Hour, false},
		{"HEAD", chrome, time.Hour, true},
		{"GET", "", time.Hour, true},
		{"GET", chrome, 999 * time.Millisecond, true},
		{"GET", chrome, -time.Hour, true}, // before it was sent
		{"GET", "Mozilla/5.0 (compatible; Googlebot/2.1)", time.Hour, true},
		{"GET", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", time.Hour, true},
		{"GET", "YahooMailProxy; https://help.yahoo.com", time.Hour, true},
		{"GET", "Mozilla/5.0", time.Hour, true}, // Apple Mail Privacy Protection
		{"GET", "BarracudaCentral link SCANNER", time.Hour, true},
		{"GET", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15", time.Hour, false},
	} {
		if got := MachineRead(tt.method, tt.agent, tt.since); got != tt.machine {
			t.Errorf("%s %q after %s: machine %v", tt.method, tt.agent, tt.since, got)
		}
	}
}
