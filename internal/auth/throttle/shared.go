package throttle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"rainmaker/internal/platform/limit"
)

// ask is a quota as a bucket of Redis: a token is a failure that may still happen.
func ask(q Quota) limit.Ask {
	sum := sha256.Sum256([]byte(q.Key))
	return limit.Ask{
		Bucket: "guess:" + hex.EncodeToString(sum[:]), Cost: 1,
		Rate: limit.Rate{PerSecond: q.PerHour / time.Hour.Seconds(), Burst: int(q.AtOnce)},
	}
}

// takeShared takes from all quotas or from none, and returns how long to wait;
// answered is false when this process has to count alone.
func (t *Throttle) takeShared(ctx context.Context, quotas []Quota) (wait time.Duration, answered bool) {
	if t.shared == nil {
		return 0, false
	}
	asks := make([]limit.Ask, len(quotas))
	for i, q := range quotas {
		asks[i] = ask(q)
	}
	a, ok, err := t.shared.Take(ctx, t.clock.Now(), asks...)
	t.alone(ctx, err)
	return a.RetryAfter, ok
}

// What a good answer gives back is given back even when who asked is gone.

func (t *Throttle) fillShared(ctx context.Context, q Quota) {
	if t.shared != nil {
		t.alone(ctx, t.shared.Fill(context.WithoutCancel(ctx), t.clock.Now(), ask(q).Bucket))
	}
}

func (t *Throttle) giveBackShared(ctx context.Context, q Quota) {
	if t.shared != nil {
		t.alone(ctx, t.shared.GiveBack(context.WithoutCancel(ctx), t.clock.Now(), ask(q)))
	}
}

func (t *Throttle) alone(ctx context.Context, err error) {
	if err != nil {
		t.log.WarnContext(ctx, "guesses: Redis does not answer, this process counts alone", "error", err)
	}
}
