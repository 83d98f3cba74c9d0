package email

import (
	"context"
	"math"
	"time"

	"rainmaker/internal/platform/db"
)

// burstSeconds is how much of its rate a mailbox may save up while it is idle.
const burstSeconds = 1

// throttle is the state of a mailbox's limits: a token bucket and the day's
// count. It lives in the mailbox's row, so it survives restarts and is shared by
// processes.
type throttle struct {
	dailyLimit *int
	rate       *float64 // mails a second
	tokens     float64
	refilledAt time.Time
	day        time.Time // midnight of the day that today counts, in UTC
	today      int
}

// take returns how many of want mails may go now, and, when that is fewer, when
// to ask again. day is the organisation's current day.
func (t *throttle) take(now, day time.Time, want int) (granted int, again time.Time) {
	granted = want
	if !t.day.Equal(day) {
		t.day, t.today = day, 0
	}
	if t.dailyLimit != nil && t.today+granted > *t.dailyLimit {
		granted = max(0, *t.dailyLimit-t.today)
		again = day.AddDate(0, 0, 1)
	}
	if t.rate != nil {
		capacity := math.Max(1, *t.rate*burstSeconds)
		if elapsed := now.Sub(t.refilledAt).Seconds(); elapsed > 0 {
			t.tokens = math.Min(capacity, t.tokens+elapsed**t.rate)
		}
		t.refilledAt = now
		if whole := int(t.tokens); whole < granted {
			granted = whole
			again = now.Add(time.Duration((1 - (t.tokens - float64(whole))) / *t.rate * float64(time.Second)))
		}
		t.tokens -= float64(granted)
	}
	t.today += granted
	return granted, again
}

// throttleState reads the mailbox's throttle; lock keeps it for the transaction.
func (l *lane) throttleState(ctx context.Context, tx db.Tx, lock bool) (throttle, time.Time, error) {
	state, err := loadThrottle(ctx, tx, l.org, l.mailbox.ID, lock)
	year, month, day := l.service.Clock.Now().In(l.sender.zone).Date()
	return state, time.Date(year, month, day, 0, 0, 0, 0, time.UTC), err
}

// available returns how many mails the mailbox may claim now, and when to ask
// again when there are none. It takes nothing.
func (l *lane) available(ctx context.Context, want int) (int, time.Time, error) {
	if l.mailbox.DailyLimit == nil && l.mailbox.RatePerSecond == nil {
		return want, time.Time{}, nil
	}
	var granted int
	var again time.Time
	err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) error {
		state, day, err := l.throttleState(ctx, tx, false)
		granted, again = state.take(l.service.Clock.Now(), day, want)
		return err
	})
	return granted, again, err
}

// takeBudget takes up to want mails from the mailbox's throttle, in tx. What is
// taken and then not sent stays taken: the limits are ceilings.
func (l *lane) takeBudget(ctx context.Context, tx db.Tx, want int) (int, time.Time, error) {
	if want == 0 || l.mailbox.DailyLimit == nil && l.mailbox.RatePerSecond == nil {
		return want, time.Time{}, nil
	}
	state, day, err := l.throttleState(ctx, tx, true)
	if err != nil {
		return 0, time.Time{}, err
	}
	granted, again := state.take(l.service.Clock.Now(), day, want)
	return granted, again, saveThrottle(ctx, tx, l.org, l.mailbox.ID, state)
}
