package event

import (
	"context"
	"time"
)

// PruneBefore lets tests prune without waiting an hour.
func PruneBefore(ctx context.Context, r *Relay, t time.Time) (int, error) {
	return r.pruneBefore(ctx, t)
}
