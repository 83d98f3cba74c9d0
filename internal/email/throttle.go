package email

import (
	"context"
	"math"
	"time"

	"rainmaker/internal/action"
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
// to ask again. The day is that of zone, the organisation's.
func (t *throttle) take(now time.Time, zone *time.Location, want int) (granted int, again time.Time) {
	granted = want
	year, month, date := now.In(zone).Date()
	if day := time.Date(year, month, date, 0, 0, 0, 0, time.UTC); !t.day.Equal(day) {
		t.day, t.today = day, 0
	}
	if t.dailyLimit != nil && t.today+granted > *t.dailyLimit {
		granted = max(0, *t.dailyLimit-t.today)
		again = time.Date(year, month, date+1, 0, 0, 0, 0, zone).UTC()
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

// limited reports whether the mailbox has limits of ours.
func (l *lane) limited() bool { return l.mailbox.DailyLimit != nil || l.mailbox.RatePerSecond != nil }

// available returns how many mails the mailbox may claim now, and when to ask
// again when there are none. It takes nothing.
func (l *lane) available(ctx context.Context, want int) (int, time.Time, error) {
	if !l.limited() {
		return want, time.Time{}, nil
	}
	var granted int
	var again time.Time
	err := l.service.DB.InTenant(ctx, l.org, func(tx db.Tx) error {
		state, err := loadThrottle(ctx, tx, l.org, l.mailbox.ID, false)
		if err == nil {
			granted, again = state.take(l.service.Clock.Now(), l.sender.zone, want)
		}
		return err
	})
	return granted, again, err
}

// takeBudget takes up to want mails from the mailbox's throttle, in tx. What the
// server is then not asked to take is given back when it is settled; when that
// is lost, it stays taken: the limits are ceilings.
func (l *lane) takeBudget(ctx context.Context, tx db.Tx, want int) (int, time.Time, error) {
	if want == 0 || !l.limited() {
		return want, time.Time{}, nil
	}
	state, err := loadThrottle(ctx, tx, l.org, l.mailbox.ID, true)
	if err != nil {
		return 0, time.Time{}, err
	}
	granted, again := state.take(l.service.Clock.Now(), l.sender.zone, want)
	return granted, again, saveThrottle(ctx, tx, l.org, l.mailbox.ID, state)
}

// remember notes that the budget of mails is taken, so that it can be given
// back.
func (l *lane) remember(mails []*mail) {
	if !l.limited() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range mails {
		l.taken[m.action.ID] = true
	}
}

// giveBack returns to the throttle, in tx, what was taken for mails that the
// server was not asked to take.
func (l *lane) giveBack(ctx context.Context, tx db.Tx, settled []action.Outcome) error {
	if !l.limited() {
		return nil
	}
	back := 0
	l.mu.Lock()
	for _, outcome := range settled {
		if l.taken[outcome.Action.ID] && (outcome.Untried || outcome.State == action.Refused) {
			back++
		}
		delete(l.taken, outcome.Action.ID)
	}
	l.mu.Unlock()
	if back == 0 {
		return nil
	}
	year, month, date := l.service.Clock.Now().In(l.sender.zone).Date()
	return returnThrottle(ctx, tx, l.org, l.mailbox.ID, time.Date(year, month, date, 0, 0, 0, 0, time.UTC), back)
}
