package email

import (
	"context"
	"fmt"
	"time"

	"rainmaker/internal/platform/db"
)

const (
	// inboundKept is how long a mail that came in is known again. Servers give up
	// after five days (RFC 5321 4.5.4.1), and soft bounces are counted over
	// softWithin: both are far below.
	inboundKept = 90 * 24 * time.Hour
	// pruneBatch bounds one deletion.
	pruneBatch = 10_000
)

// Prune deletes the marks of mails that cannot come a second time any more, over
// all tenants, and returns how many.
func (s *Service) Prune(ctx context.Context) (int, error) {
	before, total := s.Clock.Now().Add(-inboundKept), 0
	for {
		var gone int
		err := s.DB.InSystem(ctx, func(tx db.Tx) (err error) {
			gone, err = pruneInbound(ctx, tx, before, pruneBatch)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("prune marks of mail that came in: %w", err)
		}
		if total += gone; gone < pruneBatch {
			return total, nil
		}
	}
}
